/** A binary heap: `pop` takes the item that comes before all others. */
export class Heap<Item> {
  readonly #items: Item[] = []
  readonly #before: (a: Item, b: Item) => boolean

  constructor(before: (a: Item, b: Item) => boolean) {
    this.#before = before
  }

  push(item: Item): void {
    const items = this.#items
    let index = items.length
    items.push(item)
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.#before(item, items[parent] as Item)) break
      items[index] = items[parent] as Item
      index = parent
    }
    items[index] = item
  }

  /** The first item, taken out; undefined when there is none. */
  pop(): Item | undefined {
    const items = this.#items
    const top = items[0]
    const item = items.pop()
    if (items.length > 0) this.#sink(item as Item)
    return top
  }

  #sink(item: Item): void {
    const items = this.#items
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= items.length) break
      if (child + 1 < items.length && this.#before(items[child + 1] as Item, items[child] as Item)) child++
      if (!this.#before(items[child] as Item, item)) break
      items[index] = items[child] as Item
      index = child
    }
    items[index] = item
  }
}
