import { writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { readJson } from '../read-json.ts'
import { schemaProblems } from '../schema-problems.ts'
import { explained } from '../store/index.ts'
import { UserError } from '../user-error.ts'
import type { Study } from './study.ts'

const count = z.int().min(1)
const share = z.number().min(0).max(1)
const rate = z.number().positive()
/** Names become parts of the names of directories. */
const name = z.string().regex(/^\w[\w.-]*$/, { error: 'must be made of letters, digits, ".", "_" and "-"' })

const model = z
  .strictObject({ name, layers: count, hiddenSize: count, heads: count, feedForwardSize: count })
  .refine(({ hiddenSize, heads }) => hiddenSize % heads === 0, { path: ['heads'], error: 'must divide hiddenSize' })

const pretraining = z
  .strictObject({
    budgetSeconds: z.number().positive(),
    batch: count,
    length: z.int().min(3),
    learningRate: rate,
    warmUp: share,
    coolDown: share,
    evaluations: count,
    validationSequences: z.int().min(2),
  })
  .refine(({ warmUp, coolDown }) => warmUp + coolDown <= 1, {
    path: ['coolDown'],
    error: 'and warmUp must not be more than 1 together',
  })

const finetuning = z.strictObject({
  trainExamples: count,
  validationExamples: count,
  length: z.int().min(3),
  batch: count,
  epochs: count,
  learningRate: rate,
  warmUp: share,
})

const pruning = z.strictObject({
  levels: z
    .array(z.number().gt(0).lt(1))
    .min(1)
    .refine((levels) => levels.every((level, index) => index === 0 || level > levels[index - 1]!), {
      error: 'must ascend',
    }),
  recover: share,
  epochs: z.number().positive(),
  checksPerEpoch: count,
  learningRate: rate,
})

const quantization = z.strictObject({
  bits: z.array(z.int().min(2).max(8)).min(1),
  granularity: z.enum(['tensor', 'row']),
})

const study: z.ZodType<Study> = z.strictObject({
  preset: name,
  data: z.string().min(1),
  vocabularySize: z.int().min(261, { error: 'must be at least 261: 256 bytes and 5 special tokens' }),
  models: z
    .array(model)
    .min(1)
    .refine((models) => new Set(models.map(({ name }) => name)).size === models.length, {
      error: 'must have names that differ',
    }),
  pretraining,
  finetuning,
  pruning,
  quantization,
})

/**
 * A study from a file of JSON, of the shape that `writeStudy` gives it.
 *
 * @throws UserError if it cannot be read or is no study; it names the fields that are wrong
 */
export async function readStudy(path: string): Promise<Study> {
  const value = await readJson(path, 'a study: tlc study new FILE writes one')
  const { success, data, error } = study.safeParse(value)
  if (success) return data
  const problems = schemaProblems(error, value)
  throw new UserError(
    [`${path} is no study; compare it with one that tlc study new FILE writes:`, ...problems].join('\n'),
  )
}

/**
 * Writes a study to a new file, to be edited.
 *
 * @throws UserError if the file is there already, or cannot be written
 */
export async function writeStudy(path: string, study: Study): Promise<void> {
  await explained(`write ${path}`, () => writeFile(path, `${JSON.stringify(study, null, 2)}\n`, { flag: 'wx' }))
}
