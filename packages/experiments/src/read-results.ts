import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { StudyResults } from './results.ts'
import { explained } from './store/file-error.ts'
import { UserError } from './user-error.ts'

const text = z.string()
const number = z.number()

const study = z.object({
  name: text,
  preset: text,
  seed: number,
  command: text,
  finishedAt: text,
  seconds: number,
  trainingSeconds: number,
})

const environment = z.object({
  backend: text,
  threads: number,
  node: text,
  platform: text,
  processor: text,
  cores: number,
  version: text,
})

const data = z.object({
  name: text,
  revision: text,
  trainingTokens: number,
  validationTokens: number,
  vocabularySize: number,
})

const task = z.object({ name: text, classes: number, trainingItems: number, items: number, majorityAccuracy: number })

const model = z.object({
  name: text,
  layers: number,
  hiddenSize: number,
  heads: number,
  feedForwardSize: number,
  parameters: number,
  parametersWithoutEmbeddings: number,
  bytes: number,
  tokensPerStep: number,
  stepSeconds: number,
  operationsPerStep: number,
  steps: number,
})

const curvePoint = z.object({
  model: text,
  step: number,
  seconds: number,
  operations: number,
  tokens: number,
  trainingLoss: number.nullable(),
  validationLoss: number,
  validationLossError: number,
})

const fineTuning = z.object({
  model: text,
  steps: number,
  seconds: number,
  accuracy: number,
  loss: number,
  correct: text,
})

const compressionPoint = z.object({
  model: text,
  sparsity: number,
  bits: number,
  granularity: text,
  scope: text,
  accuracy: number,
  loss: number,
  correct: text,
  bytes: number,
  idealBits: number,
  nonzeros: number,
  retrainingSteps: number,
})

const moduleError = z.object({
  model: text,
  technique: z.enum(['quantization', 'pruning']),
  level: number,
  module: text,
  weights: number,
  absolute: number,
  deviation: number,
  relative: number,
})

const hypothesis = { id: text, claim: text, statistic: text, sentence: text }
const interval = z.object({ low: number, high: number, level: number })

const verdict = z.union([
  z.object({ ...hypothesis, value: number, interval, verdict: z.enum(['supported', 'refuted', 'inconclusive']) }),
  z.object({ ...hypothesis, value: z.null(), interval: z.null(), verdict: z.literal('inconclusive') }),
])

const results: z.ZodType<StudyResults> = z.object({
  format: z.literal(1),
  study,
  environment,
  data,
  task,
  models: z.array(model).min(1),
  curves: z.array(curvePoint),
  fineTuning: z.array(fineTuning),
  compression: z.array(compressionPoint),
  errors: z.array(moduleError),
  hypotheses: z.array(verdict),
})

/**
 * The results in a file that a study wrote.
 *
 * @throws UserError when the file cannot be read, is not JSON, or is not what a study writes; it names the first field
 *   that is wrong
 */
export async function readResults(path: string): Promise<StudyResults> {
  const content = await explained(`read ${path}`, () =>
    readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
      throw new UserError(`${path} does not exist. Run a study first: tlc study run --preset quick --out DIR`)
    }),
  )
  return parseResults(content, path)
}

/** The results in a text; `source` names it in errors. */
export function parseResults(content: string, source: string): StudyResults {
  const value = parseJson(content, source)
  const { format } = z.object({ format: z.unknown() }).catch({ format: 1 }).parse(value)
  if (format !== 1) {
    throw new UserError(`${source} has format ${JSON.stringify(format)}; this version of tlc reads format 1`)
  }
  const parsed = results.safeParse(value)
  if (!parsed.success) {
    const [first] = parsed.error.issues
    const place = first?.path.reduce<string>(
      (path, key) => (typeof key === 'number' ? `${path}[${key}]` : `${path}.${String(key)}`),
      '',
    )
    throw new UserError(`${source} is not the results of a study: ${place?.slice(1) || 'the whole'}: ${first?.message}`)
  }
  checkModelNames(parsed.data, source)
  return parsed.data
}

function parseJson(content: string, source: string): unknown {
  try {
    return JSON.parse(content)
  } catch (cause) {
    const remedy = 'It may have been cut short: run the study again, what is finished is not repeated'
    throw new UserError(`${source} is not JSON (${(cause as Error).message}). ${remedy}`, { cause })
  }
}

function checkModelNames(study: StudyResults, source: string): void {
  const known = new Set(study.models.map(({ name }) => name))
  for (const table of ['curves', 'fineTuning', 'compression', 'errors'] as const) {
    const stray = study[table].find((row) => !known.has(row.model))
    if (stray) {
      throw new UserError(
        `${source}: ${table} names the model '${stray.model}', which is not among its models: ${[...known].join(', ')}`,
      )
    }
  }
}
