import { hash } from 'node:crypto'
import type { Item } from './readers/items.ts'

/**
 * The items that have something to say and have not been there before: none with an empty text, the first of those with
 * equal texts. Of each it remembers the 32 bytes of a hash, which different texts do not share.
 */
export async function* distinct(items: AsyncIterable<Item>, onDuplicate?: () => void): AsyncGenerator<Item> {
  const seen = new Set<string>()
  for await (const item of items) {
    if (item.texts.some((text) => text.trim() === '')) continue
    const [first = '', ...rest] = item.texts
    const print = hash('sha256', rest.length === 0 ? first : JSON.stringify(item.texts), 'binary')
    if (seen.has(print)) onDuplicate?.()
    else {
      seen.add(print)
      yield item
    }
  }
}
