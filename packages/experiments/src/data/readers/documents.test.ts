import fc from 'fast-check'
import { expect, test } from 'vitest'
import { documentsOf } from './documents.ts'
import type { Line } from './lines.ts'

async function read(lines: readonly string[], enough?: number): Promise<Line[]> {
  async function* given(): AsyncGenerator<Line> {
    for (const [index, text] of lines.entries()) yield { text, line: index + 1 }
  }
  const found: Line[] = []
  for await (const document of documentsOf(given(), enough)) found.push(document)
  return found
}

test('blank lines separate documents; without one between texts each line is a document', async () => {
  expect(await read(['', 'one', 'still one', '', ' ', 'two', ''])).toEqual([
    { text: 'one\nstill one', line: 2 },
    { text: 'two', line: 6 },
  ])
  expect((await read([' ', 'one', 'two', ''])).map(({ text }) => text)).toEqual(['one', 'two'])
  expect(await read(['', ' '])).toEqual([])
})

test('the documents are the paragraphs, as looking at the whole file finds them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom('', ' ', 'a', 'bc', 'd e')), async (lines) => {
      const paragraphs = lines
        .map((line) => line.trimEnd())
        .join('\n')
        .split(/\n{2,}/)
        .map((text) => text.replace(/^\n+|\n+$/g, ''))
        .filter((text) => text !== '')
      const expected = paragraphs.length === 1 ? (paragraphs[0] as string).split('\n') : paragraphs
      expect((await read(lines)).map(({ text }) => text)).toEqual(expected)
    }),
  )
})

test('after enough text without a blank line, each line is a document to the end of the file', async () => {
  const lines = ['one', 'two', '', 'three', 'four']
  expect((await read(lines, 5)).map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four'])
  expect((await read(lines, 6)).map(({ text }) => text)).toEqual(['one\ntwo', 'three\nfour'])
})
