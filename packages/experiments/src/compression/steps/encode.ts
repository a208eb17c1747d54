import type { Module } from '@tlc/nn'
import type { CompressionRun } from '../compression-run.ts'
import type { EncodeSettings } from '../recipe.ts'

/** Chooses how the numbers lie in the file. */
export function encode<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  { entropy }: EncodeSettings,
): string {
  run.layout = { huffman: entropy === 'huffman' }
  return entropy === 'huffman' ? 'Huffman codes where they are shorter' : 'packed bits'
}
