import { gunzipSync } from 'node:zlib'

const block = 512

/**
 * The bytes of one file of a gzipped tar archive, as npm packs them.
 *
 * @param path inside the archive, at most 100 characters, like `package/package.json`
 * @throws Error if there is no such file or the archive is cut short
 */
export function fileInTarball(tarball: Uint8Array, path: string): Uint8Array {
  const archive = gunzipSync(tarball)
  const field = (start: number, end: number): string =>
    archive.subarray(start, end).toString('latin1').replace(/\0.*$/s, '')
  for (let at = 0; at + block <= archive.length; ) {
    const size = Number.parseInt(field(at + 124, at + 136).trim() || '0', 8)
    const start = at + block
    if (field(at, at + 100) === path) {
      if (start + size > archive.length) throw new Error(`${path} is cut short`)
      return archive.subarray(start, start + size)
    }
    at = start + Math.ceil(size / block) * block
  }
  throw new Error(`no file ${path} in the archive`)
}
