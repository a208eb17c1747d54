import { valueAndGrad, type WithAuxiliary } from '@tlc/autograd'
import { add, attention, equal, key, mean, mul, range, sum, type Tensor, tensor } from '@tlc/tensor'
import {
  type AttentionForwardOptions,
  Bilinear,
  LayerNorm,
  loadParameters,
  type Module,
  MultiHeadAttention,
  paddingBias,
  parameterTensors,
} from '../src/index.ts'
import { type TorchCase, TorchTensors, torchCases } from './torch.ts'

/** PyTorch's modules: outputs and every gradient. */
export const moduleCases: readonly TorchCase[] = torchCases('modules')

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

async function expectAttention(each: TorchCase): Promise<void> {
  const tensors = new TorchTensors('modules', each)
  const given = readAttention(each, tensors)
  const { module, inputs, options } = given
  const { gradients, auxiliary } = valueAndGrad(
    (): WithAuxiliary<Record<string, Tensor>> => {
      const y = module.forward((inputs.x ?? inputs.q)!, options)
      const ofY = sum(mul(y, tensors.tensor('cot.y')))
      if (!tensors.has('cot.w')) return { value: ofY, auxiliary: { y } }
      const w = weightsOf(given, each.config.w === 'per head')
      return { value: add(ofY, sum(mul(w, tensors.tensor('cot.w')))), auxiliary: { y, w } }
    },
    { ...inputs, ...Object.fromEntries(parameterTensors(module)) },
  )
  for (const [name, x] of Object.entries(auxiliary)) tensors.expectClose(await x.data(), `out.${name}`)
  for (const name of Object.keys(inputs)) tensors.expectClose(await gradients[name]!.data(), `grad.in.${name}`)
  await expectParameterGradients(tensors, gradients)
}

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

/** A module whose parameters have the names of PyTorch's, of inputs with those names. */
async function expectModule<M extends Module>(
  each: TorchCase,
  module: M,
  inputs: readonly string[],
  forward: (module: M, ...inputs: Tensor[]) => Tensor,
): Promise<void> {
  const tensors = new TorchTensors('modules', each)
  const names = [...parameterTensors(module).keys()]
  loadParameters(module, new Map(names.map((name) => [name, tensors.tensor(`param.${name}`)])))
  const given = inputs.map((name) => tensors.tensor(`in.${name}`))
  const { gradients, auxiliary } = valueAndGrad(() => {
    const y = forward(module, ...given)
    return { value: sum(mul(y, tensors.tensor('cot.y'))), auxiliary: y }
  }, [...given, ...parameterTensors(module).values()])
  tensors.expectClose(await auxiliary.data(), 'out.y')
  for (const [index, name] of [...inputs.map((of) => `in.${of}`), ...names.map((of) => `param.${of}`)].entries())
    tensors.expectClose(await gradients[index]!.data(), `grad.${name}`)
}

/** Fails unless our module has PyTorch's outputs and gradients. */
export async function expectModuleCase(each: TorchCase): Promise<void> {
  if (each.name === 'layernorm')
    return expectModule(each, new LayerNorm({ size: 8 }), ['x'], (layer, x) => layer.forward(x!))
  if (each.name === 'bilinear') {
    const layer = new Bilinear({ inputSizes: [3, 4], outputSize: 5, key: key(0) })
    return expectModule(each, layer, ['a', 'b'], (module, a, b) => module.forward(a!, b!))
  }
  return expectAttention(each)
}
