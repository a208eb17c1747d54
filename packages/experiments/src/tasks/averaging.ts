import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  averageWeights,
  type CheckpointStore,
  decodeTensors,
  encodeTensors,
  type Findings,
  loadParameters,
  type Module,
  MovingAverage,
  namedParameters,
  parameterTensors,
  parseSafetensors,
} from '@tlc/nn'
import { scope, type Tensor } from '@tlc/tensor'
import { type UnfinishedRun, writeFileAtomically } from '../store/index.ts'

/** Which weights a training ends with, if not with its last ones. */
export type Averaging =
  /** the exponential moving average of all steps, that evaluations see, too */
  | { readonly kind: 'moving'; readonly decay: number }
  /** the mean of those at the last so many evaluations, where it is better than the last. @see Vaswani et al. 2017, section 6.1 */
  | { readonly kind: 'last'; readonly count: number }

/** What goes on beside a training, so that it can end with other weights than its last ones. */
export interface Average extends Disposable {
  /** the place for checkpoints, with what the average must remember */
  storing(checkpoints: CheckpointStore): CheckpointStore
  afterStep(): void
  /** judges the model as it would be if the training ended now, as far as that is known */
  judged<Found>(judge: () => Promise<Found>): Promise<Found>
  afterEvaluation(step: number): Promise<void>
  /**
   * Gives the model the weights that the training ends with.
   *
   * @param last what the last evaluation found
   * @returns what is found of them
   */
  end<Found extends Findings>(step: number, last: Found, judge: () => Promise<Found>): Promise<Found>
}

/** The average that is asked for, or one that does nothing. */
export function makeAverage(averaging: Averaging | undefined, model: Module, run: UnfinishedRun<never>): Average {
  if (averaging?.kind === 'moving') return new Moving(model, averaging.decay)
  return averaging?.kind === 'last' ? new Last(model, averaging.count, run.directory) : new None()
}

class None implements Average {
  storing(checkpoints: CheckpointStore): CheckpointStore {
    return checkpoints
  }
  afterStep(): void {}
  judged<Found>(judge: () => Promise<Found>): Promise<Found> {
    return judge()
  }
  async afterEvaluation(_step: number): Promise<void> {}
  async end<Found extends Findings>(_step: number, last: Found, _judge: () => Promise<Found>): Promise<Found> {
    return last
  }
  [Symbol.dispose](): void {}
}

const averageFile = 'average.safetensors'
const updatesName = 'updates'

class Moving extends None {
  readonly #average: MovingAverage

  constructor(model: Module, decay: number) {
    super()
    this.#average = new MovingAverage(namedParameters(model), { decay })
  }

  override storing(checkpoints: CheckpointStore): CheckpointStore {
    const average = this.#average
    return {
      async read() {
        const files = await checkpoints.read()
        const file = files?.get(averageFile)
        if (file) {
          using _read = scope()
          average.load({ updates: Number(parseSafetensors(file).metadata.get(updatesName)), tensors: decodeTensors(file) })
        }
        return files
      },
      async write(files) {
        const { updates, tensors } = average.state()
        const file = await encodeTensors(tensors, new Map([[updatesName, String(updates)]]))
        return checkpoints.write(new Map([...files, [averageFile, file]]))
      },
    }
  }

  override afterStep(): void {
    this.#average.update()
  }

  override async judged<Found>(judge: () => Promise<Found>): Promise<Found> {
    using _averages = this.#average.swapIn()
    return await judge()
  }

  override async end<Found extends Findings>(_step: number, last: Found): Promise<Found> {
    this.#average.swapIn() // for good
    return last
  }

  override [Symbol.dispose](): void {
    this.#average.dispose()
  }
}

const weightsPattern = /^weights-(\d+)\.safetensors$/

interface Kept {
  readonly name: string
  readonly step: number
}

/** Keeps the weights of the last evaluations as files beside the checkpoint. Those of steps that are made again are written again. */
class Last extends None {
  readonly #model: Module
  readonly #count: number
  readonly #folder: string

  constructor(model: Module, count: number, folder: string) {
    super()
    this.#model = model
    this.#count = count
    this.#folder = folder
  }

  override async afterEvaluation(step: number): Promise<void> {
    const path = join(this.#folder, `weights-${String(step).padStart(9, '0')}.safetensors`)
    await writeFileAtomically(path, await encodeTensors(parameterTensors(this.#model)))
    const old = (await this.#kept()).filter((each) => each.step <= step).slice(0, -this.#count)
    for (const { name } of old) await rm(join(this.#folder, name), { force: true })
  }

  override async end<Found extends Findings>(step: number, last: Found, judge: () => Promise<Found>): Promise<Found> {
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
