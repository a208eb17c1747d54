import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { UserError } from '../../user-error.ts'
import { type Line, linesOf } from './lines.ts'

async function* pieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  for (const [index, end] of places.slice(1).entries()) yield bytes.subarray(places[index], end)
}

async function read(content: string | Uint8Array, cuts: readonly number[] = [], longest?: number): Promise<Line[]> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const lines: Line[] = []
  for await (const line of linesOf(pieces(bytes, cuts), 'a.txt', longest)) lines.push(line)
  return lines
}

const anyCuts = fc.array(fc.nat(1000), { maxLength: 12 })
/** What a file may be made of: ends of lines of both kinds, and characters of one to four bytes. */
const anyText = fc
  .array(fc.constantFrom('a', 'b', ' ', '\n', '\r\n', '\r', 'é', '€', '𝄞', '\ufffd', '\ufeff'), { maxLength: 60 })
  .map((parts) => parts.join(''))

describe('lines', () => {
  test('are what lies between the ends of lines, numbered, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyCuts, async (text, cuts) => {
        const lines = text.replace(/^\ufeff/, '').split('\n')
        if (lines.at(-1) === '') lines.pop()
        // A file of nothing but a mark is a file with an empty line.
        const expected = text === '\ufeff' ? [''] : lines.map((line) => line.replace(/\r$/, ''))
        expect(await read(text, cuts)).toEqual(expected.map((line, index) => ({ text: line, line: index + 1 })))
      }),
    )
  })

  test('say the byte and the line of what is not UTF-8, however the bytes are cut', async () => {
    // A lone continuation, a letter in Latin 1, a surrogate, an overlong form, a number too large, a sequence cut short.
    const wrong = fc.constantFrom(
      [0x80],
      [0xe9],
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
      [0xf5, 0x80, 0x80, 0x80],
      [0xe2, 0x82],
    )
    await fc.assert(
      fc.asyncProperty(anyText, wrong, anyText, anyCuts, async (before, bytes, after, cuts) => {
        const start = Buffer.from(before)
        const content = Buffer.concat([start, Buffer.from(bytes), Buffer.from(`x${after}`)])
        const line = before.split('\n').length
        const value = (bytes[0] as number).toString(16).toUpperCase()
        const message = `a.txt:${line}: not UTF-8: 0x${value} at byte ${start.length};`
        await expect(read(content, cuts)).rejects.toThrow(message)
      }),
    )
  })

  test('are not in a binary file: the zero is named', async () => {
    const reading = read('text\nmore \0 text\n')
    await expect(reading).rejects.toThrow(/a\.txt:2: a binary file: a zero at byte 10; expected UTF-8 text/)
    await expect(reading).rejects.toBeInstanceOf(UserError)
  })

  test('of ten megabytes are read in linear time, in pieces of any size', async () => {
    const long = Buffer.alloc(10_000_000, 'word ')
    const cuts = Array.from({ length: 9000 }, (_, index) => index * 1111)
    const [line, next] = await read(Buffer.concat([long, Buffer.from('\nnext')]), cuts)
    expect([line?.text.length, line?.text.slice(-5), next?.text]).toEqual([10_000_000, 'word ', 'next'])
  })

  test('that are longer than the limit are an error, whichever way they come', async () => {
    await fc.assert(
      fc.asyncProperty(anyCuts, async (cuts) => {
        expect(await read(`ab\n${'é'.repeat(5)}\n`, cuts, 10)).toHaveLength(2)
        await expect(read(`ab\n${'é'.repeat(5)}!\ncd\n`, cuts, 10)).rejects.toThrow(
          'a.txt:2: a line of more than 10 bytes',
        )
      }),
    )
  })
})
