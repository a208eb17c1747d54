import { UserError } from '../user-error.ts'
import type { Item } from './readers/items.ts'

/** The labels of items that pass by. */
export class LabelCounts {
  readonly #counts = new Map<string, number>()
  #items = 0
  #bare: Item | undefined

  add(item: Item): void {
    this.#items++
    if (item.label === undefined) this.#bare ??= item
    else this.#counts.set(item.label, (this.#counts.get(item.label) ?? 0) + 1)
  }

  /** Adds all items that are read from here. */
  async *watch(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    for await (const item of items) {
      this.add(item)
      yield item
    }
  }

  /**
   * The names of the classes in order; none if no item has one.
   *
   * @param name of the data set, for errors
   * @throws UserError if some items have no label, all have the same, or there are as many labels as texts
   */
  names(name: string): string[] {
    const labels = [...this.#counts.keys()].sort()
    if (labels.length === 0) return []
    if (this.#bare !== undefined)
      throw new UserError(`${this.#bare.at ?? name}: no label, but other rows have one; label all of them or none`)
    if (labels.length === 1)
      throw new UserError(`${name}: every row has the label ${JSON.stringify(labels[0])}; need at least two`)
    if (labels.length > Math.max(2, this.#items / 2)) {
      throw new UserError(
        `${name}: ${labels.length} labels in ${this.#items} rows; the label is the first column: label<TAB>text`,
      )
    }
    return labels
  }

  /** How many items have each label, in the order of the names. */
  counts(labels: readonly string[]): number[] {
    return labels.map((label) => this.#counts.get(label) ?? 0)
  }
}
