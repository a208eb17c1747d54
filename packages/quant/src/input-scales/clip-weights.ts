import { gramOf, type InputStatistics, quadraticForms } from '@tlc/nn/calibration'
import { type AffineOptions, affine } from '../schemes/affine/affine.ts'

/**
 * Cuts the weights of each range down to ±c, c = max|w| · (1, 0.95 … 0.55), with that c for which the outputs of the range
 * alone, Q(cut w) x against w x, have the least squared error. Ranges of a whole tensor are left as they are.
 *
 * @param weight `[out, in]`, row-major
 * @throws RangeError if the weight does not fit the inputs, or they have no gram
 * @see Lin et al. 2023, AWQ, the authors' code (auto_clip)
 */
export function clipWeights(
  weight: Float32Array,
  input: InputStatistics,
  options: Omit<AffineOptions, 'rounding'>,
): Float32Array {
  const { size } = input
  const rows = weight.length / size
  const gram = gramOf(input, [rows, size])
  const { granularity = 'tensor' } = options
  if (granularity === 'tensor') return weight
  const length = granularity === 'row' ? size : granularity.group
  const clipped = weight.slice()
  for (let start = 0; start < size; start += length) {
    const width = Math.min(length, size - start)
    const part = (values: Float32Array | Float64Array, stride: number, first: number, count: number) =>
      Float64Array.from(
        { length: count * width },
        (_, at) => values[(first + Math.floor(at / width)) * stride + start + (at % width)]!,
      )
    const own = Float32Array.from(part(weight, size, 0, rows))
    const best = clipRanges(own, width, part(gram, size, start, width), options)
    best.forEach((each, at) => {
      clipped[Math.floor(at / width) * size + start + (at % width)] = each
    })
  }
  return clipped
}

/** @param own `[rows, width]`, each row a range */
function clipRanges(
  own: Float32Array,
  width: number,
  gram: Float64Array,
  options: Omit<AffineOptions, 'rounding'>,
): Float32Array {
  const rows = own.length / width
  const scheme = affine({ ...options, granularity: 'row' })
  const most = Float32Array.from({ length: rows }, (_, row) =>
    own.subarray(row * width, (row + 1) * width).reduce((max, each) => Math.max(max, Math.abs(each)), 0),
  )
  const best = own.slice()
  const least = new Float64Array(rows).fill(Number.POSITIVE_INFINITY)
  for (let cut = 0; cut < 10; cut++) {
    const limited = own.map((each, at) => {
      const limit = most[Math.floor(at / width)]! * (1 - cut / 20)
      return Math.max(-limit, Math.min(each, limit))
    })
    const decoded = scheme.decode(scheme.encode(limited, [rows, width]))
    const errors = quadraticForms(
      Float64Array.from(own, (each, at) => each - decoded[at]!),
      gram,
    )
    for (const [row, error] of errors.entries()) {
      if (error >= least[row]!) continue
      least[row] = error
      best.set(limited.subarray(row * width, (row + 1) * width), row * width)
    }
  }
  return best
}
