import {
  type CheckpointStore,
  decodeTensors,
  encodeTensors,
  type Findings,
  type Module,
  MovingAverage,
  namedParameters,
  parseSafetensors,
} from '@tlc/nn'
import { scope } from '@tlc/tensor'
import { LastWeights } from './last-weights.ts'

const averageFile = 'average.safetensors'
const updatesName = 'updates'

/** The exponential moving average of the weights of all steps: evaluations see it, and the training ends with it. */
export class MovingWeights extends LastWeights {
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
          average.load({
            updates: Number(parseSafetensors(file).metadata.get(updatesName)),
            tensors: decodeTensors(file),
          })
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
    this.#average.swapIn() // for good: the averages are the model's weights now
    return last
  }

  override [Symbol.dispose](): void {
    this.#average.dispose()
  }
}
