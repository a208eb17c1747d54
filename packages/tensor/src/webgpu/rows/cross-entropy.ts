import type { FusedKernels, Kernel } from '../../backend.ts'
import type { CrossEntropyParameters } from '../../composites/cross-entropy.ts'
import { bitsOf } from '../device/program.ts'
import type { Machine } from '../machine.ts'
import { each, type RowKernel, runRows } from './rows.ts'
import { exponentialSum } from './softmax.ts'

/** With `confidence` = 1 - ε and `rest` = ε / classes. */
const parameters = { ignoreIndex: 'i32', confidence: 'f32', rest: 'f32' } as const

const forward: RowKernel = {
  key: 'crossEntropy',
  bindings: [
    { name: 'x' },
    { name: 'targets', element: 'i32' },
    { name: 'loss', element: 'f32', written: true },
    { name: 'logSumExp', element: 'f32', written: true },
  ],
  parameters,
  body: `${exponentialSum}
  let logarithmOfSum = logarithm(total) + largest;
  let wanted = targets[min(row, parameters.rows - 1u)];
  var sum = 0.0;
  if (parameters.rest > 0.0) {
    var terms = F(0.0);
  ${each('terms += parameters.rest * (F(logarithmOfSum) - x[i]);')}
    sum = sumOfRow(terms);
  }
  if (leads && wanted >= 0 && u32(wanted) < parameters.length * width) {
    sum += parameters.confidence * (logarithmOfSum - part$(x[start + u32(wanted) / width], u32(wanted)));
  }
  if (leads) {
    loss[row] = select(sum, 0.0, wanted == parameters.ignoreIndex);
    logSumExp[row] = logarithmOfSum;
  }`,
}

const backward: RowKernel = {
  key: 'crossEntropyGrad',
  bindings: [
    { name: 'x' },
    { name: 'targets', element: 'i32' },
    { name: 'logSumExp', element: 'f32' },
    { name: 'g', element: 'f32' },
    { name: 'y', written: true },
  ],
  parameters,
  body: `  let at = min(row, parameters.rows - 1u);
  let wanted = targets[at];
  let factor = select(g[at], 0.0, wanted == parameters.ignoreIndex);
  let logarithmOfSum = logSumExp[at];
${each(`
    let q = select(F(parameters.rest), F(parameters.confidence + parameters.rest), places$(i - start) == I(wanted));
    y[i] = (exponential$(x[i] - F(logarithmOfSum)) - q) * factor;`)}`,
}

export function crossEntropy(machine: Machine): Pick<FusedKernels, 'crossEntropy' | 'crossEntropyGrad'> {
  const kernel =
    (rowKernel: RowKernel): Kernel<CrossEntropyParameters> =>
    (inputs, { ignoreIndex, labelSmoothing }, outputs) => {
      const [rows, length] = inputs[0]!.shape as [number, number]
      const words = [ignoreIndex, bitsOf(1 - labelSmoothing), bitsOf(labelSmoothing / length)]
      runRows(machine, rowKernel, [...inputs, ...outputs], { rows, length }, words)
    }
  return { crossEntropy: kernel(forward), crossEntropyGrad: kernel(backward) }
}
