import type { Module } from '@tlc/nn'
import type { CompressionRun } from '../compression-run.ts'
import type { EncodeSettings } from '../recipe.ts'

/** Chooses how the numbers lie in the file. */
export function encode<Model extends Module, Batch>(
  { layout }: CompressionRun<Model, Batch>,
  { entropy }: EncodeSettings,
): string {
  layout.huffman = entropy === 'huffman'
  return layout.huffman ? 'Huffman codes where they are shorter' : 'packed bits'
}
