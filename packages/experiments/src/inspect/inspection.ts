import {
  type Artefact,
  decode,
  gzipBytes,
  type Ledger,
  type LedgerRow,
  readLedger,
  type WeightError,
  weightError,
} from '@tlc/quant'

/** How often weights of a tensor fall into each of equal parts of their range. */
export interface Histogram {
  readonly low: number
  readonly high: number
  readonly counts: readonly number[]
}

/** A tensor of an artefact. */
export interface InspectedTensor extends LedgerRow {
  /** share of weights that are exactly 0 */
  readonly sparsity: number
  readonly histogram: Histogram
  /** against the weights before, where those are known and of the same shape */
  readonly error: WeightError | null
}

/** An artefact, looked into. */
export interface Inspection {
  readonly artefact: Artefact
  readonly ledger: Ledger
  /** of the file after gzip */
  readonly gzipBytes: number
  readonly tensors: readonly InspectedTensor[]
}

const parts = 41

/**
 * Looks into the file of an artefact.
 *
 * @param before the weights that were compressed, by name, if known
 * @throws SafetensorsError if the file is corrupt or no artefact
 */
export async function inspectArtefact(
  file: Uint8Array,
  before: ReadonlyMap<string, Float32Array> = new Map(),
): Promise<Inspection> {
  const { artefact, ledger } = readLedger(file)
  const tensors = ledger.rows.map((row): InspectedTensor => {
    const values = decode(artefact.tensors.get(row.name)!)
    const original = before.get(row.name)
    const zeros = values.reduce((count, each) => count + Number(each === 0), 0)
    return {
      ...row,
      sparsity: zeros / values.length,
      histogram: histogramOf(values),
      error: original?.length === values.length ? weightError(original, values) : null,
    }
  })
  return { artefact, ledger, gzipBytes: await gzipBytes(file), tensors }
}

function histogramOf(values: Float32Array): Histogram {
  const low = values.reduce((least, each) => Math.min(least, each), Infinity)
  const high = values.reduce((most, each) => Math.max(most, each), -Infinity)
  const counts = Array.from({ length: parts }, () => 0)
  const width = (high - low) / parts || 1
  for (const each of values) counts[Math.min(parts - 1, Math.floor((each - low) / width))]!++
  return { low, high, counts }
}
