import { UserError } from '../user-error.ts'
import type { Case, Group } from './case.ts'
import { attentionGroup } from './cases/attention.ts'
import { dispatchGroup } from './cases/dispatch.ts'
import { kernelGroup } from './cases/kernels.ts'
import { largeTensorGroup } from './cases/large-tensors.ts'
import { linearGroup } from './cases/linear.ts'
import { deviceMatmulGroup, matmulGroup } from './cases/matmul.ts'
import { quantizedGroup } from './cases/quantized.ts'
import { queueGroup } from './cases/queue.ts'
import { sparseGroup } from './cases/sparse.ts'
import { startUpGroup } from './cases/start-up.ts'
import { type BenchmarkedModel, mini, models, small, tiny } from './models.ts'
import type { SubjectSpec } from './subjects/subject.ts'

/** What is to be measured, in this order. */
export interface Plan {
  readonly groups: readonly Group[]
  readonly models: readonly BenchmarkedModel[]
}

/** What is asked of processors, and what of WebGPU. */
const plans: { readonly [place in 'host' | 'device']: (quick: boolean) => Plan } = {
  host(quick) {
    const model = quick ? tiny : mini
    return {
      groups: [
        matmulGroup(quick),
        linearGroup(model),
        quantizedGroup(quick),
        attentionGroup(model),
        kernelGroup(model, true),
        largeTensorGroup(quick),
        sparseGroup(quick),
        dispatchGroup(),
      ],
      models: quick ? models.slice(0, 2) : models,
    }
  },
  device(quick) {
    const model = quick ? tiny : small
    return {
      groups: [
        deviceMatmulGroup(quick),
        linearGroup(model),
        quantizedGroup(quick),
        attentionGroup(model),
        kernelGroup(model, false),
        queueGroup(),
        startUpGroup(),
      ],
      models: quick ? [tiny] : [tiny, small],
    }
  },
}

/** Where whoever is asked computes. */
function placeOf(kind: SubjectSpec['kind'], driver: SubjectSpec['driver']): keyof typeof plans {
  return kind === 'webgpu' || driver ? 'device' : 'host'
}

/**
 * The cases whose name (group, row, column) a pattern matches.
 *
 * @param quick only what takes little time, and shapes of a small model
 * @param only a regular expression; everything if left out
 * @throws UserError if it is none, or matches nothing
 */
export function planOf(quick: boolean, only = '', backend: SubjectSpec['kind'] = 'wasm'): Plan {
  const pattern = patternOf(only)
  const { groups: everything, models } = plans[placeOf(backend, undefined)](quick)
  const groups = everything
    .map((group) => ({
      ...group,
      cases: group.cases.filter((each) => pattern.test(nameOf(group, each))),
    }))
    .filter(({ cases }) => cases.length > 0)
  const chosen = models.filter(({ name }) => pattern.test(`training step ${name}`))
  if (groups.length + chosen.length === 0) {
    const names = everything.map(({ name }) => name).join(', ')
    throw new UserError(
      `bench: no case matches --only ${only}; it is matched with names like 'matmul [512, 512] · [512, 512] NN' and ` +
        `'training step mini', beginning with ${names} or training step`,
    )
  }
  return { groups, models: chosen }
}

/** 'matmul [512, 512] · [512, 512] NN' */
export function nameOf({ name }: Pick<Group, 'name'>, { row, column }: Pick<Case, 'row' | 'column'>): string {
  return `${name} ${row} ${column}`
}

/** 'matmul [512, 512] · [512, 512] NN', or that of the first and how many there are besides. */
export function namesOf(group: Group, [first, ...others]: readonly Case[]): string {
  return `${nameOf(group, first!)}${others.length > 0 ? ` and ${others.length} compared with it` : ''}`
}

/** A case of a plan, in another process than the one that planned. @throws Error for a name that none has */
export function caseNamed(name: string, quick: boolean, { kind, driver }: Pick<SubjectSpec, 'kind' | 'driver'>): Case {
  for (const group of plans[placeOf(kind, driver)](quick).groups) {
    const found = group.cases.find((each) => nameOf(group, each) === name)
    if (found) return found
  }
  throw new Error(`there is no case ${name}${quick ? ' among the quick ones' : ''}`)
}

function patternOf(only: string): RegExp {
  try {
    return new RegExp(only, 'i')
  } catch (cause) {
    throw new UserError(
      `bench: --only ${only} is no regular expression; write a word like matmul, and \\ before characters like [ ( *`,
      { cause },
    )
  }
}
