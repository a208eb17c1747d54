import { abs, cast, matmul, maxOver, reshape, scope, slice, square, sum, type Tensor, unheard } from '@tlc/tensor'
import { Linear } from '../layers/linear.ts'
import type { Module } from '../module.ts'
import type { ModuleType } from '../replace-modules.ts'
import { gramBand, type InputStatistics, InputSums } from './input-statistics.ts'
import { observeInputs } from './observe-inputs.ts'

/** What to collect, and from where. */
export interface CollectOptions<Batch> {
  /** `run` is called with each of them in turn; once, with undefined, if not given. */
  readonly batches?: Iterable<Batch> | AsyncIterable<Batch>
  /** Modules whose first argument is a tensor `[..., size]`; `Linear` by default. */
  readonly type?: ModuleType<Module>
  /** Whether to collect Σ x xᵀ, too: size² numbers of 8 bytes for each input. False by default. */
  readonly gram?: boolean
  /** Which of the modules; all by default. */
  readonly where?: (path: string) => boolean
}

/**
 * Statistics of the inputs of a model's layers, by the path of the module, while `run` computes:
 * ```ts
 * const statistics = await collectInputs(model, (ids) => model.forward(ids), { batches, gram: true })
 * ```
 * Every position counts, padding too: cut texts to one length, or run those of one length together. Modules that are
 * always fed the same tensors, like the projections of queries, keys and values, share one statistics object, which is
 * computed once. A batch is summed on the backend in f32, batches in float64.
 *
 * @returns of each module that was run
 * @throws RangeError if none was, or an input is NaN or infinite; the message names the module
 * @throws TypeError if there is no module of the type
 */
export async function collectInputs<Batch = undefined>(
  model: Module,
  run: (batch: Batch) => unknown,
  options: CollectOptions<Batch> = {},
): Promise<Map<string, InputStatistics>> {
  const { batches = [undefined as Batch], type = Linear, gram = false, where = () => true } = options
  const sums = new InputSums()
  const chosen = new Set<string>()
  let fed = new Map<number, Fed>()
  using _observed = observeInputs(model, type, (path, _, input) => {
    if (!where(path)) return
    chosen.add(path)
    const known = fed.get(input.id)
    if (known) known.paths.push(path)
    else fed.set(input.id, { paths: [path], ...summarize(input, gram) })
  })
  for await (const batch of batches) {
    fed = new Map()
    {
      using _batch = scope()
      await run(batch)
    }
    for (const { paths, count, parts } of fed.values()) sums.add(paths, count, await parts)
  }
  if (chosen.size === 0) throw new RangeError('collectInputs: no module was run; check `where`, `batches` and `run`')
  return sums.statistics()
}

/** An input, who was given it, and its sums on their way from the backend. */
interface Fed {
  readonly paths: string[]
  readonly count: number
  readonly parts: Promise<Float32Array[]>
}

/** max|x|, Σ|x|, Σ x² and, if asked for, the bands of Σ x xᵀ over all but the last axis. */
function summarize(input: Tensor, gram: boolean): Omit<Fed, 'paths'> {
  const size = input.shape.at(-1) ?? 1
  const sums = unheard(() => {
    using inner = scope()
    const x = reshape(cast(input, 'f32'), [-1, size]) // [count, size]
    const magnitudes = abs(x)
    const vectors = [maxOver(magnitudes, { axis: 0 }), sum(magnitudes, { axis: 0 }), sum(square(x), { axis: 0 })] // [size]
    return inner.keep(gram ? [...vectors, ...gramBands(x)] : vectors)
  })
  return { count: input.size / size, parts: downloaded(sums) }
}

/** The bands of the upper half of xᵀ x, `[width, size - start]` each: the lower half is the same. */
function gramBands(x: Tensor): Tensor[] {
  const [count, size] = x.shape as [number, number]
  return Array.from({ length: Math.ceil(size / gramBand) }, (_, index) => {
    const start = index * gramBand
    const right = slice(x, [0, start]) // [count, size - start]
    const band = slice(x, [0, start], [count, Math.min(start + gramBand, size)]) // [count, width]
    return matmul(band, right, { transposeA: true })
  })
}

async function downloaded(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  // They live until they are read, whatever scope happens to be open now.
  for (const each of tensors) each.moveTo(undefined)
  try {
    return (await Promise.all(tensors.map((each) => each.data()))) as Float32Array[]
  } finally {
    for (const each of tensors) each.dispose()
  }
}
