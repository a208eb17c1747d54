import { type CodingName, planCoding } from './coding.ts'
import { type FormName, sparseForms } from './forms/form.ts'
import { bitsOf } from './parts.ts'

/** What layouts may be chosen from. */
export interface LayoutOptions {
  /** all by default; what fits none of them is stored dense */
  readonly forms?: readonly FormName[]
  /** whether codes and indices may be Huffman-coded, where that is smaller; true by default */
  readonly huffman?: boolean
}

/** How weights lie in a file, whatever their scheme. */
export interface Layout {
  readonly form: FormName
  /** of a number of the index; 0 if there is none */
  readonly indexBits: number
  readonly coding: CodingName
  readonly indexCoding: CodingName
}

/** A layout, and what is to be stored in it. */
export interface Arranged {
  readonly layout: Layout
  /** of the weights kept */
  readonly body: Uint8Array | Float32Array
  readonly index: Uint8Array
  /** weights that are not 0; all, where the scheme has no exact 0 */
  readonly nonZeros: number
}

/** The numbers of a tensor. */
export interface Numbers {
  /** one for each weight, or blocks of them */
  readonly body: Uint8Array | Float32Array
  /** of a number */
  readonly bits: number
  /** the body if all weights were 0 */
  readonly zeros: Uint8Array | Float32Array | undefined
  /** length of the last axis */
  readonly row: number
}

/** Every form, the easiest to read first. */
export const formNames: readonly FormName[] = ['dense', ...(Object.keys(sparseForms) as (keyof typeof sparseForms)[])]

/** The layout of the fewest bytes among those allowed; of equal ones, the one that is easiest to read. */
export function arrange(numbers: Numbers, { forms = formNames, huffman = true }: LayoutOptions): Arranged {
  const { body, bits, zeros, row } = numbers
  const nonZero = zeros && marksOf(body, zeros)
  const nonZeros = nonZero ? nonZero.length - countZeros(nonZero) : body.length
  let best: (Arranged & { readonly bytes: number }) | undefined
  const offer = (form: FormName, indexBits: number, index: Uint8Array, kept: Uint8Array | Float32Array): void => {
    const plan = kept instanceof Uint8Array ? planCoding(kept, bits, huffman) : raw(kept)
    const indexPlan = planCoding(index, indexBits, huffman)
    const bytes = plan.bytes + indexPlan.bytes
    if (best && best.bytes <= bytes) return
    const layout = { form, indexBits, coding: plan.coding, indexCoding: indexPlan.coding }
    best = { layout, body: kept, index, nonZeros, bytes }
  }
  if (forms.includes('dense')) offer('dense', 0, nothing, body)
  for (const [form, { indexBits: candidates, keep }] of Object.entries(sparseForms)) {
    if (!nonZero || !forms.includes(form as FormName)) continue
    for (const indexBits of candidates) {
      const kept = keep(nonZero, row, indexBits)
      if (kept) offer(form as FormName, indexBits, kept.index, gather(body, kept.places))
    }
  }
  if (!best) offer('dense', 0, nothing, body)
  return best!
}

const nothing = new Uint8Array(0)

function countZeros(marks: Uint8Array): number {
  let count = 0
  for (let place = 0; place < marks.length; place++) if (marks[place] === 0) count++
  return count
}

function raw({ byteLength }: Float32Array): ReturnType<typeof planCoding> {
  return { coding: 'packed', bytes: byteLength }
}

/** 1 where a number is not that of 0, bit by bit: -0 is not 0. */
function marksOf(body: Uint8Array | Float32Array, zeros: Uint8Array | Float32Array): Uint8Array {
  const [given, zero] = [bitsOf(body), bitsOf(zeros)]
  const marks = new Uint8Array(given.length)
  for (let place = 0; place < given.length; place++) marks[place] = Number(given[place] !== zero[place])
  return marks
}

function gather(body: Uint8Array | Float32Array, places: Uint32Array): Uint8Array | Float32Array {
  const kept = body instanceof Uint8Array ? new Uint8Array(places.length) : new Uint32Array(places.length)
  const from = bitsOf(body)
  for (let entry = 0; entry < places.length; entry++) kept[entry] = from[places[entry]!]!
  return kept instanceof Uint8Array ? kept : new Float32Array(kept.buffer)
}
