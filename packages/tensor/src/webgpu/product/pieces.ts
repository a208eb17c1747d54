import type { Program } from '../device/program.ts'
import { halfSupport } from '../wgsl/half.ts'
import { flatIndex, flatSize } from '../wgsl/index.ts'
import { wholeSteps } from './tile.ts'

/** Elements of the output from which on there is work enough for all of a device: 64 tiles of 64 x 64. */
const enough = 2 ** 18
/** Steps of the inner axis in a piece, at least: so its one sum to write is little beside them. */
const shortest = 256
/** Pieces at most, which bounds the memory of their sums. */
const most = 64

/**
 * Steps of the inner axis in each of the pieces that are summed at the same time; all of them, where the output alone is
 * work enough. It depends on shapes alone, since it decides the order of sums.
 *
 * @param outputs elements of the output
 */
export function pieceOf(outputs: number, inner: number): number {
  const pieces = Math.min(Math.ceil(enough / outputs), Math.floor(inner / shortest), most)
  return pieces > 1 ? Math.ceil(inner / pieces / wholeSteps) * wholeSteps : inner
}

/** y = the sum of pieces, the first one first (+ a bias for each column). */
export function sumOfPieces(element: 'f32' | 'f16', biased: boolean): Program {
  return {
    key: `sumOfPieces ${element} ${biased}`,
    source: () => ({
      enables: halfSupport(element).enables,
      bindings: [
        { name: 'sums', element: 'f32' },
        ...(biased ? [{ name: 'bias', element }] : []),
        { name: 'y', element, written: true },
      ],
      parameters: { count: 'u32', matrix: 'u32', columns: 'u32', pieces: 'u32' },
      workgroup: [flatSize],
      declarations: halfSupport(element).functions,
      body: `${flatIndex}  let matrix = index / parameters.matrix;
  var at = matrix * parameters.pieces * parameters.matrix + (index - matrix * parameters.matrix);
  var sum = sums[at];
  for (var piece = 1u; piece < parameters.pieces; piece++) {
    at += parameters.matrix;
    sum += sums[at];
  }
  ${biased ? 'sum += f32(bias[index % parameters.columns]);' : ''}
  y[index] = ${element === 'f16' ? 'half(sum)' : 'sum'};`,
    }),
  }
}
