import { sizeOf } from '@tlc/tensor'
import type { Call, Runnable } from '../case.ts'
import { compared } from '../cases/adamw.ts'
import { describePeer, importPeer, type PeerOperations, prepareOnPeer } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'
import { type Tf, type TfTensor, tfFormulas, toTf } from './tfjs-formulas.ts'
import { trainOnTf } from './tfjs-training.ts'

/** TensorFlow.js on its backend for WebAssembly or WebGPU. */
export async function openTfjs({ threads, driver }: SubjectSpec): Promise<Subject> {
  const name = driver ? 'webgpu' : 'wasm'
  const tf = await importPeer<Tf>('@tensorflow/tfjs')
  await importPeer(`@tensorflow/tfjs-backend-${name}`)
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js cannot open its backend ${name}`)
  tf.enableProdMode()
  const operations: PeerOperations = {
    ...Object.fromEntries(
      Object.entries(tfFormulas(tf)).map(([op, formula]) => [
        op,
        (call: Call) => runnableOf(tf, call, formula, driver !== undefined),
      ]),
    ),
    ...(!driver && { additions: 'asked of devices only' }),
    embeddingGrad: 'no kernel for this gradient',
    dropout: 'draws random numbers of its own, which cannot be compared',
  }
  return {
    description: describePeer(`@tensorflow/tfjs-backend-${name}`, threads),
    prepare: (each) => prepareOnPeer(operations, each),
    train: (model) => trainOnTf(tf, model, driver !== undefined),
    close: async () => undefined,
  }
}

type Formula = (inputs: readonly TfTensor[], parameters: never) => readonly TfTensor[]

function runnableOf(tf: Tf, { op, parameters, inputs }: Call, formula: Formula, isQueue: boolean): Runnable {
  const given = inputs.map((each) => toTf(tf, each))
  const compute = (): TfTensor[] => tf.tidy(() => [...formula(given, parameters as never)])
  return {
    async results() {
      const made = compute()
      const all = await Promise.all(made.map((each) => each.data()))
      const results = all.map((each, place) => each.slice(0, sizeOf(made[place]!.shape)))
      tf.dispose(made)
      return op === 'adamwStep' ? results.map((each) => each.subarray(-compared)) : results
    },
    ...(isQueue ? queued(tf, compute) : { run: () => tf.dispose(compute()) }),
    [Symbol.dispose]: () => tf.dispose(given),
  }
}

/** Reading a number of the last result waits for all that was queued before. */
function queued(tf: Tf, compute: () => TfTensor[]): Pick<Runnable, 'run'> & Required<Pick<Runnable, 'finish'>> {
  let last: TfTensor[] = []
  return {
    run() {
      tf.dispose(last)
      last = compute()
    },
    async finish() {
      const number = tf.tidy(() => tf.slice(last[0]!.reshape([-1]), 0, 1))
      await number.data()
      tf.dispose([number, ...last])
      last = []
    },
  }
}
