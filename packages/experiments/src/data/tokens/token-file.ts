import { closeSync, openSync, readSync } from 'node:fs'

/** Ids as they lie in a file, in the byte order of the machine. */
export type StoredIds = Uint16Array | Uint32Array

/** Two bytes hold an id of a vocabulary up to 65,536. */
export function idArray(vocabularySize: number): Uint16ArrayConstructor | Uint32ArrayConstructor {
  return vocabularySize <= 2 ** 16 ? Uint16Array : Uint32Array
}

const idsPerChunk = 2 ** 15
const chunksKept = 1024

/**
 * Windows of a file of ids that may be larger than memory. Node maps no files into memory, so parts are read at their
 * position, 32,768 ids at a time, and the last 1024 parts are kept: 64 MB at most with two bytes an id. Reading does not
 * wait for its turn: from a disk that has been read before, a part takes some ten microseconds.
 */
export class TokenFile implements Disposable {
  readonly #path: string
  readonly #file: number
  readonly #array: Uint16ArrayConstructor | Uint32ArrayConstructor
  readonly #chunks = new Map<number, StoredIds>() // from the one that was not used for longest

  constructor(path: string, vocabularySize: number) {
    this.#path = path
    this.#file = openSync(path, 'r')
    this.#array = idArray(vocabularySize)
  }

  /** Fills an array with the ids from `start`. */
  copy(start: number, into: Int32Array): void {
    for (let done = 0; done < into.length; ) {
      const number = Math.floor((start + done) / idsPerChunk)
      const first = start + done - number * idsPerChunk
      const ids = this.#chunk(number).subarray(first, first + into.length - done)
      into.set(ids, done)
      done += ids.length
    }
  }

  #chunk(number: number): StoredIds {
    const chunk = this.#chunks.get(number) ?? this.#read(number)
    this.#chunks.delete(number)
    this.#chunks.set(number, chunk)
    if (this.#chunks.size > chunksKept) this.#chunks.delete(this.#chunks.keys().next().value as number)
    return chunk
  }

  #read(number: number): StoredIds {
    const chunk = new this.#array(idsPerChunk)
    const bytes = new Uint8Array(chunk.buffer)
    const position = number * bytes.length
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#file, bytes, done, bytes.length - done, position + done)
      if (read === 0) {
        if (done % chunk.BYTES_PER_ELEMENT !== 0) throw new Error(`${this.#path} ends within an id`)
        break // the last part is shorter
      }
      done += read
    }
    return chunk
  }

  [Symbol.dispose](): void {
    this.#chunks.clear()
    closeSync(this.#file)
  }
}
