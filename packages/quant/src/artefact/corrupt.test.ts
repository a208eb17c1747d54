import { SafetensorsError } from '@tlc/nn'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { anyEncoded } from '../../test/encoded.ts'
import { resealed } from '../../test/resealed.ts'
import { decode } from '../decode.ts'
import type { Encoded, SchemeName } from '../scheme.ts'
import { codecs } from './codecs.ts'
import { readArtefact, saveArtefact } from './file.ts'
import { formNames } from './layout.ts'

/** Numbers from a seed, 0 <= x < 1: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A file with tensors of every scheme, in one form and with Huffman's code, or in every other. */
function fileOf(seed: number): Uint8Array {
  const tensors = new Map<string, Encoded>()
  for (const name of Object.keys(codecs) as SchemeName[]) {
    for (const [index, encoded] of fc.sample(anyEncoded(name), { seed, numRuns: 2 }).entries()) {
      tensors.set(`${name}.${index}`, encoded)
    }
  }
  const forms = seed % 5 < 4 ? ([formNames[seed % 5]!, 'dense'] as const) : formNames
  const lineage = { recipe: '{"bits":4}', metrics: { accuracy: 0.5 }, parent: '0'.repeat(64), config: '{}' }
  return saveArtefact({ tensors, metadata: new Map(), ...lineage }, { forms, huffman: seed % 2 === 0 }).file
}

type Mutation = (file: Uint8Array, random: () => number) => Uint8Array

const headerEnd = (file: Uint8Array): number => 8 + Number(new DataView(file.buffer).getBigUint64(0, true))
const text = (file: Uint8Array): string => new TextDecoder('latin1').decode(file.subarray(8, headerEnd(file)))

/** The file with another header: the length before it, and the padding after it, set right. */
function withHeader(file: Uint8Array, header: string): Uint8Array {
  const length = Math.ceil(header.length / 8) * 8
  const data = file.subarray(headerEnd(file))
  const made = new Uint8Array(8 + length + data.length).fill(0x20, 0, 8 + length)
  new DataView(made.buffer).setBigUint64(0, BigInt(length), true)
  made.set(
    Uint8Array.from(header, (character) => character.charCodeAt(0)),
    8,
  )
  made.set(data, 8 + length)
  return made
}

const hugeNumbers = ['0', '1', '255', '65536', '2147483648', '4294967297', '9007199254740991', '1e308', '-1', '0.5']

