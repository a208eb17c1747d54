import {
  type Call,
  type Composite,
  currentListeners,
  LifetimeError,
  type Listener,
  listen,
  scope,
  Tensor,
  unheard,
} from '@tlc/tensor'
import { vjp } from './grad.ts'
import { type Rule, setRule } from './rule.ts'

/**
 * fn(inputs), remembering its inputs only: backward runs `fn` again, under a tape, to have what its derivatives read.
 * Gradients, to the bit those without checkpoint, reach the inputs and whatever `fn` reaches by closure.
 *
 * ```ts
 * for (const layer of layers) x = checkpoint(([x]) => layer.forward(x), [x])
 * ```
 *
 * @param fn must do the same each time: random keys come from outside
 * @param inputs every tensor that `fn` uses and that is freed before backward. Parameters may be reached by closure.
 * @throws LifetimeError in backward if a tensor reached by closure was freed; the message names it
 * @see Chen et al. 2016, Training deep nets with sublinear memory cost
 */
export function checkpoint<const Inputs extends readonly Tensor[], Result extends Tensor | readonly Tensor[]>(
  fn: (inputs: Inputs) => Result,
  inputs: Inputs,
): Result {
  const op = 'checkpoint'
  const captured: Tensor[] = []
  const composite: Composite<unknown> = { name: op, outputs: () => [], formula: () => asList(fn(inputs)) }
  setRule(
    composite,
    againRule((given) => asList(fn(given as unknown as Inputs)), inputs.length, captured),
  )
  const tapes = currentListeners().filter((listener) => listener.takes(composite))
  if (tapes.length === 0) return fn(inputs)
  const others = currentListeners().filter((listener) => !tapes.includes(listener))
  const spy = new Spy(inputs)
  const result = heardBy([...others, spy], () => fn(inputs))
  // What is freed by now was made within, like the constants in a formula.
  captured.push(...spy.used.filter(({ disposed }) => !disposed))
  const call: Call = { op, composite, inputs: [...inputs, ...captured], parameters: {}, outputs: asList(result) }
  for (const tape of tapes) tape.heard(call)
  return result
}

/** Notes the tensors that a function uses and that no operation in it made. */
class Spy implements Listener {
  readonly used: Tensor[] = []
  readonly #known: Set<number>

  constructor(inputs: readonly Tensor[]) {
    this.#known = new Set(inputs.map(({ id }) => id))
  }

  takes(): boolean {
    return true
  }

  heard({ inputs, outputs }: Call): void {
    for (const input of inputs) {
      if (!this.#known.has(input.id)) this.used.push(input)
      this.#known.add(input.id)
    }
    for (const { id } of outputs) this.#known.add(id)
  }
}

/** Runs the function again and pulls through that. */
function againRule(
  fn: (inputs: readonly Tensor[]) => readonly Tensor[],
  count: number,
  captured: readonly Tensor[],
): Rule<unknown> {
  return {
    reads: () => ({ inputs: 'all', outputs: [] }),
    pull(cotangents, { inputs, wanted }) {
      const freed = captured.find(({ disposed }) => disposed)
      if (freed) {
        throw new LifetimeError(
          `checkpoint: the function must run again, but uses ${freed} by closure, which was freed since; pass it in inputs`,
        )
      }
      const places = [...inputs.keys()].filter((place) => wanted[place])
      using again = vjp(
        () => fn(inputs.slice(0, count)),
        places.map((place) => inputs[place]!),
      )
      const pulled = again.pull(cotangents)
      return inputs.map((_, place) => pulled[places.indexOf(place)])
    },
  }
}

function heardBy<Result extends Tensor | readonly Tensor[]>(listeners: readonly Listener[], fn: () => Result): Result {
  return unheard(() => {
    using inner = scope()
    const listening = listeners.map(listen)
    try {
      return inner.keep(fn())
    } finally {
      for (const each of listening) each[Symbol.dispose]()
    }
  })
}

function asList(made: Tensor | readonly Tensor[]): readonly Tensor[] {
  return made instanceof Tensor ? [made] : made
}
