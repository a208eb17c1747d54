import type { Ledger, LedgerRow } from './ledger.ts'
import { partNames } from './parts.ts'

/**
 * A ledger as a table of text: a row for each tensor with the bytes of each part, then what else the file has, then sums.
 *
 * @param gzip bytes of the file after gzip, if known: see `gzipBytes`
 */
export function formatLedger(ledger: Ledger, options: { readonly gzip?: number } = {}): string {
  const parts = partNames.filter((part) => ledger.rows.some((row) => row.parts[part]))
  const head = ['tensor', 'scheme', 'form', 'weights', 'not 0', ...parts, 'bytes', 'bits/weight']
  const total = (of: (row: LedgerRow) => number): string => `${ledger.rows.reduce((sum, row) => sum + of(row), 0)}`
  const line = (name: string, bytes: number): string[] => [name, ...head.slice(1, -2).map(() => ''), `${bytes}`, '']
  const rows = [
    head,
    ...ledger.rows.map((row) => [
      ...[row.name, row.scheme, row.huffman ? `${row.form}, Huffman` : row.form, `${row.size}`, `${row.nonZeros}`],
      ...parts.map((part) => `${row.parts[part] ?? 0}`),
      ...[`${row.bytes}`, bitsPerWeight(row.bytes, row.size)],
    ]),
    [
      ...['all tensors', '', '', total(({ size }) => size), total(({ nonZeros }) => nonZeros)],
      ...parts.map((part) => total((row) => row.parts[part] ?? 0)),
      ...[`${ledger.tensorBytes}`, ''],
    ],
    line('length of the header', ledger.headerLength),
    line('header', ledger.header),
    line('header padding', ledger.headerPadding),
    [...line('file', ledger.fileBytes).slice(0, -1), ledger.bitsPerWeight.toFixed(3)],
    ...(options.gzip === undefined ? [] : [line('file after gzip', options.gzip)]),
  ]
  return aligned(rows, 3)
}

function bitsPerWeight(bytes: number, size: number): string {
  return size === 0 ? '' : ((8 * bytes) / size).toFixed(3)
}

/** @param left columns of text, which stand to the left; numbers stand to the right */
function aligned(rows: readonly (readonly string[])[], left: number): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  const cell = (text: string, column: number): string =>
    column < left ? text.padEnd(widths[column]!) : text.padStart(widths[column]!)
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n')
}
