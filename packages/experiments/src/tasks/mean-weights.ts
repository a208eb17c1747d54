import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  averageWeights,
  decodeTensors,
  encodeTensors,
  type Findings,
  loadParameters,
  type Module,
  parameterTensors,
} from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'
import { writeFileAtomically } from '../store/index.ts'

const weightsPattern = /^weights-(\d+)\.safetensors$/

interface Kept {
  readonly name: string
  readonly step: number
}

/**
 * The mean of the weights at the last evaluations, where it is better than the last. They are files beside the checkpoint;
 * those of steps that are made again are written again.
 *
 * @see Vaswani et al. 2017, section 6.1
 */
export class MeanWeights {
  readonly #model: Module
  readonly #count: number
  readonly #folder: string

  constructor(model: Module, count: number, folder: string) {
    this.#model = model
    this.#count = count
    this.#folder = folder
  }

  /** Keeps the weights as they are after a step. */
  async keep(step: number): Promise<void> {
    const path = join(this.#folder, `weights-${String(step).padStart(9, '0')}.safetensors`)
    await writeFileAtomically(path, await encodeTensors(parameterTensors(this.#model)))
    const old = (await this.#kept()).filter((each) => each.step <= step).slice(0, -this.#count)
    for (const { name } of old) await rm(join(this.#folder, name), { force: true })
  }

  /**
   * Gives the model the mean of those kept up to a step, if it is better than the last of them.
   *
   * @param last what the last evaluation found
   * @returns what is found of the weights that the model has then
   */
  async end<Found extends Findings>(step: number, last: Found, judge: () => Promise<Found>): Promise<Found> {
    const kept = (await this.#kept()).filter((each) => each.step > 0 && each.step <= step).slice(-this.#count)
    if (kept.length < 2) return last
    const read = async ({ name }: Kept): Promise<Map<string, Tensor>> =>
      decodeTensors(await readFile(join(this.#folder, name)))
    async function* checkpoints(): AsyncGenerator<ReadonlyMap<string, Tensor>> {
      for (const each of kept) {
        using _one = scope()
        yield await read(each)
      }
    }
    using _read = scope()
    loadParameters(this.#model, await averageWeights(checkpoints()))
    const found = await judge()
    if (found.loss < last.loss) return found
    loadParameters(this.#model, await read(kept.at(-1)!))
    return last
  }

  async #kept(): Promise<Kept[]> {
    const names = (await readdir(this.#folder)).filter((name) => weightsPattern.test(name)).sort()
    return names.map((name) => ({ name, step: Number(weightsPattern.exec(name)![1]) }))
  }
}
