import { sizeOf } from '@tlc/tensor'
import type { Call, Runnable } from '../case.ts'
import { compared } from '../cases/adamw.ts'
import { describePeer, importPeer, type PeerOperations, prepareOnPeer } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'
import { type Tf, type TfTensor, tfFormulas, toTf } from './tfjs-formulas.ts'
import { trainOnTf } from './tfjs-training.ts'

/** TensorFlow.js on its backend in WebAssembly. */
export async function openTfjs({ threads }: SubjectSpec): Promise<Subject> {
  const tf = await importPeer<Tf>('@tensorflow/tfjs')
  await importPeer('@tensorflow/tfjs-backend-wasm')
  if (!(await tf.setBackend('wasm'))) throw new Error('TensorFlow.js cannot open its backend wasm')
  tf.enableProdMode()
  const operations: PeerOperations = {
    ...Object.fromEntries(
      Object.entries(tfFormulas(tf)).map(([op, formula]) => [op, (call: Call) => runnableOf(tf, call, formula)]),
    ),
    embeddingGrad: 'no kernel for this gradient',
    dropout: 'draws random numbers of its own, which cannot be compared',
  }
  return {
    description: describePeer('@tensorflow/tfjs-backend-wasm', threads),
    prepare: (each) => prepareOnPeer(operations, each),
    train: (model) => trainOnTf(tf, model),
    close: async () => undefined,
  }
}

type Formula = (inputs: readonly TfTensor[], parameters: never) => readonly TfTensor[]

function runnableOf(tf: Tf, { op, parameters, inputs }: Call, formula: Formula): Runnable {
  const given = inputs.map((each) => toTf(tf, each))
  const compute = (): TfTensor[] => tf.tidy(() => [...formula(given, parameters as never)])
  return {
    async results() {
      const made = compute()
      const results = made.map((each) => each.dataSync().slice(0, sizeOf(each.shape)))
      tf.dispose(made)
      return op === 'adamwStep' ? results.map((each) => each.subarray(-compared)) : results
    },
    run: () => tf.dispose(compute()),
    [Symbol.dispose]: () => tf.dispose(given),
  }
}
