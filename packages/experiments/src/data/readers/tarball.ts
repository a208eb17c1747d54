import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

const block = 512
const chunkSize = 2 ** 18

/** A part of a file in an archive. */
export interface ArchivedBytes {
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * The wanted files of a gzipped tar archive, as npm packs them, each in pieces, in the order of the archive.
 *
 * @param paths inside the archive, at most 100 characters, like `package/package.json`
 * @throws Error if one is not there or the archive is cut short
 */
export async function* filesInTarball(tarball: Uint8Array, paths: readonly string[]): AsyncGenerator<ArchivedBytes> {
  const missing = new Set(paths)
  let header = Buffer.alloc(0)
  let path = ''
  let left = 0 // bytes of the file to come
  let padding = 0 // bytes to come that fill its last block
  // Gunzipping in steps lets the process hear signals between them.
  for await (const piece of Readable.from([tarball]).pipe(createGunzip({ chunkSize })) as AsyncIterable<Buffer>) {
    let at = 0
    while (at < piece.length) {
      if (left > 0) {
        const bytes = piece.subarray(at, at + left)
        if (paths.includes(path)) yield { path, bytes }
        left -= bytes.length
        at += bytes.length
        if (left === 0) missing.delete(path)
      } else if (padding > 0) {
        const skipped = Math.min(padding, piece.length - at)
        padding -= skipped
        at += skipped
      } else {
        const taken = piece.subarray(at, at + block - header.length)
        header = Buffer.concat([header, taken])
        at += taken.length
        if (header.length < block) break
        path = field(header, 0, 100)
        left = Number.parseInt(field(header, 124, 136).trim() || '0', 8)
        padding = (block - (left % block)) % block
        if (left === 0) missing.delete(path)
        header = Buffer.alloc(0)
      }
    }
  }
  if (left > 0) throw new Error(`${path} is cut short in the archive`)
  if (missing.size > 0) throw new Error(`no file ${[...missing].join(', ')} in the archive`)
}

function field(header: Buffer, start: number, end: number): string {
  return header.subarray(start, end).toString('latin1').replace(/\0.*$/s, '')
}
