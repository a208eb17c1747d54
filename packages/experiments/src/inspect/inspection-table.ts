import { alignedColumns } from '../aligned-columns.ts'
import { formatPercent } from '../quantities.ts'
import type { InspectedTensor, Inspection } from './inspection.ts'

/** An inspection as lines of text: a row for each tensor, then the file. */
export function inspectionTable({ tensors, ledger, gzipBytes }: Inspection): string {
  const hasErrors = tensors.some(({ error }) => error)
  const rows = [
    ['tensor', 'shape of numbers', 'weights', 'zeros', 'bytes', 'bits/weight', ...(hasErrors ? ['error, dB'] : [])],
    ...tensors.map((tensor) => [...rowOf(tensor), ...(hasErrors ? [decibels(tensor)] : [])]),
  ]
  const { headerLength, header, headerPadding, tensorBytes, fileBytes, bitsPerWeight } = ledger
  return [
    ...alignedColumns(rows, 2),
    `${tensorBytes} bytes of tensors + ${headerLength} + ${header} of header + ${headerPadding} of padding = ${fileBytes} bytes, ` +
      `${bitsPerWeight.toFixed(2)} bits a weight; ${gzipBytes} after gzip`,
  ].join('\n')
}

/** How a tensor is written: 'affine, mask, Huffman' */
export function writtenAs({ scheme, form, huffman }: InspectedTensor): string {
  return [scheme, ...(form === 'dense' ? [] : [form]), ...(huffman ? ['Huffman'] : [])].join(', ')
}

function rowOf(tensor: InspectedTensor): string[] {
  const { name, size, sparsity, bytes } = tensor
  const bits = ((8 * bytes) / Math.max(size, 1)).toFixed(2)
  return [name, writtenAs(tensor), String(size), formatPercent(sparsity), String(bytes), bits]
}

/** '45.1', 'exact', or '' where there is nothing to compare with, or all weights were 0 before */
export function decibels({ error }: InspectedTensor): string {
  if (!error || error.decibels === -Infinity) return ''
  return error.decibels === Infinity ? 'exact' : error.decibels.toFixed(1)
}
