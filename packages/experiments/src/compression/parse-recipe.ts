import { z } from 'zod'
import { schemaProblems } from '../schema-problems.ts'
import { UserError } from '../user-error.ts'
import { type CriterionName, type Recipe, type Step, type StepName, type Steps, stepName } from './recipe.ts'

const count = z.int().min(1)
const share = z.number().min(0).max(1)

const patterns = z.array(
  z.string().refine(
    (pattern) => {
      try {
        return Boolean(new RegExp(pattern))
      } catch {
        return false
      }
    },
    { error: 'must be a regular expression' },
  ),
)

const selection = {
  include: patterns.optional(),
  exclude: patterns.optional(),
  embeddings: z.boolean().optional(),
}

const prune = z
  .strictObject({
    sparsity: z.number().min(0).lt(1),
    criterion: z.enum(['magnitude', 'random', 'taylor', 'snip', 'wanda', 'sparsegpt', 'obs']).default('magnitude'),
    structure: z
      .union([
        z.enum(['unstructured', 'rows', 'columns', 'heads', 'neurons', 'layers']),
        z.string().regex(/^[1-9]\d?(:|x)[1-9]\d?$/, { error: 'must be a name, n:m or rxc' }),
      ])
      .default('unstructured'),
    scope: z.enum(['global', 'perMatrix', 'perRow', 'erk']).default('global'),
    seed: z.int().min(0),
    ...selection,
  })
  .superRefine((settings, context) => {
    const { criterion, structure, sparsity, scope } = settings
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    if (isUnit(structure)) {
      for (const name of ['include', 'exclude', 'embeddings'] as const)
        if (settings[name] !== undefined) refuse(name, `cannot be chosen for ${structure}, of which all are ranked`)
      if (scope === 'perRow' || scope === 'erk') refuse('scope', `must be global or perMatrix for ${structure}`)
    }
    if (settings.embeddings && ['wanda', 'sparsegpt', 'obs'].includes(criterion))
      refuse('embeddings', `have no inputs that ${criterion} could look at`)
    const [kept, of] = structure.split(':').map(Number) as [number, number]
    if (of && Math.abs(sparsity - (1 - kept / of)) > 1e-9)
      refuse('sparsity', `must be ${1 - kept / of} where ${kept} of ${of} are kept`)
    const known = criteriaFor(structure)
    if (!known.includes(criterion)) refuse('criterion', `must be ${known.join(' or ')} for ${structure}`)
    if ((criterion === 'sparsegpt' || criterion === 'obs') && scope !== 'global')
      refuse('scope', `cannot be chosen for ${criterion}, which has its own order`)
  })

/** The criteria that can rank the parts of a structure. */
function criteriaFor(structure: string): readonly CriterionName[] {
  if (structure === 'layers') return ['magnitude']
  if (isUnit(structure)) return ['magnitude', 'taylor']
  const alone: readonly CriterionName[] = ['magnitude', 'random', 'taylor', 'snip', 'wanda']
  if (structure === 'unstructured' || structure.includes(':')) return [...alone, 'sparsegpt', 'obs']
  return structure.startsWith('1x') ? [...alone, 'obs'] : alone
}

function isUnit(structure: string): boolean {
  return structure === 'heads' || structure === 'neurons' || structure === 'layers'
}

const finetune = z.strictObject({
  steps: count,
  batchSize: count.default(16),
  learningRate: z.number().positive(),
  warmUp: share.default(0.06),
  distill: z.strictObject({ temperature: z.number().positive().default(2), alpha: share.default(0.5) }).optional(),
  fakeQuantize: z
    .strictObject({
      bits: z.int().min(2).max(8),
      granularity: z.union([z.enum(['tensor', 'row']), z.strictObject({ group: count })]).default('row'),
    })
    .optional(),
  seed: z.int().min(0),
})

