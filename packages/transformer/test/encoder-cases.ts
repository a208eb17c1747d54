import { valueAndGrad } from '@tlc/autograd'
import { loadParameters, parameterTensors } from '@tlc/nn'
import { type Backend, key, type Tensor, useBackend } from '@tlc/tensor'
import { RobertaLayer, robertaConfig } from '@tlc/transformer'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TorchCase, TorchTensors, torchCases } from './torch.ts'

/** PyTorch's name of each of our parts. */
const torchNames: Readonly<Record<string, string>> = {
  'attention.output.dense': 'self_attn.out_proj',
  'attention.output.LayerNorm': 'norm1',
  'intermediate.dense': 'linear1',
  'output.dense': 'linear2',
  'output.LayerNorm': 'norm2',
}
const projections = ['query', 'key', 'value']

function makeLayer({ config }: TorchCase, tensors: TorchTensors): RobertaLayer {
  const { d_model, nhead, dim_feedforward, activation, norm_first } = config as Record<string, unknown>
  const layer = new RobertaLayer({
    config: robertaConfig({
      layers: 1,
      hiddenSize: d_model as number,
      heads: nhead as number,
      feedForwardSize: dim_feedforward as number,
      vocabularySize: 1,
      maxLength: 1,
      activation: activation as 'relu' | 'gelu',
      normalization: norm_first ? 'pre' : 'post',
    }),
    key: key(0),
  })
  const named = new Map<string, Tensor>()
  for (const suffix of ['weight', 'bias']) {
    const joined = tensors.tensor(`param.self_attn.in_proj_${suffix}`)
    const rows = joined.shape[0]! / 3
    for (const [index, name] of projections.entries()) {
      named.set(`attention.self.${name}.${suffix}`, joined.slice([index * rows], [(index + 1) * rows]))
    }
    for (const [ours, theirs] of Object.entries(torchNames))
      named.set(`${ours}.${suffix}`, tensors.tensor(`param.${theirs}.${suffix}`))
  }
  loadParameters(layer, named)
  return layer
}

/** What PyTorch's encoder layers compute, on a backend. */
export function encoderCases(name: string, open: () => Promise<Backend>): void {
  describe(`an encoder layer of PyTorch on ${name}, forward and every gradient`, () => {
    let backend: Backend
    beforeAll(async () => {
      backend = await open()
      useBackend(backend)
    })
    afterAll(() => backend.close())
    const cases = torchCases('modules')
    test('there are post-norm and pre-norm ones', () => {
      expect(cases.map(({ config }) => config.norm_first)).toEqual([false, true, false])
    })

    for (const each of cases) {
      test(each.name, async () => {
        const tensors = new TorchTensors('modules', each)
        const layer = makeLayer(each, tensors)
        const x = tensors.tensor('in.x')
        const { gradients, auxiliary } = valueAndGrad(
          () => {
            const y = layer.forward(x)
            return { value: y.mul(tensors.tensor('cot.y')).sum(), auxiliary: y }
          },
          Object.fromEntries([...parameterTensors(layer), ['x', x]]),
        )
        const read = async (name: string): Promise<number[]> => [...(await gradients[name]!.data())]
        tensors.expectClose(await auxiliary.data(), 'out.y')
        tensors.expectClose(await read('x'), 'grad.in.x')
        for (const suffix of ['weight', 'bias']) {
          const joined = await Promise.all(projections.map((name) => read(`attention.self.${name}.${suffix}`)))
          tensors.expectClose(joined.flat(), `grad.param.self_attn.in_proj_${suffix}`)
          for (const [ours, theirs] of Object.entries(torchNames)) {
            tensors.expectClose(await read(`${ours}.${suffix}`), `grad.param.${theirs}.${suffix}`)
          }
        }
      })
    }
  })
}
