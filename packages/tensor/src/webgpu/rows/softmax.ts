import type { FusedKernels, Kernel } from '../../backend.ts'
import type { NoParameters } from '../../primitives.ts'
import type { Machine } from '../machine.ts'
import { each, type RowKernel, runRows } from './rows.ts'

type Softmax = 'softmax' | 'softmaxGrad' | 'logSoftmax' | 'logSoftmaxGrad'

/** The largest of a row, and Σ e^(x - largest). */
export const exponentialSum: string = `
  var most = F(-infinity());
${each('most = larger$(most, x[i]);')}
  let largest = largestOfRow(most);
  var sums = F(0.0);
${each('sums += exponential$(x[i] - F(largest));')}
  let total = sumOfRow(sums);`

const of = [{ name: 'x' }, { name: 'y', written: true }]
const ofTwo = [{ name: 'x' }, { name: 'g' }, { name: 'y', written: true }]

const kernels: { readonly [K in Softmax]: RowKernel } = {
  softmax: {
    key: 'softmax',
    bindings: of,
    body: `${exponentialSum}
${each('y[i] = exponential$(x[i] - F(largest)) / total;')}`,
  },
  softmaxGrad: {
    key: 'softmaxGrad',
    bindings: ofTwo,
    body: `  var sums = F(0.0);
${each('sums += x[i] * g[i];')}
  let total = sumOfRow(sums);
${each('y[i] = x[i] * (g[i] - F(total));')}`,
  },
  logSoftmax: {
    key: 'logSoftmax',
    bindings: of,
    body: `${exponentialSum}
  let logarithmOfTotal = logarithm(total);
${each('y[i] = (x[i] - F(largest)) - F(logarithmOfTotal);')}`,
  },
  logSoftmaxGrad: {
    key: 'logSoftmaxGrad',
    bindings: ofTwo,
    body: `  var sums = F(0.0);
${each('sums += g[i];')}
  let total = sumOfRow(sums);
${each('y[i] = g[i] - exponential$(x[i]) * total;')}`,
  },
}

export function softmax(machine: Machine): Pick<FusedKernels, Softmax> {
  const kernel =
    (name: Softmax): Kernel<NoParameters> =>
    (inputs, _, [y]) => {
      const length = y!.shape.at(-1) ?? 1
      runRows(machine, kernels[name], [...inputs, y!], { rows: length && y!.size / length, length })
    }
  return {
    softmax: kernel('softmax'),
    softmaxGrad: kernel('softmaxGrad'),
    logSoftmax: kernel('logSoftmax'),
    logSoftmaxGrad: kernel('logSoftmaxGrad'),
  }
}