const quantize = z
  .strictObject({
    scheme: z.enum(['affine', 'codebook', 'nf4', 'ternary', 'q8_0', 'q4_0', 'q4_k', 'q6_k']).default('affine'),
    bits: z.int().min(1).max(8).optional(),
    granularity: z.union([z.enum(['tensor', 'row']), z.strictObject({ group: count })]).optional(),
    grid: z.enum(['minmax', 'zeroExact', 'symmetric']).optional(),
    rounding: z.enum(['nearest', 'stochastic', 'gptq', 'hqq']).default('nearest'),
    seed: z.int().min(0),
    ...selection,
  })
  .superRefine(({ scheme, bits, granularity, grid, rounding }, context) => {
    const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message })
    const needsBits = scheme === 'affine' || scheme === 'codebook'
    if (needsBits && bits === undefined) refuse('bits', `must be given for ${scheme}`)
    if (!needsBits && bits !== undefined) refuse('bits', `cannot be chosen for ${scheme}`)
    if (scheme === 'ternary' && typeof granularity === 'object')
      refuse('granularity', 'must be tensor or row for ternary')
    if (scheme !== 'affine') {
      if (scheme !== 'ternary' && granularity !== undefined) refuse('granularity', `cannot be chosen for ${scheme}`)
      if (grid !== undefined) refuse('grid', `cannot be chosen for ${scheme}`)
      if (rounding !== 'nearest') refuse('rounding', `cannot be chosen for ${scheme}`)
    } else if (grid === 'symmetric' && bits === 1) refuse('bits', 'must be 2 or more for a symmetric grid')
  })

const encode = z.strictObject({
  entropy: z.enum(['none', 'huffman']).default('none'),
})

const schemas: { readonly [Name in StepName]: z.ZodType<Steps[Name]> } = { prune, finetune, quantize, encode }

/**
 * Checks a recipe and fills in its defaults.
 *
 * Nothing may follow `encode`, and after `quantize` only more of it (of other parameters) and `encode`: weights that change
 * afterwards would not be those that were rounded.
 *
 * @param seed of the steps that draw random numbers and do not say theirs, 1 by default
 * @throws UserError naming every field that is wrong
 */
export function parseRecipe(given: unknown, seed = 1): Recipe {
  if (!Array.isArray(given) || given.length === 0)
    throw new UserError('a recipe is a list of steps, such as [{ "prune": { "sparsity": 0.5 } }, { "encode": {} }]')
  const problems: string[] = []
  const recipe = given.flatMap((step: unknown, index) => {
    const [name, ...others] = typeof step === 'object' && step !== null ? Object.keys(step) : []
    if (name === undefined || others.length > 0 || !Object.hasOwn(schemas, name)) {
      problems.push(`  [${index}]: must have one key of ${Object.keys(schemas).join(', ')}, given ${shown(step)}`)
      return []
    }
    const settings = seeded(name as StepName, (step as Record<string, unknown>)[name], seed)
    const parsed = schemas[name as StepName].safeParse(settings)
    if (!parsed.success) problems.push(...schemaProblems(parsed.error, settings, `[${index}].${name}`))
    return parsed.success ? [{ [name]: parsed.data } as unknown as Step] : []
  })
  if (problems.length === 0) problems.push(...orderProblems(recipe))
  if (problems.length > 0) throw new UserError(['the recipe cannot be followed:', ...problems].join('\n'))
  return recipe
}

function seeded(name: StepName, settings: unknown, seed: number): unknown {
  const draws = name !== 'encode' && typeof settings === 'object' && settings !== null && !Array.isArray(settings)
  return draws ? { seed, ...settings } : settings
}

function orderProblems(recipe: Recipe): string[] {
  const names = recipe.map(stepName)
  const quantized = names.indexOf('quantize')
  const encoded = names.indexOf('encode')
  const problems = names.flatMap((name, index) => {
    if (encoded >= 0 && index > encoded) return [`  [${index}]: ${name} cannot follow encode, which is the last step`]
    const isLate = quantized >= 0 && index > quantized && (name === 'prune' || name === 'finetune')
    return isLate ? [`  [${index}]: ${name} cannot follow quantize; put it before`] : []
  })
  return problems
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60)
}