const mutations: { readonly [name: string]: Mutation } = {
  'a bit is flipped'(file, random) {
    const changed = file.slice()
    changed[Math.floor(random() * file.length)]! ^= 1 << Math.floor(random() * 8)
    return changed
  },
  'a bit of the header is flipped'(file, random) {
    const changed = file.slice()
    changed[Math.floor(random() * headerEnd(file))]! ^= 1 << Math.floor(random() * 8)
    return changed
  },
  'the end is missing': (file, random) => file.slice(0, Math.floor(random() * file.length)),
  'the end is missing, and the header says so'(file, random) {
    const cut = 1 + Math.floor(random() * 16)
    const match = [
      ...text(file).matchAll(/"tlc\.quant\.\w+":[^}]*"shape":\[(\d+)\],"data_offsets":\[(\d+),(\d+)\]/g),
    ].at(-1)!
    const [all, length, start, end] = match as unknown as [string, string, string, string]
    const shorter = all
      .replace(`[${length}]`, `[${Math.max(0, Number(length) - cut)}]`)
      .replace(`[${start},${end}]`, `[${start},${Math.max(Number(start), Number(end) - cut)}]`)
    return withHeader(file.subarray(0, file.length - Math.min(cut, Number(length))), text(file).replace(all, shorter))
  },
  'two numbers of the header have changed places'(file, random) {
    const numbers = [...text(file).matchAll(/\d+/g)]
    const [a, b] = [0, 1].map(() => numbers[Math.floor(random() * numbers.length)]!).sort((x, y) => x.index - y.index)
    const [from, to, header] = [a!, b!, text(file)]
    if (from.index === to.index) return file
    const between = header.slice(from.index + from[0].length, to.index)
    return withHeader(
      file,
      header.slice(0, from.index) + to[0] + between + from[0] + header.slice(to.index + to[0].length),
    )
  },
  'a number of the header is another, a huge one perhaps'(file, random) {
    const numbers = [...text(file).matchAll(/\d+/g)]
    const { index, 0: digits } = numbers[Math.floor(random() * numbers.length)]!
    const other =
      random() < 0.5
        ? `${Number(digits) + Math.floor(random() * 5) - 2}`
        : hugeNumbers[Math.floor(random() * hugeNumbers.length)]!
    return withHeader(file, text(file).slice(0, index) + other + text(file).slice(index + digits.length))
  },
  'a word of the header is another'(file, random) {
    const words = [...text(file).matchAll(/[A-Za-z_]\w+/g)]
    const [{ index, 0: from }, { 0: to }] = [0, 1].map(() => words[Math.floor(random() * words.length)]!) as [
      RegExpExecArray,
      RegExpExecArray,
    ]
    return withHeader(file, text(file).slice(0, index) + to + text(file).slice(index + from.length))
  },
  'bytes are random'(file, random) {
    const changed = file.slice()
    const start = headerEnd(file) + Math.floor(random() * (file.length - headerEnd(file)))
    for (let place = start; place < Math.min(start + 64, file.length); place++) changed[place] = random() * 256
    return changed
  },
}

/** Weights of what is read; undefined if it is refused. Anything else is thrown. */
function weightsIn(file: Uint8Array): number | undefined {
  try {
    let weights = 0
    for (const encoded of readArtefact(file).tensors.values()) weights += decode(encoded).length
    return weights
  } catch (error) {
    if (error instanceof SafetensorsError) return undefined
    throw error
  }
}

describe('10,000 changed artefacts', () => {
  const files = Array.from({ length: 10 }, (_, seed) => fileOf(seed))
  const each = 10_000 / Object.keys(mutations).length

  it.each(Object.entries(mutations))('of which %s are read or refused, and nothing else happens', (name, mutate) => {
    const random = randomNumbers(name.length)
    const verdicts = { read: 0, refused: 0 }
    for (let run = 0; run < each; run++) {
      const file = files[run % files.length]!
      const broken = mutate(file, random)
      const isRead = weightsIn(broken) !== undefined
      if (isRead) expect(readArtefact(broken)).toEqual(readArtefact(file))
      const changed = resealed(broken)
      const weights = weightsIn(changed)
      verdicts[weights === undefined ? 'refused' : 'read']++
      // A gap of 8 bits and a code of 1 bit stand for 256 weights at most, in Huffman's code 2 bits do.
      expect(weights ?? 0).toBeLessThanOrEqual((256 / 2) * 8 * changed.length)
    }
    expect(verdicts.refused).toBeGreaterThan(0)
  })

  it('as they were before are read', () => {
    for (const file of files) expect(weightsIn(file)).toBeGreaterThan(0)
  })
})

describe('a small file that says it is a large model', () => {
  const saved = saveArtefact({
    tensors: new Map([['w', { scheme: 'f32', shape: [64], values: new Float32Array(64) }]]),
    metadata: new Map(),
  }).file
  const claiming = (from: string, to: string): Uint8Array => {
    expect(text(saved)).toContain(from)
    return withHeader(saved, text(saved).replace(from, to))
  }

  it('is refused before memory is asked for', () => {
    for (const shape of ['[4000000000]', '[65536,65536,1024]', '[9007199254740991]', '[9007199254740991,2]']) {
      expect(() => readArtefact(claiming('[64]', shape))).toThrow(SafetensorsError)
    }
  })
})
