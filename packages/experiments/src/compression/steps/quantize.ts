import { type Module, namedParameters } from '@tlc/nn'
import { collectInputs } from '@tlc/nn/calibration'
import { maskOf } from '@tlc/prune'
import {
  type AffineOptions,
  affine,
  blockFormats,
  codebook,
  gptq,
  hqq,
  type LlamaBlock,
  llamaBlocks,
  nf4,
  quantizable,
  type Scheme,
  stochastic,
  ternary,
} from '@tlc/quant'
import { foldIn, key, type Shape } from '@tlc/tensor'
import { type CompressionRun, taskOf } from '../compression-run.ts'
import type { QuantizeSettings, SchemeChoice } from '../recipe.ts'
import { nothingSelected, selects } from '../selection.ts'

/** The scheme of a parameter, by its name, its number among those that are quantized, and its shape; undefined for f32. */
type SchemeOf = (name: string, index: number, shape: Shape) => Scheme | undefined

/** Chooses how matrices are to be written; the numbers themselves are made at the end of the recipe. */
export async function quantize<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  settings: QuantizeSettings,
): Promise<string> {
  const { model, schemes } = run
  const usual = quantizable(model, { embeddings: settings.embeddings ?? true })
  const isMeant = selects(settings, (name) => usual.has(name))
  const chosen = [...namedParameters(model)].filter(([name]) => isMeant(name))
  if (chosen.length === 0) throw new RangeError(nothingSelected(usual.keys()))
  const schemeOf = await families[settings.scheme](run, settings)
  const counts = new Map<SchemeChoice | 'f32', number>()
  for (const [index, [name, { stored }]] of chosen.entries()) {
    const scheme = schemeOf(name, index, stored.shape)
    if (scheme) schemes.set(name, scheme)
    const written = isBlock(settings.scheme) ? (blockFor(settings.scheme, stored.shape) ?? 'f32') : settings.scheme
    counts.set(written, (counts.get(written) ?? 0) + 1)
  }
  return describe(settings, counts)
}

/** '3 tensors as q4_k numbers, 14 as q4_0: their rows are no whole number of q4_k blocks' */
function describe({ scheme, bits }: QuantizeSettings, counts: ReadonlyMap<string, number>): string {
  const others = [...counts]
    .filter(([written]) => written !== scheme)
    .map(([written, count]) => `${count} as ${written}`)
  const numbers = `${scheme} numbers${bits === undefined ? '' : ` of ${bits} bits`}`
  const whole = `${counts.get(scheme) ?? 0} tensors as ${numbers}`
  return others.length === 0
    ? whole
    : `${[whole, ...others].join(', ')}: their rows are no whole number of ${scheme} blocks`
}

type Family = <Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  settings: QuantizeSettings,
) => SchemeOf | Promise<SchemeOf>

/** What llama.cpp does with rows that are no whole number of large blocks: smaller blocks, of at least as many bits. */
const smallerBlocks: { readonly [B in LlamaBlock]?: LlamaBlock } = { q4_k: 'q4_0', q6_k: 'q8_0' }

function isBlock(scheme: SchemeChoice): scheme is LlamaBlock {
  return Object.hasOwn(blockFormats, scheme)
}

/** The blocks that rows of a shape are made of, if any. */
function blockFor(wanted: LlamaBlock, shape: Shape): LlamaBlock | undefined {
  return [wanted, smallerBlocks[wanted]].find((each) => each && shape.at(-1)! % blockFormats[each].weights === 0)
}

const blocks =
  (wanted: LlamaBlock): Family =>
  () =>
  (_, __, shape) => {
    const block = blockFor(wanted, shape)
    return block && llamaBlocks(block)
  }

const families: { readonly [S in SchemeChoice]: Family } = {
  affine: affineSchemes,
  codebook(run, { bits }) {
    const scheme = codebook({ bits: bits!, zero: isPruned(run) })
    return () => scheme
  },
  nf4: () => {
    const scheme = nf4()
    return () => scheme
  },
  ternary(_, { granularity = 'tensor' }) {
    const scheme = ternary({ granularity: granularity as 'tensor' | 'row' }) // groups are refused with the recipe
    return () => scheme
  },
  q8_0: blocks('q8_0'),
  q4_0: blocks('q4_0'),
  q4_k: blocks('q4_k'),
  q6_k: blocks('q6_k'),
}

async function affineSchemes<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  settings: QuantizeSettings,
): Promise<SchemeOf> {
  const { bits, granularity = 'tensor', grid = isPruned(run) ? 'zeroExact' : 'minmax', rounding, seed } = settings
  const options: AffineOptions = { bits: bits!, granularity, grid }
  if (rounding === 'stochastic') {
    return (_, index) => affine({ ...options, rounding: stochastic(foldIn(key(seed), index)) })
  }
  if (rounding === 'gptq') {
    const task = taskOf(run)
    const forward = (batch: Batch) => task.logits(run.model, batch, {})
    const statistics = await collectInputs(run.model, forward, { batches: task.calibration(), gram: true })
    const rounded = gptq(statistics)
    return (name) => rounded.schemeFor(name, options)
  }
  const scheme = rounding === 'hqq' ? hqq(options) : affine(options)
  return () => scheme
}

/** Whether some weight is under a mask: then 0 must stay 0. */
function isPruned<Model extends Module, Batch>({ model }: CompressionRun<Model, Batch>): boolean {
  return [...namedParameters(model).values()].some((parameter) => maskOf(parameter)?.includes(0))
}
