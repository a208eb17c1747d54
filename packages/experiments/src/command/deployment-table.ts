import { alignedColumns } from '../aligned-columns.ts'
import type { CompressedKind, DeployedLayer } from '../compression/deploy.ts'
import { formatPercent, formatSeconds } from '../quantities.ts'

/** What computes each layer now, and what each way took: a row for each. */
export function deploymentTable(layers: readonly DeployedLayer[]): string {
  const kinds = [...new Set(layers.flatMap(({ times }) => Object.keys(times) as CompressedKind[]))]
  const rows = layers.map((layer) => [
    layer.path,
    layer.chosen,
    layer.input.join(' x '),
    formatPercent(layer.sparsity),
    ...kinds.map((kind) => timeOf(layer, kind)),
  ])
  return alignedColumns(
    [['layer', 'computed by', 'input', 'zeros', ...kinds.map((kind) => `dense : ${kind}`)], ...rows],
    2,
  ).join('\n')
}

/** '0.38 ms : 0.21 ms = 1.81': the two are measured by turns, for each way anew. */
function timeOf({ times }: DeployedLayer, kind: CompressedKind): string {
  const found = times[kind]
  if (!found) return ''
  const { denseSeconds, compressedSeconds, speedup } = found
  return `${formatSeconds(denseSeconds)} : ${formatSeconds(compressedSeconds)} = ${speedup.toFixed(2)}`
}
