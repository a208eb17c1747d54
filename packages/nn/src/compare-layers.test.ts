import { add, openBackend, reshape, type Tensor, tensor, useBackend } from '@tlc/tensor'
import { describe, expect, test } from 'vitest'
import { compareLayers, fasterLayer } from './compare-layers.ts'
import { Module } from './module.ts'

const backend = await openBackend('reference')
useBackend(backend)

/** Layers on a clock that stands still but for what their forward passes take. */
function workshop(): {
  now: () => number
  calls: string[]
  layer: (
    name: string,
    milliseconds: () => number,
    shape?: readonly number[],
  ) => Module & { forward(x: Tensor): Tensor }
} {
  let time = 1000
  const calls: string[] = []
  class Timed extends Module {
    readonly #name: string
    readonly #milliseconds: () => number
    readonly #shape: readonly number[] | undefined
    constructor(name: string, milliseconds: () => number, shape?: readonly number[]) {
      super()
      this.#name = name
      this.#milliseconds = milliseconds
      this.#shape = shape
    }
    forward(x: Tensor): Tensor {
      if (calls.at(-1) !== this.#name) calls.push(this.#name)
      time += this.#milliseconds()
      const y = add(x, 1)
      return this.#shape ? reshape(y, this.#shape) : y
    }
  }
  return { now: () => time, calls, layer: (...given) => new Timed(...given) }
}

const x = tensor([
  [1, 2],
  [3, 4],
])

describe('comparing layers', () => {
  test('gives seconds of a pass of each, and how many times as fast the compressed one is', async () => {
    const { now, layer } = workshop()
    const times = await compareLayers(
      layer('dense', () => 6),
      layer('compressed', () => 2),
      x,
      { now },
    )
    // A quotient of sums of whole milliseconds: exact but for the last bits.
    expect(times.denseSeconds).toBeCloseTo(0.006, 12)
    expect(times.compressedSeconds).toBeCloseTo(0.002, 12)
    expect(times.speedup).toBeCloseTo(3, 9)
  })

  test('measures by turns, and changes who goes first', async () => {
    const { now, layer, calls } = workshop()
    await compareLayers(
      layer('dense', () => 20),
      layer('compressed', () => 20),
      x,
      { now, rounds: 4 },
    )
    // The check of shapes and the warm-up, then rounds there and back: repeats of a name are joined.
    expect(calls.slice(-6)).toEqual(['compressed', 'dense', 'compressed', 'dense', 'compressed', 'dense'])
  })

  test('is not misled by a round in which the machine did something else', async () => {
    const { now, layer } = workshop()
    let passes = 0
    const times = await compareLayers(
      layer('dense', () => (++passes % 9 === 0 ? 5000 : 30)),
      layer('compressed', () => 20),
      x,
      { now },
    )
    expect(times.speedup).toBeCloseTo(1.5, 9)
  })

  test('keeps the compressed layer only where it is faster', async () => {
    const { now, layer } = workshop()
    const of = (milliseconds: number): ReturnType<typeof layer> => layer(`${milliseconds}`, () => milliseconds)
    const [three, four, otherFour] = [of(3), of(4), of(4)]
    expect((await fasterLayer(four, three, x, { now })).layer).toBe(three)
    expect((await fasterLayer(three, four, x, { now })).layer).toBe(three)
    expect((await fasterLayer(four, otherFour, x, { now })).layer).toBe(four)
  })

  test('leaves no tensor behind', async () => {
    const { now, layer } = workshop()
    const before = backend.memory().tensors
    await compareLayers(
      layer('dense', () => 1),
      layer('compressed', () => 1),
      x,
      { now },
    )
    expect(backend.memory().tensors).toBe(before)
  })

  test('refuses layers that do not replace each other, and rounds of no length', async () => {
    const { now, layer } = workshop()
    const [dense, flat] = [layer('dense', () => 1), layer('flat', () => 1, [4])]
    await expect(compareLayers(dense, flat, x, { now })).rejects.toThrow(
      'for an input [2, 2] the dense layer gives [2, 2], the compressed one [4]',
    )
    await expect(compareLayers(dense, dense, x, { now, rounds: 0 })).rejects.toThrow('got 0 and 0.01')
    await expect(compareLayers(dense, dense, x, { now, secondsPerRound: 0 })).rejects.toThrow('got 11 and 0')
    await expect(compareLayers(dense, dense, x, { now: () => 7 })).rejects.toThrow('65536 passes took 0 s')
  })
})
