import { valueAndGrad, type WithAuxiliary } from '@tlc/autograd'
import {
  add,
  attention,
  equal,
  key,
  mean,
  mul,
  openBackend,
  range,
  sum,
  type Tensor,
  tensor,
  useBackend,
} from '@tlc/tensor'
import { beforeAll, describe, expect, test } from 'vitest'
import { type TorchCase, TorchTensors, torchCases } from '../../test/torch.ts'
import { causalBias, paddingBias } from '../attention-bias.ts'
import { loadParameters, parameterTensors } from '../load-parameters.ts'
import { Activation, type ActivationName } from './activation.ts'
import { Dropout } from './dropout.ts'
import { Embedding } from './embedding.ts'
import { LayerNorm } from './layer-norm.ts'
import { Linear } from './linear.ts'
import { type AttentionForwardOptions, MultiHeadAttention } from './multi-head-attention.ts'
import { Sequential } from './sequential.ts'

beforeAll(async () => useBackend(await openBackend('reference')))

const cases = torchCases('modules')

/** PyTorch keeps the three input projections in one matrix, unless their sizes differ. */
function attentionParameters(tensors: TorchTensors): Map<string, Tensor> {
  const named = new Map<string, Tensor>()
  for (const [index, name] of ['query', 'key', 'value'].entries()) {
    const own = `param.${name[0]}_proj_weight`
    named.set(
      `${name}.weight`,
      tensors.has(own) ? tensors.tensor(own) : third(tensors.tensor('param.in_proj_weight'), index),
    )
    if (tensors.has('param.in_proj_bias')) named.set(`${name}.bias`, third(tensors.tensor('param.in_proj_bias'), index))
  }
  named.set('output.weight', tensors.tensor('param.out_proj.weight'))
  if (tensors.has('param.out_proj.bias')) named.set('output.bias', tensors.tensor('param.out_proj.bias'))
  return named
}

function third(x: Tensor, index: number): Tensor {
  const rows = x.shape[0]! / 3
  return x.slice([index * rows], [(index + 1) * rows])
}

function makeAttention({ config }: TorchCase, tensors: TorchTensors): MultiHeadAttention {
  const { embed_dim: size, num_heads: heads, kdim, vdim } = config as Record<string, number>
  const made = new MultiHeadAttention({
    size: size!,
    heads: heads!,
    key: key(0),
    bias: tensors.has('param.in_proj_bias'),
    ...(kdim && vdim ? { keySize: kdim, valueSize: vdim } : {}),
  })
  loadParameters(made, attentionParameters(tensors))
  return made
}

interface Attention {
  readonly module: MultiHeadAttention
  /** x, or q, k and v */
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly options: AttentionForwardOptions
}

function readAttention(each: TorchCase, tensors: TorchTensors): Attention {
  const names = tensors.has('in.x') ? ['x'] : ['q', 'k', 'v']
  const inputs = Object.fromEntries(names.map((name) => [name, tensors.tensor(`in.${name}`)]))
  const padding = each.config.key_padding_mask as number[][] | undefined
  const options: AttentionForwardOptions = {
    ...(inputs.k && { keys: inputs.k }),
    ...(inputs.v && { values: inputs.v }),
    ...(padding && { mask: tensor(padding.map((row) => row.map((hidden) => 1 - hidden))) }),
    causal: each.config.attn_mask !== undefined,
  }
  return { module: makeAttention(each, tensors), inputs, options }
}

/** The weights that PyTorch returns beside the output, of each head or their mean: attention to an identity as values. */
function weightsOf({ module, inputs, options }: Attention, perHead: boolean): Tensor {
  const [x, keys] = [(inputs.x ?? inputs.q)!, (inputs.x ?? inputs.k)!]
  const bias = options.mask && paddingBias(options.mask)
  const [q, k] = [splitHeads(module.query.forward(x), module), splitHeads(module.key.forward(keys), module)]
  const [batch, heads, time] = k.shape as [number, number, number]
  const identity = equal(range(time).reshape([time, 1]), range(time)).cast('f32')
  const weights = attention(q, k, identity.expand([batch, heads, time, time]), bias ? { bias } : {})
  return perHead ? weights : mean(weights, { axis: 1 })
}

