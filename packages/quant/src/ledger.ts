import { countNonZeros, type Parts } from './parts.ts'
import type { Artefact } from './quantize-model.ts'

/** What a tensor takes in a file, in bytes unless said otherwise. */
export interface LedgerRow {
  readonly name: string
  /** `plain`: f32; `dense`: a code for each weight; `sparse`: a mask, and codes of what is not 0 */
  readonly form: 'plain' | 'dense' | 'sparse'
  /** weights */
  readonly size: number
  /** weights that are not 0 when decoded; all, on a grid without 0 */
  readonly nonZeros: number
  /** of each weight: 32 for plain */
  readonly bits: number
  /** f32 values of a plain tensor */
  readonly values: number
  readonly codes: number
  readonly steps: number
  readonly offsets: number
  readonly zeroPoints: number
  readonly mask: number
  /** bits within codes and mask that fill up their last bytes */
  readonly paddingBits: number
}

/** What every byte of a file is for. header + headerPadding + tensorBytes = fileBytes. */
export interface Ledger {
  readonly rows: readonly LedgerRow[]
  /** 8 bytes of length, and the JSON that names and places the tensors */
  readonly header: number
  /** spaces that align what follows */
  readonly headerPadding: number
  /** all parts of all rows */
  readonly tensorBytes: number
  readonly fileBytes: number
}

/** Accounts for a file that was made from an artefact and the parts of its quantized tensors. */
export function ledgerOf(artefact: Artefact, parts: ReadonlyMap<string, Parts>, file: Uint8Array): Ledger {
  const rows = [...artefact.tensors.keys()].map((name) => ledgerRow(artefact, name, parts.get(name)))
  const sum = (of: (row: LedgerRow) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const headerEnd = 8 + Number(new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true))
  let jsonEnd = headerEnd
  while (file[jsonEnd - 1] === 0x20) jsonEnd--
  return {
    rows,
    header: jsonEnd,
    headerPadding: headerEnd - jsonEnd,
    tensorBytes: sum((row) => row.values + row.codes + row.steps + row.offsets + row.zeroPoints + row.mask),
    fileBytes: file.length,
  }
}

function ledgerRow(artefact: Artefact, name: string, parts: Parts | undefined): LedgerRow {
  const tensor = artefact.tensors.get(name)!
  if (tensor.scheme !== 'affine' || !parts) {
    const { values } = tensor as { readonly values: Float32Array }
    const nonZeros = values.reduce((count, each) => count + (each === 0 ? 0 : 1), 0)
    const none = { codes: 0, steps: 0, offsets: 0, zeroPoints: 0, mask: 0, paddingBits: 0 }
    return { name, form: 'plain', size: values.length, nonZeros, bits: 32, values: values.byteLength, ...none }
  }
  const { bits, codes } = tensor
  const sparse = parts.mask.length > 0
  const nonZeros = countNonZeros(tensor)
  const codeBits = (sparse ? nonZeros : codes.length) * bits
  const maskBits = sparse ? codes.length : 0
  return {
    ...{ name, form: sparse ? 'sparse' : 'dense', size: codes.length, nonZeros, bits, values: 0 },
    codes: parts.codes.byteLength,
    steps: parts.steps.byteLength,
    offsets: parts.offsets.byteLength,
    zeroPoints: parts.zeroPoints.byteLength,
    mask: parts.mask.byteLength,
    paddingBits: 8 * (parts.codes.length + parts.mask.length) - codeBits - maskBits,
  }
}
