import { foldIn, type Key, key } from '@tlc/tensor'
import type { Item } from '../readers/items.ts'
import { drawsOf } from './draws.ts'

/** Changes when the same seed would give other texts than before. */
export const syntheticFormat = 2
const labels = ['negative', 'positive'] as const

const remarks: readonly string[] = [
  'we saw it on a cold night',
  'my sister chose this one',
  'the room was half full',
  'i had read the book',
  'it runs for two hours',
  'a friend told me to go',
  'they filmed it by the sea',
  'this is her third film',
  'our train came late again',
  'he paid for all six seats',
  'some people left their bags',
  'next week brings another',
  'you can rent it today',
  'rain fell on every street',
  'she drank tea and wrote notes',
  'his brother works near there',
]
const aspects: readonly string[] = ['plot', 'music', 'cast', 'end', 'script', 'pace', 'tone', 'sound']
const good: readonly string[] = ['good', 'warm', 'clever', 'fresh', 'lovely', 'honest', 'funny', 'bright']
const bad: readonly string[] = ['bad', 'flat', 'silly', 'stale', 'ugly', 'false', 'clumsy', 'dull']
const affirmations: readonly string[] = ['was', 'is', 'felt', 'seemed very']
const negations: readonly string[] = ['was not', 'is never', 'felt hardly', 'was not very']
const negationShare = 0.15
const opinions = 3

/**
 * Made-up film opinions, half of them positive. Each text has three opinions about three aspects and a remark that says
 * nothing; its label is what most of the opinions say. Some opinions are negated ('was not good'), so that counting good
 * and bad words finds four labels of five: for the rest one has to read which word a negation belongs to.
 *
 * @returns the same texts for the same seed; a longer list begins with a shorter one
 */
export function syntheticReviews(count: number, seed: number): Item[] {
  return Array.from({ length: count }, (_, index) => syntheticReview(foldIn(key(seed), index), index % 2))
}

function syntheticReview(stream: Key, label: number): Item {
  const draw = drawsOf(stream)
  const subjects = aspects.map((aspect) => ({ aspect, order: draw() })).sort((a, b) => a.order - b.order)
  const verdicts = Array.from({ length: opinions }, () => draw() < 0.5)
  const positive = verdicts.filter(Boolean).length > opinions / 2
  const matches = positive === (label === 1) // else all the opposite, which keeps the two classes alike
  const sentences = verdicts.map((verdict, index) =>
    opinion(subjects[index]?.aspect as string, verdict === matches, draw),
  )
  const text = [...sentences, pick(remarks, draw)].map((sentence) => `${sentence}.`).join(' ')
  return { texts: [text], label: labels[label] }
}

function opinion(aspect: string, positive: boolean, draw: () => number): string {
  const negated = draw() < negationShare
  const verb = pick(negated ? negations : affirmations, draw)
  return `the ${aspect} ${verb} ${pick(positive === negated ? bad : good, draw)}`
}

function pick(words: readonly string[], draw: () => number): string {
  return words[Math.floor(draw() * words.length)] as string
}
