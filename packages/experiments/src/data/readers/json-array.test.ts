import fc from 'fast-check'
import { expect, test } from 'vitest'
import { jsonArray } from './json-array.ts'

async function read(text: string, step: number): Promise<unknown[]> {
  const bytes = Buffer.from(text)
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step)
  }
  const found: unknown[] = []
  for await (const element of jsonArray(pieces())) found.push(element)
  return found
}

test('the elements are those that parsing all at once gives, however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.jsonValue()),
      fc.integer({ min: 1, max: 50 }),
      fc.constantFrom(0, 2),
      async (values, step, space) => {
        const text = JSON.stringify(values, undefined, space)
        expect(await read(text, step)).toEqual(JSON.parse(text))
      },
    ),
  )
})

test.each(['', '[1, 2', '[1] 2', '[1][2]', '{"a": 1}', 'x[1]', '[1,]', '[,1]', '[1 2]', '["a'])(
  '%s is not an array',
  async (text) => {
    await expect(read(text, 2)).rejects.toThrow()
  },
)
