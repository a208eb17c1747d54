import { readdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { disposeModule, namedParameters } from '@tlc/nn'
import type { Artefact, Encoded } from '@tlc/quant'
import { type GgufValue, ggufTensors, writeGguf } from '@tlc/quant/gguf'
import type { WeightForm } from '@tlc/quant/onnx'
import { nameInFile } from '@tlc/transformer'
import { explained, writeFileAtomically } from '../store/index.ts'
import { checkOutput } from '../study/check-output.ts'
import { UserError } from '../user-error.ts'
import { artefactFile, configOfModel, familyOf } from './compression/artefact-model.ts'
import { type LoadedModel, loadModel } from './load-model.ts'

/** What a model can be written as. */
export type ExportTarget = 'onnx' | 'gguf' | 'safetensors'

export interface ExportOptions {
  /** the folder of a model, compressed or not */
  readonly model: string
  readonly to: ExportTarget
  /** a file; of safetensors a folder */
  readonly out: string
  /** of products with quantized weights in ONNX; `qdq` by default */
  readonly form?: WeightForm | undefined
}

/** What was written. */
export interface Exported {
  readonly out: string
  readonly to: ExportTarget
  readonly bytes: number
}

/**
 * Writes the model of a folder for other programs, whole or not at all.
 *
 * - `onnx`: a graph, with an artefact's affine weights as they are and all others decoded
 * - `gguf`: tensors under the names of Hugging Face, llama.cpp's blocks of an artefact as they are and all others in f32,
 *   with config, recipe and parent among the metadata; without the names and the vocabulary that llama.cpp runs models by
 * - `safetensors`: a folder of Hugging Face with the decoded model and its tokenizer
 *
 * @throws UserError for what the user can put right
 */
export async function exportFromFolder(options: ExportOptions): Promise<Exported> {
  const { model, to, out } = options
  await checkTarget(options)
  const loaded = await loadModel(model)
  try {
    return { out, to, bytes: await writers[to](loaded, options) }
  } finally {
    disposeModule(loaded.model)
  }
}

type Writer = (loaded: LoadedModel, options: ExportOptions) => Promise<number>

const writers: { readonly [T in ExportTarget]: Writer } = {
  async onnx({ model, artefact }, { model: folder, out, form }) {
    if (form && ![...(artefact?.tensors.values() ?? [])].some(({ scheme }) => scheme === 'affine'))
      throw new UserError(
        `${folder}: has no affine weights, of which the form is; leave --form out, or quantize it first`,
      )
    const { exportModel } = await import('./export-onnx.ts')
    return writeFileOf(out, await exportModel(model, { ...(artefact && { artefact }), ...(form && { form }) }))
  },
  async gguf(loaded, { model: folder, out }) {
    const config = await configOfModel(loaded.model)
    const tensors = ggufTensors({ tensors: await tensorsOf(loaded) })
    const family = familyOf(config)
    const named = new Map([...tensors].map(([name, tensor]) => [nameInFile(name, family), tensor]))
    return writeFileOf(out, writeGguf(named, metadataOf(basename(resolve(folder)), config, loaded.artefact)))
  },
  async safetensors({ model, tokenizer }, { out }) {
    const files = await model.encodePretrained({ tokenizer })
    await explained(`write to ${out}`, () => model.savePretrained(out, { tokenizer }))
    return [...files.values()].reduce((sum, { length }) => sum + length, 0)
  },
}

async function tensorsOf({ model, artefact }: LoadedModel): Promise<ReadonlyMap<string, Encoded>> {
  if (artefact) return artefact.tensors
  const tensors = new Map<string, Encoded>()
  for (const [name, { stored }] of namedParameters(model))
    tensors.set(name, { scheme: 'f32', shape: stored.shape, values: (await stored.data()) as Float32Array })
  return tensors
}

function metadataOf(name: string, config: string, artefact: Artefact | undefined): Map<string, GgufValue> {
  const { model_type: architecture = 'transformer' } = JSON.parse(config) as { readonly model_type?: string }
  const { recipe, parent } = artefact ?? {}
  const texts = { 'general.architecture': architecture, 'general.name': name, 'tlc.config': config }
  const lineage = { ...(recipe && { 'tlc.recipe': recipe }), ...(parent && { 'tlc.parent': parent }) }
  return new Map(
    Object.entries({ ...texts, ...lineage }).map(([key, value]): [string, GgufValue] => [
      key,
      { type: 'string', value },
    ]),
  )
}

async function writeFileOf(out: string, file: Uint8Array): Promise<number> {
  await writeFileAtomically(out, file)
  return file.length
}

/** Before any work: may it be written there, and is nothing in the way? */
async function checkTarget({ to, out }: ExportOptions): Promise<void> {
  await checkOutput(to === 'safetensors' ? out : dirname(resolve(out)))
  if (to !== 'safetensors') return
  const names = await readdir(out).catch((): string[] => [])
  if (names.includes('config.json') || names.includes(artefactFile))
    throw new UserError(`${out} has a model already; choose another --out`)
}
