import { valueAndGrad } from '@tlc/autograd'
import { causalBias, LayerNorm, loadParameters, Module, paddingBias, parameterTensors } from '@tlc/nn'
import { key, ones, type Tensor, tensor } from '@tlc/tensor'
import { type TranslationConfig, translationConfig } from '../src/translation/config.ts'
import { TranslationDecoder, TranslationDecoderLayer } from '../src/translation/decoder.ts'
import { TranslationEncoder } from '../src/translation/encoder.ts'
import { TorchTensors, torchCases } from './torch.ts'

const cases = torchCases('translation')

/** PyTorch's name of each of our parts. Three projections are one matrix there, which `thirds` cuts. */
const parts: readonly (readonly [ours: RegExp, theirs: string])[] = [
  [/selfAttention\.output/, 'self_attn.out_proj'],
  [/selfAttention\.(query|key|value)\.(\w+)/, 'self_attn.in_proj_$2#$1'],
  [/sourceAttention\.output/, 'multihead_attn.out_proj'],
  [/sourceAttention\.(query|key|value)\.(\w+)/, 'multihead_attn.in_proj_$2#$1'],
  [/feedForward\.inner/, 'linear1'],
  [/feedForward\.outer/, 'linear2'],
  [/selfAttentionResidual\.norm/, 'norm1'],
  [/sourceAttentionResidual\.norm/, 'norm2'],
  [/^(encoder.*)feedForwardResidual\.norm/, '$1norm2'],
  [/feedForwardResidual\.norm/, 'norm3'],
  [/\.layer\./, '.layers.'],
]
const thirds = ['query', 'key', 'value']

function torchName(ours: string): readonly [name: string, third: number] {
  const theirs = parts.reduce((name, [part, by]) => name.replace(part, by), ours)
  const [name, projection] = theirs.split('#')
  return [name!, projection ? thirds.indexOf(projection) : -1]
}

/** The numbers of one of our parameters in a tensor of theirs. */
function numbersOf(tensors: TorchTensors, kind: 'param' | 'grad.param', ours: string): Float64Array {
  const [name, third] = torchName(ours)
  const numbers = tensors.numbers(`${kind}.${name}`)
  return third < 0 ? numbers : numbers.subarray((third * numbers.length) / 3, ((third + 1) * numbers.length) / 3)
}

function load(module: Module, tensors: TorchTensors): void {
  const parameters = [...parameterTensors(module)]
  loadParameters(
    module,
    new Map(parameters.map(([name, { shape }]) => [name, tensor([...numbersOf(tensors, 'param', name)], { shape })])),
  )
}

const sizes = {
  encoderLayers: 2,
  decoderLayers: 2,
  hiddenSize: 16,
  heads: 4,
  feedForwardSize: 32,
  vocabularySize: 8,
  maxLength: 8,
}

/** Encoder and decoder with the normalizations that PyTorch puts at their ends, also with post-normalization. */
class TorchTransformer extends Module {
  readonly encoder: TorchEnd<TranslationEncoder>
  readonly decoder: TorchEnd<TranslationDecoder>

  constructor(config: TranslationConfig) {
    super()
    this.encoder = new TorchEnd(new TranslationEncoder({ config, key: key(0) }))
    this.decoder = new TorchEnd(new TranslationDecoder({ config, key: key(0) }))
  }

  forward(source: Tensor, target: Tensor, recompute: boolean): Tensor {
    const bias = paddingBias(ones(source.shape.slice(0, 2)))
    const hidden = this.encoder.norm.forward(this.encoder.stack.forward(source, { bias, recompute }))
    const later = causalBias(target.shape[1]!)
    return this.decoder.norm.forward(this.decoder.stack.forward(target, { hidden, bias }, { bias: later, recompute }))
  }
}

class TorchEnd<Stack extends TranslationEncoder | TranslationDecoder> extends Module {
  readonly layer: Stack['layer']
  readonly norm: LayerNorm
  readonly #stack: Stack

  constructor(stack: Stack) {
    super()
    this.#stack = stack
    this.layer = stack.layer
    this.norm = new LayerNorm({ size: sizes.hiddenSize })
  }

  get stack(): Stack {
    return this.#stack
  }
}

/** Compares a module's output and all gradients, those of inputs and parameters, with PyTorch's. */
async function expectEqual(
  module: Module,
  tensors: TorchTensors,
  inputs: Readonly<Record<string, Tensor>>,
  forward: () => Tensor,
): Promise<void> {
  const parameters = parameterTensors(module)
  const { gradients, auxiliary } = valueAndGrad(
    () => {
      const y = forward()
      return { value: y.mul(tensors.tensor('cot.y')).sum(), auxiliary: y }
    },
    { ...inputs, ...Object.fromEntries(parameters) },
  )
  tensors.expectClose(await auxiliary.data(), 'out.y')
  for (const name of Object.keys(inputs)) tensors.expectClose(await gradients[name]!.data(), `grad.in.${name}`)
  for (const name of parameters.keys()) {
    const expected = numbersOf(tensors, 'grad.param', name)
    tensors.expectClose(await gradients[name]!.data(), `grad.param.${torchName(name)[0]}`, expected)
  }
}

/** A decoder layer of PyTorch, forward and every gradient, on the backend in use. */
export async function expectTorchDecoderLayer(): Promise<void> {
  const each = cases.find(({ name }) => name === 'decoder_layer_post')!
  const tensors = new TorchTensors('translation', each)
  const layer = new TranslationDecoderLayer({ config: translationConfig(sizes), key: key(0) })
  load(layer, tensors)
  const hidden = (each.config.memory_key_padding_mask as number[][]).map((row) => row.map((padding) => 1 - padding))
  const [t, mem] = [tensors.tensor('in.t'), tensors.tensor('in.mem')]
  const source = { hidden: mem, bias: paddingBias(tensor(hidden)) }
  const bias = causalBias(t.shape[1]!)
  await expectEqual(layer, tensors, { t, mem }, () => layer.forward(t, source, { bias }))
}

/** The whole Transformer of PyTorch, forward and every gradient, on the backend in use. */
export async function expectTorchTransformer(recompute: boolean): Promise<void> {
  const tensors = new TorchTensors('translation', cases.find(({ name }) => name === 'transformer_full')!)
  const model = new TorchTransformer(translationConfig(sizes))
  load(model, tensors)
  const [s, t] = [tensors.tensor('in.s'), tensors.tensor('in.t')]
  await expectEqual(model, tensors, { s, t }, () => model.forward(s, t, recompute))
}
