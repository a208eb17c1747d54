import type { CheckpointStore, Findings } from '@tlc/nn'

/** What goes on beside a training so that it can end with other weights than its last ones; here nothing does. */
export class LastWeights implements Disposable {
  /** The place for checkpoints, with what must be remembered. */
  storing(checkpoints: CheckpointStore): CheckpointStore {
    return checkpoints
  }

  afterStep(): void {
    // the weights are in the model
  }

  /** Judges the model as it would be if the training ended now, as far as that is known. */
  judged<Found>(judge: () => Promise<Found>): Promise<Found> {
    return judge()
  }

  async afterEvaluation(_step: number): Promise<void> {
    // the weights are in the model
  }

  /**
   * Gives the model the weights that the training ends with.
   *
   * @param last what the last evaluation found
   * @returns what is found of them
   */
  async end<Found extends Findings>(_step: number, last: Found, _judge: () => Promise<Found>): Promise<Found> {
    return last
  }

  [Symbol.dispose](): void {
    // nothing is held
  }
}
