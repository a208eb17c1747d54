import {
  decodeTensors,
  encodeTensors,
  Linear,
  loadParameters,
  Module,
  meanSquaredError,
  parameterTensors,
  SGD,
  trainStep,
} from '@tlc/nn'
import { key, normal, openBackend, scope, useBackend } from '@tlc/tensor'
import { describe, expect, it } from 'vitest'
import { maskOf } from '../mask.ts'
import { loadMasks, saveMasks } from '../mask-file.ts'
import { prunable } from '../select.ts'
import { type LotteryTicketOptions, lotteryTicket, type TicketReport } from './lottery-ticket.ts'

useBackend(await openBackend('reference'))

class Model extends Module {
  readonly dense = new Linear({ inputSize: 6, outputSize: 5, key: key(1) })
}

function task(more: Partial<LotteryTicketOptions> = {}) {
  const model = new Model()
  const parameters = prunable(model)
  const log: string[] = []
  const weights: number[][] = []
  const options: LotteryTicketOptions = {
    model,
    parameters,
    steps: 6,
    rounds: 3,
    async trainSteps(from, to) {
      log.push(`${from}..${to}`)
      weights.push([...(await model.dense.weight.stored.data()), ...(await model.dense.bias!.stored.data())])
      using optimizer = new SGD(
        new Map([
          ['w', model.dense.weight],
          ['b', model.dense.bias!],
        ]),
        { momentum: 0.9 },
      )
      for (let step = from; step < to; step++) {
        using _step = scope()
        const [x, y] = [normal(key(10 + step), [8, 6]), normal(key(20 + step), [8, 5])]
        trainStep({
          optimizer,
          microBatches: [0],
          learningRate: 0.05,
          loss: () => meanSquaredError(model.dense.forward(x), y),
        })
      }
    },
    evaluate: () => 0.5,
    ...more,
  }
  return { model, parameters, options, log, weights }
}

async function collect(rounds: AsyncIterable<TicketReport>): Promise<TicketReport[]> {
  const all: TicketReport[] = []
  for await (const round of rounds) all.push(round)
  return all
}

describe('the search for a lottery ticket', () => {
  it('prunes 20% of the survivors each round, and trains from the initialization again', async () => {
    const { options, log, weights } = task()
    const reports = await collect(lotteryTicket(options))
    // Of 30: 6, then 0.2 · 24 = 4.8 and 0.2 · 19 = 3.8
    expect(reports.map(({ round, zeros, size }) => [round, zeros, size])).toEqual([
      [0, 0, 30],
      [1, 6, 30],
      [2, 11, 30],
      [3, 15, 30],
    ])
    expect(log).toEqual(['0..6', '0..6', '0..6', '0..6'])
    for (const start of weights) expect(start).toEqual(weights[0])
  })

  it('goes back to step k, biases too, whose weights were trained once', async () => {
    const { options, log, weights } = task({ rewindTo: 2, rounds: 2 })
    await collect(lotteryTicket(options))
    expect(log).toEqual(['0..2', '2..6', '2..6', '2..6'])
    expect(weights[1]).not.toEqual(weights[0])
    expect(weights[2]).toEqual(weights[1])
    expect(weights[3]).toEqual(weights[1])
  })

  it('keeps the weights where only the learning rate is rewound', async () => {
    const { options, log, weights } = task({ rewindTo: 2, rounds: 2, rewinding: 'learningRate' })
    await collect(lotteryTicket(options))
    expect(log).toEqual(['0..2', '2..6', '2..6', '2..6'])
    expect(weights[2]).not.toEqual(weights[1])
  })

  it('prunes by the trained weights, in each matrix if asked', async () => {
    const { options, model } = task({ rounds: 1, scope: 'perMatrix', share: 0.5 })
    const rounds = lotteryTicket(options)
    await rounds.next()
    const trained = await model.dense.weight.stored.data()
    await rounds.next()
    const order = [...trained.keys()].sort((a, b) => Math.abs(trained[a]!) - Math.abs(trained[b]!))
    const mask = maskOf(model.dense.weight)!
    expect(order.slice(0, 15).every((index) => mask[index] === 0)).toBe(true)
    expect(order.slice(15).every((index) => mask[index] === 1)).toBe(true)
  })

  it('resumed between rounds ends as if it had never stopped', async () => {
    const whole = task({ rewindTo: 1 })
    const expected = await collect(lotteryTicket(whole.options))

    const points: Uint8Array[] = []
    const first = task({ rewindTo: 1, onRewindPoint: (weights) => points.push(weights) })
    const done: TicketReport[] = []
    for await (const round of lotteryTicket(first.options)) {
      done.push(round)
      if (done.length === 2) break
    }
    const second = task({ rewindTo: 1, done: JSON.parse(JSON.stringify(done)), rewindPoint: points[0]! })
    loadParameters(second.model, decodeTensors(await encodeTensors(parameterTensors(first.model))))
    loadMasks(second.parameters, saveMasks(first.parameters))
    const rest = await collect(lotteryTicket(second.options))
    expect([...done, ...rest]).toEqual(expected)
    expect(saveMasks(second.parameters)).toEqual(saveMasks(whole.parameters))
    expect(await second.model.dense.weight.value.data()).toEqual(await whole.model.dense.weight.value.data())
  })

  it('refuses a rewind point after the end, no rounds, and to resume without the point', async () => {
    const run = (more: Partial<LotteryTicketOptions>) => collect(lotteryTicket(task(more).options))
    await expect(run({ rewindTo: 6 })).rejects.toThrow('rewindTo must be a whole number below the 6 steps, got 6')
    await expect(run({ rounds: 0 })).rejects.toThrow('rounds must be a whole number >= 1, got 0')
    await expect(run({ evaluate: () => Number.NaN })).rejects.toThrow('evaluate gave NaN')
    await expect(run({ done: [{ round: 0, zeros: 0, size: 30, sparsity: 0, accuracy: 0.5 }] })).rejects.toThrow(
      'give the rewindPoint that onRewindPoint heard',
    )
  })
})
