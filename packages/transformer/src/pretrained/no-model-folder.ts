import type { FileSource } from './file-source.ts'
import { openUrl } from './url.ts'

/** Where there are no folders, a path is a URL relative to the page. */
export function openPath(path: string | URL): FileSource {
  return openUrl(new URL(path, (globalThis as { readonly document?: Document }).document?.baseURI ?? location.href))
}

/** @throws Error always: a page has no folders to write to */
export async function writePretrained(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  throw new Error(
    `${folder} cannot be written: there are no folders here; offer the files of encodePretrained() (${[...files.keys()].join(', ')}) for download`,
  )
}
