import type { InputStatistics } from '@tlc/nn/calibration'

/** Statistics of vectors x, `[count, size]` row-major, in float64. */
export function statisticsOf(x: ArrayLike<number>, size: number): InputStatistics {
  const count = x.length / size
  const gram = new Float64Array(size * size)
  const squares = new Float64Array(size)
  const absoluteMax = new Float32Array(size)
  const absoluteMean = new Float64Array(size)
  for (let start = 0; start < x.length; start += size) {
    for (let i = 0; i < size; i++) {
      const each = x[start + i]!
      squares[i]! += each * each
      absoluteMax[i] = Math.max(absoluteMax[i]!, Math.abs(each))
      absoluteMean[i]! += Math.abs(each) / count
      for (let j = 0; j < size; j++) gram[i * size + j]! += each * x[start + j]!
    }
  }
  return { size, count, gram, squares, absoluteMax, absoluteMean }
}

/** Mean ‖(W - W') x‖² over all x and outputs, as a plain triple loop. */
export function outputError(
  original: ArrayLike<number>,
  changed: ArrayLike<number>,
  x: ArrayLike<number>,
  size: number,
): number {
  let sum = 0
  let outputs = 0
  for (let sample = 0; sample < x.length; sample += size) {
    for (let row = 0; row < original.length; row += size, outputs++) {
      let difference = 0
      for (let j = 0; j < size; j++) difference += (original[row + j]! - changed[row + j]!) * x[sample + j]!
      sum += difference ** 2
    }
  }
  return sum / outputs
}