function splitHeads(x: Tensor, { heads }: MultiHeadAttention): Tensor {
  const [batch, time, size] = x.shape as [number, number, number]
  return x.reshape([batch, time, heads, size / heads]).permute([0, 2, 1, 3]) // [batch, heads, time, headSize]
}

describe('attention of PyTorch, forward and every gradient', () => {
  for (const each of cases.filter(({ name }) => name.startsWith('mha'))) {
    test(each.name, async () => {
      const tensors = new TorchTensors('modules', each)
      const given = readAttention(each, tensors)
      const { module, inputs, options } = given
      const { value, gradients, auxiliary } = valueAndGrad(
        (): WithAuxiliary<Record<string, Tensor>> => {
          const y = module.forward((inputs.x ?? inputs.q)!, options)
          const ofY = sum(mul(y, tensors.tensor('cot.y')))
          if (!tensors.has('cot.w')) return { value: ofY, auxiliary: { y } }
          const w = weightsOf(given, each.config.w === 'per head')
          return { value: add(ofY, sum(mul(w, tensors.tensor('cot.w')))), auxiliary: { y, w } }
        },
        { ...inputs, ...Object.fromEntries(parameterTensors(module)) },
      )
      expect(value.shape).toEqual([])
      for (const [name, x] of Object.entries(auxiliary)) tensors.expectClose(await x.data(), `out.${name}`)
      for (const name of Object.keys(inputs)) tensors.expectClose(await gradients[name]!.data(), `grad.in.${name}`)
      await expectParameterGradients(tensors, gradients)
    })
  }
})

async function expectParameterGradients(
  tensors: TorchTensors,
  gradients: Readonly<Record<string, Tensor>>,
): Promise<void> {
  const projections = ['query', 'key', 'value']
  const joined = async (suffix: string): Promise<number[]> => {
    const each = await Promise.all(projections.map(async (name) => [...(await gradients[`${name}.${suffix}`]!.data())]))
    return each.flat()
  }
  if (tensors.has('grad.param.in_proj_weight')) tensors.expectClose(await joined('weight'), 'grad.param.in_proj_weight')
  else {
    for (const name of projections) {
      tensors.expectClose(await gradients[`${name}.weight`]!.data(), `grad.param.${name[0]}_proj_weight`)
    }
  }
  if (tensors.has('grad.param.in_proj_bias')) tensors.expectClose(await joined('bias'), 'grad.param.in_proj_bias')
  for (const name of ['weight', 'bias']) {
    if (!tensors.has(`grad.param.out_proj.${name}`)) continue
    tensors.expectClose(await gradients[`output.${name}`]!.data(), `grad.param.out_proj.${name}`)
  }
}

test('layer normalization of PyTorch, forward and every gradient', async () => {
  const tensors = new TorchTensors('modules', cases.find(({ name }) => name === 'layernorm')!)
  const layer = new LayerNorm({ size: 8 })
  loadParameters(layer, new Map(['weight', 'bias'].map((name) => [name, tensors.tensor(`param.${name}`)])))
  const x = tensors.tensor('in.x')
  const { gradients, auxiliary } = valueAndGrad(
    () => {
      const y = layer.forward(x)
      return { value: sum(mul(y, tensors.tensor('cot.y'))), auxiliary: y }
    },
    { 'in.x': x, 'param.weight': layer.weight.stored, 'param.bias': layer.bias.stored },
  )
  tensors.expectClose(await auxiliary.data(), 'out.y')
  for (const [name, gradient] of Object.entries(gradients)) tensors.expectClose(await gradient.data(), `grad.${name}`)
})

