import type { Call, Runnable } from '../case.ts'
import { compared } from '../cases/adamw.ts'
import { type Jax, type JaxArray, jaxFormulas, toJax } from './jax-js-formulas.ts'
import { trainOnJax } from './jax-js-training.ts'
import { describePeer, importPeer, type PeerOperations, prepareOnPeer } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'

/** jax-js on its backend in WebAssembly, each operation compiled by `jit`. */
export async function openJaxJs({ threads }: SubjectSpec): Promise<Subject> {
  const jax = await importPeer<Jax>('@jax-js/jax')
  await jax.init('wasm')
  jax.defaultDevice('wasm')
  const formulas = jaxFormulas(jax)
  const operations: PeerOperations = {
    ...Object.fromEntries(
      Object.entries(formulas).map(([op, formula]) => [op, (call: Call) => runnableOf(jax, call, formula)]),
    ),
    embeddingGrad: 'no gradient of a look-up',
    dropout: 'draws random numbers of its own, which cannot be compared',
  }
  return {
    description: describePeer('@jax-js/jax', threads),
    prepare: (each) => prepareOnPeer(operations, each),
    train: (model) => trainOnJax(jax, model),
    close: async () => undefined,
  }
}

type Formula = (inputs: readonly JaxArray[], parameters: never) => readonly JaxArray[]

function runnableOf(jax: Jax, { op, parameters, inputs }: Call, formula: Formula): Runnable {
  const given = inputs.map((each) => toJax(jax, each))
  const compiled = jax.jit((...traced: JaxArray[]) => [...formula(traced, parameters as never)])
  const compute = (): Promise<JaxArray[]> => jax.blockUntilReady(compiled(...given.map((each) => each.ref)))
  return {
    async results() {
      const made = await compute()
      const results = await Promise.all(made.map((each) => each.data()))
      return op === 'adamwStep' ? results.map((each) => each.subarray(-compared)) : results
    },
    async run() {
      for (const each of await compute()) each.dispose()
    },
    [Symbol.dispose]() {
      for (const each of given) each.dispose()
    },
  }
}
