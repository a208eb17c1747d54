import { type FileHandle, open } from 'node:fs/promises'
import { unwritable } from '../cache.ts'
import { idArray, type StoredIds } from './token-file.ts'

const idsPerWrite = 2 ** 18

/** Writes ids to a file, some hundred thousand at a time. */
export class TokenWriter implements AsyncDisposable {
  readonly #path: string
  readonly #file: FileHandle
  readonly #buffer: StoredIds
  #buffered = 0

  private constructor(path: string, file: FileHandle, buffer: StoredIds) {
    this.#path = path
    this.#file = file
    this.#buffer = buffer
  }

  static async open(path: string, vocabularySize: number): Promise<TokenWriter> {
    return new TokenWriter(path, await open(path, 'wx'), new (idArray(vocabularySize))(idsPerWrite))
  }

  async append(ids: Int32Array): Promise<void> {
    for (let at = 0; at < ids.length; ) {
      const piece = ids.subarray(at, at + idsPerWrite - this.#buffered)
      this.#buffer.set(piece, this.#buffered)
      this.#buffered += piece.length
      at += piece.length
      if (this.#buffered === idsPerWrite) await this.flush()
    }
  }

  /** @throws UserError if the disk is full */
  async flush(): Promise<void> {
    const bytes = new Uint8Array(this.#buffer.buffer, 0, this.#buffered * this.#buffer.BYTES_PER_ELEMENT)
    await this.#file.writeFile(bytes).catch((error) => {
      throw unwritable(this.#path, error)
    })
    this.#buffered = 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }
}