describe('a forward pass', () => {
  const x = (): Tensor =>
    tensor(
      Float32Array.from({ length: 4000 }, (_, index) => 1 + (index % 7)),
      { shape: [40, 100] },
    )

  test('without a key is evaluation: dropout does nothing', async () => {
    const given = x()
    expect(new Dropout(0.5).forward(given)).toBe(given)
    const attention = new MultiHeadAttention({ size: 4, heads: 2, key: key(1), dropoutRate: 0.5 })
    const sequence = tensor([
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
    ])
    const evaluated = await attention.forward(sequence).data()
    expect(await attention.forward(sequence).data()).toEqual(evaluated)
    expect(await attention.forward(sequence, { key: key(2) }).data()).not.toEqual(evaluated)
  })

  test('with a key is training: half is dropped and the rest doubled, the same for the same key', async () => {
    const dropout = new Dropout(0.5)
    const given = x()
    const before = await given.data()
    const after = await dropout.forward(given, { key: key(1) }).data()
    after.forEach((y, index) => expect([0, 2 * before[index]!]).toContain(y))
    // 4000 draws of one half have a deviation of 0.8%; 3% is four of those, and the key is fixed.
    expect(Math.abs(after.filter((y) => y === 0).length / after.length - 0.5)).toBeLessThan(0.03)
    expect(await dropout.forward(given, { key: key(1) }).data()).toEqual(after)
    expect(await dropout.forward(given, { key: key(2) }).data()).not.toEqual(after)
  })

  test('of a sequence gives each layer a key of its own', async () => {
    const twice = new Sequential([new Dropout(0.5), new Dropout(0.5)])
    const kept = (await twice.forward(x(), { key: key(1) }).data()).filter((y) => y !== 0).length / 4000
    // With one key both layers would drop the same half; a quarter is left, with a deviation of 0.7%.
    expect(Math.abs(kept - 0.25)).toBeLessThan(0.03)
  })

  test('of attention with dropout is the plain one on average', async () => {
    const attention = new MultiHeadAttention({ size: 4, heads: 2, key: key(1), dropoutRate: 0.2 })
    const sequence = tensor([
      [
        [1, 2, 3, 4],
        [-1, 0, 1, 0],
        [0, 1, 0, -2],
      ],
    ])
    const plain = await attention.forward(sequence).data()
    const runs = 1000
    const total = new Float64Array(plain.length)
    for (let run = 0; run < runs; run++) {
      const y = await attention.forward(sequence, { key: key(run) }).data()
      for (const [index, value] of y.entries()) total[index]! += value / runs
    }
    // The mean of 1000 runs of numbers that spread by about 1 has a deviation of about 0.03; the keys are fixed.
    total.forEach((value, index) => expect(Math.abs(value - plain[index]!)).toBeLessThan(0.1))
  })
})

describe('layers', () => {
  test('an embedding starts with a padding row of zeros, which gets no gradient', async () => {
    const layer = new Embedding({ count: 4, size: 3, key: key(1), paddingIndex: 1 })
    expect([...(await layer.forward(tensor([1], { dtype: 'i32' })).data())]).toEqual([0, 0, 0])
    const ids = tensor([1, 2, 2], { dtype: 'i32' })
    const { gradients } = valueAndGrad(() => sum(layer.forward(ids)), [layer.weight.stored])
    expect([...(await gradients[0]!.data())]).toEqual([0, 0, 0, 0, 0, 0, 2, 2, 2, 0, 0, 0])
  })

  test('read a weight through its transforms, and its gradient comes back through them', async () => {
    const layer = new Linear({ inputSize: 2, outputSize: 1, key: key(1), bias: false })
    layer.weight.stored.assign(tensor([[3, 4]]))
    layer.weight.transforms.push((weight) => mul(weight, tensor([[1, 0]])))
    const x = tensor([[10, 10]])
    const { value, gradients } = valueAndGrad(() => sum(layer.forward(x)), [layer.weight.stored])
    expect(await value.item()).toBe(30)
    expect([...(await gradients[0]!.data())]).toEqual([10, 0])
  })

  test('activations are found by name', async () => {
    const given = tensor([-1, 0, 2])
    const of = async (name: ActivationName): Promise<number[]> => [
      ...(await new Activation(name).forward(given).data()),
    ]
    expect(await of('relu')).toEqual([0, 0, 2])
    expect((await of('silu'))[2]).toBeCloseTo(2 / (1 + Math.exp(-2)), 6)
    expect((await of('tanh'))[0]).toBeCloseTo(Math.tanh(-1), 6)
  })

  test('a causal bias lets the last query see every key, also when there are more keys than queries', async () => {
    // Adding 0 makes -0, which hides nothing either, 0.
    expect([...(await causalBias(2, 3).data())].map((x) => x + 0)).toEqual([0, 0, -10_000, 0, 0, 0])
  })

  test('sizes that do not divide into heads, and impossible rates, are refused', () => {
    expect(() => new MultiHeadAttention({ size: 6, heads: 4, key: key(1) })).toThrow(
      'size 6 does not divide into 4 heads',
    )
    expect(() => new Dropout(1)).toThrow('rate must be 0 <= rate < 1, got 1')
  })
})
