import { readFile } from 'node:fs/promises'
import type {
  CompressionPoint, CurvePoint, Environment, FineTuning, ModelSize, ModuleError, StudyData, StudyIdentity, StudyResults, Task, Verdict,
} from './results.ts'
import { UserError } from './user-error.ts'

type Kind = 'text' | 'number' | 'number or null' | 'interval or null'
type Fields<Row> = { readonly [Field in keyof Row]-?: Kind }

const study: Fields<StudyIdentity> = {
  name: 'text', preset: 'text', seed: 'number', command: 'text', finishedAt: 'text', seconds: 'number', trainingSeconds: 'number',
}
const environment: Fields<Environment> = {
  backend: 'text', threads: 'number', node: 'text', platform: 'text', processor: 'text', cores: 'number', version: 'text',
}
const data: Fields<StudyData> = { name: 'text', revision: 'text', trainingTokens: 'number', validationTokens: 'number', vocabularySize: 'number' }
const task: Fields<Task> = { name: 'text', classes: 'number', trainingItems: 'number', items: 'number', majorityAccuracy: 'number' }
const models: Fields<ModelSize> = {
  name: 'text', layers: 'number', hiddenSize: 'number', heads: 'number', feedForwardSize: 'number', parameters: 'number',
  parametersWithoutEmbeddings: 'number', bytes: 'number', tokensPerStep: 'number', stepSeconds: 'number', operationsPerStep: 'number', steps: 'number',
}
const curves: Fields<CurvePoint> = {
  model: 'text', step: 'number', seconds: 'number', operations: 'number', tokens: 'number', trainingLoss: 'number or null',
  validationLoss: 'number', validationLossError: 'number',
}
const fineTuning: Fields<FineTuning> = { model: 'text', steps: 'number', seconds: 'number', accuracy: 'number', loss: 'number', correct: 'text' }
const compression: Fields<CompressionPoint> = {
  model: 'text', sparsity: 'number', bits: 'number', granularity: 'text', scope: 'text', accuracy: 'number', loss: 'number', correct: 'text',
  bytes: 'number', idealBits: 'number', nonzeros: 'number', retrainingSteps: 'number',
}
const errors: Fields<ModuleError> = {
  model: 'text', technique: 'text', level: 'number', module: 'text', weights: 'number', absolute: 'number', deviation: 'number', relative: 'number',
}
const hypotheses: Fields<Verdict> = {
  id: 'text', claim: 'text', statistic: 'text', sentence: 'text', value: 'number or null', interval: 'interval or null', verdict: 'text',
}

const objects = { study, environment, data, task }
const tables = { models, curves, fineTuning, compression, errors, hypotheses }

const tests: { readonly [K in Kind]: (value: unknown) => boolean } = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  'number or null': (value) => value === null || typeof value === 'number',
  'interval or null': (value) => value === null || (isObject(value) && ['low', 'high', 'level'].every((end) => typeof value[end] === 'number')),
}

/**
 * The results in a file that a study wrote.
 *
 * @throws UserError when the file cannot be read, is not JSON, or is not what a study writes; it names the first field that is wrong
 */
export async function readResults(path: string): Promise<StudyResults> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const missing = error.code === 'ENOENT'
    throw new UserError(missing ? `${path} does not exist. Run a study first: tlc study run --preset quick --out DIR` : `${path} cannot be read: ${error.message}`)
  })
  return parseResults(text, path)
}

/** The results in a text; `source` names it in errors. */
export function parseResults(text: string, source: string): StudyResults {
  let results: unknown
  try {
    results = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${source} is not JSON (${(error as Error).message}). It may have been cut short: run the study again, what is finished is not repeated`)
  }
  if (!isObject(results)) throw new UserError(`${source} holds no results of a study: expected an object, got ${JSON.stringify(results)?.slice(0, 40)}`)
  if (results.format !== 1) throw new UserError(`${source} has format ${JSON.stringify(results.format)}; this version of tlc reads format 1`)
  for (const [name, fields] of Object.entries(objects)) checkFields(results[name], fields, name, source)
  for (const [name, fields] of Object.entries(tables)) {
    const rows = results[name]
    if (!Array.isArray(rows)) throw new UserError(`${source}: ${name} must be a list, got ${JSON.stringify(rows)?.slice(0, 40)}`)
    for (const [index, row] of rows.entries()) checkFields(row, fields, `${name}[${index}]`, source)
  }
  checkModelNames(results as unknown as StudyResults, source)
  return results as unknown as StudyResults
}

function checkFields(value: unknown, fields: { readonly [field: string]: Kind }, place: string, source: string): void {
  if (!isObject(value)) throw new UserError(`${source}: ${place} must be an object, got ${JSON.stringify(value)?.slice(0, 40)}`)
  for (const [field, kind] of Object.entries(fields)) {
    if (!tests[kind](value[field])) {
      throw new UserError(`${source}: ${place}.${field} must be ${kind === 'text' ? 'a text' : `a ${kind}`}, got ${JSON.stringify(value[field])?.slice(0, 40)}`)
    }
  }
}

function checkModelNames(results: StudyResults, source: string): void {
  const known = new Set(results.models.map(({ name }) => name))
  for (const table of ['curves', 'fineTuning', 'compression', 'errors'] as const) {
    const stray = results[table].find(({ model }) => !known.has(model))
    if (stray) throw new UserError(`${source}: ${table} names the model '${stray.model}', which is not among its models: ${[...known].join(', ')}`)
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
