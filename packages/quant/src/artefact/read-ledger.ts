import { parseSafetensors } from '@tlc/nn'
import type { Artefact } from './artefact.ts'
import { formatKey, readArtefact } from './file.ts'
import type { Layout, LayoutOptions } from './layout.ts'
import { type Ledger, ledgerOf } from './ledger.ts'
import { readManifest } from './manifest.ts'
import { storeTensor } from './tensor-parts.ts'

/**
 * Reads an artefact back, and what each byte of its file is for.
 *
 * @throws SafetensorsError if the file is corrupt, no artefact, or of another version
 */
export function readLedger(file: Uint8Array): { readonly artefact: Artefact; readonly ledger: Ledger } {
  const artefact = readArtefact(file)
  const formats = readManifest(parseSafetensors(file).metadata.get(formatKey)!)
  const stored = [...artefact.tensors].map(([name, tensor]) => {
    const layout = formats.get(name)?.layout
    return [name, storeTensor(tensor, layout ? optionsOf(layout) : { forms: ['dense'] })] as const
  })
  return { artefact, ledger: ledgerOf(new Map(stored), file) }
}

/** What leaves nothing but a layout to choose. */
function optionsOf({ form, coding, indexCoding }: Layout): LayoutOptions {
  return { forms: [form], huffman: coding === 'huffman' || indexCoding === 'huffman' }
}
