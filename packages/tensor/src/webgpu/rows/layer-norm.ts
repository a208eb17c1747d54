import type { FusedKernels } from '../../backend.ts'
import type { DType } from '../../dtype.ts'
import { bitsOf, type Program } from '../device/program.ts'
import type { Machine } from '../machine.ts'
import { halfSupport } from '../wgsl/half.ts'
import { folded } from '../wgsl/index.ts'
import { elementType } from '../wgsl/operand.ts'
import { each, type RowKernel, runRows } from './rows.ts'

const forward: RowKernel = {
  key: 'layerNorm',
  bindings: [
    { name: 'x' },
    { name: 'gamma' },
    { name: 'beta' },
    { name: 'y', written: true },
    { name: 'mean', element: 'f32', written: true },
    { name: 'scale', element: 'f32', written: true },
  ],
  parameters: { size: 'f32', epsilon: 'f32' },
  body: `  var sums = F(0.0);
${each('sums += x[i];')}
  let average = sumOfRow(sums) / parameters.size;
  var squares = F(0.0);
${each('let difference = x[i] - F(average); squares += difference * difference;')}
  let factor = 1.0 / sqrt(sumOfRow(squares) / parameters.size + parameters.epsilon);
${each('y[i] = (x[i] - F(average)) * factor * gamma[i - start] + beta[i - start];')}
  if (leads) {
    mean[row] = average;
    scale[row] = factor;
  }`,
}

const backward: RowKernel = {
  key: 'layerNormGrad',
  bindings: [
    { name: 'x' },
    { name: 'gamma' },
    { name: 'mean', element: 'f32' },
    { name: 'scale', element: 'f32' },
    { name: 'g' },
    { name: 'y', written: true },
  ],
  parameters: { size: 'f32' },
  body: `  let at = min(row, parameters.rows - 1u);
  let average = mean[at];
  let factor = scale[at];
  var sums = F(0.0);
  var products = F(0.0);
${each(`
    let h = g[i] * gamma[i - start];
    sums += h;
    products += h * ((x[i] - F(average)) * factor);`)}
  let meanOfH = sumOfRow(sums) / parameters.size;
  let meanOfProducts = sumOfRow(products) / parameters.size;
${each(`
    let normalized = (x[i] - F(average)) * factor;
    y[i] = factor * ((g[i] * gamma[i - start] - F(meanOfH)) - normalized * meanOfProducts);`)}`,
}

/** dγ = Σ g · n and dβ = Σ g over the rows: `lanes` invocations for each column, columns side by side. */
function overRows(lanes: number, dtype: DType): Program {
  const element = elementType[dtype]!
  const half = halfSupport(dtype)
  const columns = 64 / Math.min(lanes, 4)
  const size = columns * lanes
  const join = `  gammas[lane] = gammaSum;
  betas[lane] = betaSum;
  for (var half = ${lanes / 2}u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (term < half) {
      gammas[lane] += gammas[lane + half * ${columns}u];
      betas[lane] += betas[lane + half * ${columns}u];
    }
  }
  gammaSum = gammas[lane];
  betaSum = betas[lane];`
  return {
    key: `layerNormGrad over rows ${lanes} ${dtype}`,
    source: () => ({
      enables: half.enables,
      bindings: [
        { name: 'x', element },
        ...['mean', 'scale'].map((name) => ({ name, element: 'f32' })),
        { name: 'g', element },
        ...['dgamma', 'dbeta'].map((name) => ({ name, element, written: true })),
      ],
      parameters: { rows: 'u32', length: 'u32' },
      workgroup: [size],
      declarations:
        half.functions +
        (lanes > 1 ? `var<workgroup> gammas: array<f32, ${size}>;\nvar<workgroup> betas: array<f32, ${size}>;` : ''),
      body: `  let term = lane / ${columns}u;
  let column = (group.y * groups.x + group.x) * ${columns}u + lane % ${columns}u;
  let inside = column < parameters.length;
  var gammaSum = 0.0;
  var betaSum = 0.0;
  for (var row = select(parameters.rows, term, inside); row < parameters.rows; row += ${lanes}u) {
    let place = row * parameters.length + column;
    gammaSum += f32(g[place]) * ((f32(x[place]) - mean[row]) * scale[row]);
    betaSum += f32(g[place]);
  }
${lanes > 1 ? join : ''}
  if (inside && term == 0u) {
    dgamma[column] = ${dtype === 'f16' ? 'half(gammaSum)' : 'gammaSum'};
    dbeta[column] = ${dtype === 'f16' ? 'half(betaSum)' : 'betaSum'};
  }`,
    }),
  }
}

export function layerNorm(machine: Machine): Pick<FusedKernels, 'layerNorm' | 'layerNormGrad'> {
  return {
    layerNorm: (inputs, { epsilon }, outputs) => {
      const [length, rows] = [inputs[1]!.size, outputs[1]!.size]
      runRows(machine, forward, [...inputs, ...outputs], { rows, length }, [bitsOf(length), bitsOf(epsilon)])
    },
    layerNormGrad: ([x, gamma, mean, scale, g], _, [dx, dgamma, dbeta]) => {
      const [length, rows] = [gamma!.size, mean!.size]
      runRows(machine, backward, [x!, gamma!, mean!, scale!, g!, dx!], { rows, length }, [bitsOf(length)])
      const lanes = Math.min(machine.lanesFor(rows, length), 16)
      const columns = 64 / Math.min(lanes, 4)
      const operands = [x!, mean!, scale!, g!, dgamma!, dbeta!]
      machine.run(overRows(lanes, x!.dtype), operands, [rows, length], folded(Math.ceil(length / columns)))
    },
  }
}
