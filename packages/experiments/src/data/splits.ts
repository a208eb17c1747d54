import { permutation } from '@tlc/nn'
import type { Key } from '@tlc/tensor'
import type { DatasetKind } from './readers/items.ts'

/**
 * What a part of the items is for. Pretraining and its held-out part lie inside train, so that no model has seen a
 * validation or test text before it is judged on it. Texts without a task have only those two.
 */
export type Split = 'pretraining' | 'heldOut' | 'train' | 'validation' | 'test'

/** A part of the items in their random order: from the first place up to, not including, the second. */
export type Range = readonly [start: number, end: number]
export type Splits = Readonly<Record<Split, Range>>

/** Which item stands where. */
export interface Layout {
  readonly splits: Splits
  /** The number of the item at each place. `[items]` */
  readonly order: Int32Array
}

const heldOutShare = 0.005
const largestHeldOutShare = 0.1
const enoughHeldOut = 100

/** The part of all that validation has, and test too. */
const judgingShare: Readonly<Record<DatasetKind, number>> = { texts: 0, labelled: 0.1, pairs: 0.1, translation: 0.05 }

/**
 * Puts groups of items into a random order, then splits: 80% train, 10% validation and 10% test, of translations 90, 5 and
 * 5; of texts without a task all is train. The last 0.5% of train is held out from pretraining; of fewer than 20,000 the
 * last 100, of fewer than 1000 a tenth. The shares are of groups: a group is never parted.
 *
 * @param groupOf the group of each item, from 0; each is its own group if it is left out
 */
export function layOut(items: number, kind: DatasetKind, key: Key, groupOf?: readonly number[]): Layout {
  if (groupOf === undefined) return { splits: splitsOf(items, kind), order: permutation(key, items) }
  const groups = groupOf.reduce((most, group) => Math.max(most, group + 1), 0)
  const shuffled = permutation(key, groups)
  const members = Array.from({ length: groups }, (): number[] => [])
  groupOf.forEach((group, item) => members[group]?.push(item))
  const ends = new Int32Array(groups + 1) // of the items before each group
  shuffled.forEach((group, place) => {
    ends[place + 1] = (ends[place] as number) + (members[group] as number[]).length
  })
  const inItems = ([start, end]: Range): Range => [ends[start] as number, ends[end] as number]
  const ofGroups = Object.entries(splitsOf(groups, kind)) as [Split, Range][]
  return {
    splits: Object.fromEntries(ofGroups.map(([split, range]) => [split, inItems(range)])) as Record<Split, Range>,
    order: Int32Array.from(Array.from(shuffled, (group) => members[group] as number[]).flat()),
  }
}

function splitsOf(count: number, kind: DatasetKind): Splits {
  const isTask = kind !== 'texts'
  const judging = isTask ? Math.max(1, Math.round(judgingShare[kind] * count)) : 0
  const train = count - 2 * judging
  const heldOut = Math.max(heldOutShare * train, Math.min(enoughHeldOut, largestHeldOutShare * train))
  const pretraining = train - Math.max(1, Math.round(heldOut))
  return {
    pretraining: [0, pretraining],
    heldOut: [pretraining, train],
    train: [0, isTask ? train : 0],
    validation: [train, train + judging],
    test: [train + judging, count],
  }
}

/** The place of each item, given the item at each place. */
export function placesOf(order: Int32Array): Int32Array {
  const places = new Int32Array(order.length)
  order.forEach((item, place) => {
    places[item] = place
  })
  return places
}
