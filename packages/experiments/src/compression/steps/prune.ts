import { type Module, namedParameters, type Parameter, type UnitKind } from '@tlc/nn'
import { collectInputs, type InputStatistics } from '@tlc/nn/calibration'
import {
  blocks,
  collectGradients,
  columns,
  erdosRenyiKernel,
  everyOther,
  exactObs,
  magnitude,
  nm,
  type PruneOptions,
  prunable,
  pruneToSparsity,
  pruneUnits,
  pruneWithUpdate,
  random,
  rows,
  type Structure,
  shrink,
  snip,
  sparseGpt,
  taylor,
  type UnitCriterion,
  type UpdatingPruner,
  unitImportance,
  unitNorm,
  unstructured,
  wanda,
} from '@tlc/prune'
import { key } from '@tlc/tensor'
import { formatCount, formatPercent } from '../../quantities.ts'
import { UserError } from '../../user-error.ts'
import { type CompressionRun, taskOf } from '../compression-run.ts'
import { crossEntropyOf } from '../cross-entropy-of.ts'
import type { CriterionName, PruneSettings, UnitName } from '../recipe.ts'
import { nothingSelected, selects } from '../selection.ts'

const unitKinds: { readonly [U in UnitName]: UnitKind } = { heads: 'head', neurons: 'neuron', layers: 'layer' }

/** Prunes: by masks on weights, or by cutting units out of the model. */
export function prune<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  settings: PruneSettings,
): Promise<string> {
  return Object.hasOwn(unitKinds, settings.structure) ? cutUnits(run, settings) : maskWeights(run, settings)
}

async function cutUnits<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  settings: PruneSettings,
): Promise<string> {
  const { structure, sparsity, scope } = settings
  const kind = unitKinds[structure as UnitName]
  const criterion = await unitCriterion(run, kind, settings)
  const groups = await pruneUnits(run.model, {
    kind,
    sparsity,
    criterion,
    scope: scope === 'global' ? 'global' : 'perGroup',
  })
  const { parametersBefore, parametersAfter } = shrink(run.model)
  const [gone, all] = [...groups.values()].reduce(([a, b], { pruned, count }) => [a + pruned.length, b + count], [0, 0])
  return `${gone} of ${all} ${structure} cut out, of each part one at least stays: ${formatCount(parametersBefore)} parameters became ${formatCount(parametersAfter)}`
}

async function unitCriterion<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  kind: UnitKind,
  { criterion, structure }: PruneSettings,
): Promise<UnitCriterion> {
  if (kind === 'layer') return everyOther
  if (criterion === 'magnitude') return unitNorm()
  if (criterion !== 'taylor')
    throw new UserError(`${structure} are pruned by magnitude or taylor, not by ${criterion}; change the criterion`)
  const task = taskOf(run)
  const importance = await unitImportance(run.model, {
    kind: kind as 'head' | 'neuron',
    batches: task.calibration(),
    loss: (batch) => crossEntropyOf(task, run.model, batch),
    examples: (batch) => task.examples?.(batch) ?? task.targets(batch).shape[0]!,
  })
  return ({ name }) => importance.get(name)!
}

async function maskWeights<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  settings: PruneSettings,
): Promise<string> {
  const { sparsity, scope, embeddings = false } = settings
  const usual = prunable(run.model, { embeddings })
  const isMeant = selects(settings, (name) => usual.has(name))
  const chosen = new Map([...namedParameters(run.model)].filter(([name]) => isMeant(name)))
  if (chosen.size === 0) throw new RangeError(nothingSelected(usual.keys()))
  const pruner = updatingPruner(settings)
  const found = pruner
    ? await pruneWithUpdate(run.model, await statisticsOf(run, chosen, { gram: true }), pruner)
    : await pruneToSparsity(chosen, sparsity, {
        ...(await criterionOf(run, settings, chosen)),
        structure: structureOf(settings.structure),
        ...(scope === 'erk' ? { budget: erdosRenyiKernel } : { scope }),
      })
  return `${formatPercent(found.sparsity)} of ${formatCount(found.size)} weights are 0`
}

const fixed: { readonly [C in CriterionName]?: PruneOptions['criterion'] } = { magnitude, taylor, snip, wanda }
const byGradients: readonly CriterionName[] = ['taylor', 'snip']

/** A criterion, with what it looks at. */
async function criterionOf<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  { criterion, seed }: PruneSettings,
  parameters: ReadonlyMap<string, Parameter>,
): Promise<Pick<PruneOptions, 'criterion' | 'gradients' | 'statistics'>> {
  if (criterion === 'random') return { criterion: random(key(seed)) }
  const chosen = { criterion: fixed[criterion] ?? magnitude }
  if (criterion === 'magnitude') return chosen
  const task = taskOf(run)
  const { model } = run
  if (byGradients.includes(criterion)) {
    const loss = (batch: Batch) => crossEntropyOf(task, model, batch)
    return { ...chosen, gradients: await collectGradients(parameters, loss, task.calibration()) }
  }
  return { ...chosen, statistics: await statisticsOf(run, parameters) }
}

/** Of the inputs of the layers whose weights were chosen. */
function statisticsOf<Model extends Module, Batch>(
  run: CompressionRun<Model, Batch>,
  chosen: ReadonlyMap<string, Parameter>,
  { gram = false } = {},
): Promise<Map<string, InputStatistics>> {
  const task = taskOf(run)
  const forward = (batch: Batch) => task.logits(run.model, batch, {})
  const where = (path: string) => chosen.has(`${path}.weight`)
  return collectInputs(run.model, forward, { batches: task.calibration(), gram, where })
}

/** A criterion whose survivors make up for what is gone. */
function updatingPruner({ criterion, structure, sparsity }: PruneSettings): UpdatingPruner | undefined {
  if (criterion !== 'sparsegpt' && criterion !== 'obs') return undefined
  const [keep, of] = structure.split(':').map(Number) as [number, number]
  const wanted = { sparsity: structure.includes(':') ? { keep, of } : sparsity }
  if (criterion === 'sparsegpt') return sparseGpt(wanted)
  return exactObs({ ...wanted, block: structure.startsWith('1x') ? Number(structure.slice(2)) : 1 })
}

const structures: { readonly [name: string]: Structure } = { unstructured, rows: rows(), columns: columns() }

/** A structure by its name, `2:4` or `1x4`. */
function structureOf(name: string): Structure {
  const named = structures[name]
  if (named) return named
  const [first, second] = name.split(/[:x]/).map(Number) as [number, number]
  return name.includes(':') ? nm(first, second) : blocks(first, second)
}
