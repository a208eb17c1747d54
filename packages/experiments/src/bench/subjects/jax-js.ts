import type { Call, Runnable } from '../case.ts'
import { compared } from '../cases/adamw.ts'
import { type Jax, type JaxArray, jaxFormulas, toJax } from './jax-js-formulas.ts'
import { trainOnJax } from './jax-js-training.ts'
import { describePeer, importPeer, type PeerOperations, prepareOnPeer } from './peer.ts'
import type { Subject, SubjectSpec } from './subject.ts'

/** jax-js on its backend for WebAssembly or WebGPU, each operation compiled by `jit`. */
export async function openJaxJs({ threads, driver }: SubjectSpec): Promise<Subject> {
  const jax = await importPeer<Jax>('@jax-js/jax')
  const device = driver ? 'webgpu' : 'wasm'
  const devices = await jax.init(device)
  if (!devices.includes(device)) throw new Error(`jax-js cannot open its backend ${device}`)
  jax.defaultDevice(device)
  const runnableOf = driver ? onDevice : onHost
  const formulas = jaxFormulas(jax)
  const operations: PeerOperations = {
    ...Object.fromEntries(
      Object.entries(formulas).map(([op, formula]) => [op, (call: Call) => runnableOf(jax, call, formula)]),
    ),
    additions: (call) => runnableOf(jax, call, additions(jax)),
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

/** Added one by one: compiled together they would be one operation. */
function additions({ jit }: Jax): Formula {
  const add = jit((x: JaxArray, y: JaxArray) => x.add(y))
  return ([x, y], { chain }: { chain: number }) => {
    let sum = x!.ref
    for (let count = 0; count < chain; count++) sum = add(sum, y!.ref)
    return [sum]
  }
}

/** What is computed in a call is computed when it is waited for. */
function onHost(jax: Jax, call: Call, formula: Formula): Runnable {
  const { compute, ...runnable } = computable(jax, call, formula)
  return {
    ...runnable,
    async run() {
      for (const each of await jax.blockUntilReady(compute())) each.dispose()
    },
  }
}

/** Calls are queued; they are computed, too, when somebody waits for each. */
function onDevice(jax: Jax, call: Call, formula: Formula): Runnable {
  const { compute, ...runnable } = computable(jax, call, formula)
  const queued: JaxArray[] = []
  return {
    ...runnable,
    run: () => void queued.push(...compute()),
    async finish() {
      for (const each of await jax.blockUntilReady(queued.splice(0))) each.dispose()
    },
  }
}

interface Computable extends Omit<Runnable, 'run'> {
  readonly compute: () => JaxArray[]
}

function computable(jax: Jax, { op, parameters, inputs }: Call, formula: Formula): Computable {
  const given = inputs.map((each) => toJax(jax, each))
  const traced = (...arrays: JaxArray[]): JaxArray[] => [...formula(arrays, parameters as never)]
  const compiled = op === 'additions' ? traced : jax.jit(traced)
  const compute = (): JaxArray[] => compiled(...given.map((each) => each.ref))
  return {
    compute,
    async results() {
      const results = await Promise.all(compute().map((each) => each.data()))
      return op === 'adamwStep' ? results.map((each) => each.subarray(-compared)) : results
    },
    [Symbol.dispose]() {
      for (const each of given) each.dispose()
    },
  }
}
