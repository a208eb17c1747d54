import { encodeTensors, parseSafetensors, type StoredTensor, TensorMismatchError, toTensor } from '@tlc/nn'
import { cast, dtypes, formatShape, sameShape, type Tensor } from '@tlc/tensor'
import { jsonFile, parseJson } from './json.ts'

/** All weights in one file. */
export const weightsFile = 'model.safetensors'
/** In which shard each weight is, if they are in several files. */
export const indexFile = 'model.safetensors.index.json'

/** What those files are called. */
export const weightsPattern: RegExp = /^model(-\d+-of-\d+)?\.safetensors(\.index\.json)?$/

/** Bytes of a file that every reader can hold: Node reads 2 GiB at once. */
const defaultShardSize = 2e9

/** Types that are read as float32. */
const floats: readonly string[] = ['F64', 'F32', 'F16', 'BF16']

/**
 * The weights in the files of a model, by name, as views of the files.
 *
 * @throws Error if a shard is missing, and for each name that index and shards disagree about
 */
export function readWeights(files: ReadonlyMap<string, Uint8Array>): Map<string, StoredTensor> {
  const whole = files.get(weightsFile)
  if (whole) return parse(weightsFile, whole)
  const index = files.get(indexFile)
  if (!index) throw new Error(`${weightsFile} is missing; there are ${[...files.keys()].join(', ') || 'no files'}`)
  const places = weightMap(parseJson(indexFile, index))
  const weights = new Map<string, StoredTensor>()
  const problems: string[] = []
  for (const shard of new Set(places.values())) {
    const file = files.get(shard)
    if (!file) {
      problems.push(`${shard} is missing`)
      continue
    }
    const stored = parse(shard, file)
    for (const [name, place] of places)
      if (place === shard && !stored.has(name)) problems.push(`${shard} lacks ${name}`)
    for (const [name, weight] of stored) {
      if (places.get(name) === shard) weights.set(name, weight)
      else problems.push(`${shard} has ${name}, which should be in ${places.get(name) ?? 'no shard'}`)
    }
  }
  if (problems.length > 0) throw new Error(`the shards are not those of ${indexFile}:\n  ${problems.join('\n  ')}`)
  return weights
}

/**
 * The shards that an index names.
 *
 * @param index the content of `model.safetensors.index.json`
 * @throws TypeError if it is no index, or names files outside its folder
 */
export function shardFiles(index: unknown): readonly string[] {
  return [...new Set(weightMap(index).values())]
}

/** The weights as files: one, or shards of `maxShardSize` bytes at most with their index. A weight is never divided. */
export async function encodeWeights(
  weights: ReadonlyMap<string, Tensor>,
  maxShardSize: number = defaultShardSize,
): Promise<Map<string, Uint8Array>> {
  if (!(maxShardSize > 0)) throw new RangeError(`maxShardSize must be a number of bytes > 0, got ${maxShardSize}`)
  const shards = shardsOf(weights, maxShardSize)
  const files = new Map<string, Uint8Array>()
  const places: [name: string, file: string][] = []
  for (const [index, shard] of shards.entries()) {
    const number = (value: number): string => String(value).padStart(5, '0')
    const name =
      shards.length === 1 ? weightsFile : `model-${number(index + 1)}-of-${number(shards.length)}.safetensors`
    files.set(name, await encodeTensors(shard, new Map([['format', 'pt']])))
    for (const weight of shard.keys()) places.push([weight, name])
  }
  if (shards.length === 1) return files
  const total_size = [...weights.values()].reduce((sum, weight) => sum + bytesOf(weight), 0)
  return files.set(indexFile, jsonFile({ metadata: { total_size }, weight_map: Object.fromEntries(places) }))
}

/**
 * Copies weights to the tensors of the same names. Wider and narrower floats become f32.
 *
 * @param owner whose the tensors are, for the message
 * @throws TensorMismatchError listing every unknown, missing and misshapen weight, with nothing changed
 */
export function loadWeights(
  targets: ReadonlyMap<string, Tensor>,
  weights: ReadonlyMap<string, StoredTensor>,
  owner: string,
): void {
  const unknown = [...weights.keys()].filter((name) => !targets.has(name))
  const missing = [...targets.keys()].filter((name) => !weights.has(name))
  const misfitting = [...targets].flatMap(([name, { shape }]) => {
    const weight = weights.get(name)
    if (!weight || (sameShape(weight.shape, shape) && floats.includes(weight.type))) return []
    return [`${name} is ${weight.type.toLowerCase()}${formatShape(weight.shape)}, expected f32${formatShape(shape)}`]
  })
  if (unknown.length + missing.length + misfitting.length > 0)
    throw new TensorMismatchError(owner, unknown, missing, misfitting)
  for (const [name, target] of targets) {
    using stored = toTensor(name, weights.get(name)!, { backend: target.backend })
    using values = cast(stored, 'f32')
    target.assign(values)
  }
}

function parse(name: string, file: Uint8Array): Map<string, StoredTensor> {
  try {
    return new Map(parseSafetensors(file).tensors)
  } catch (cause) {
    throw new Error(`${name}: ${(cause as Error).message}`, { cause })
  }
}

function weightMap(index: unknown): ReadonlyMap<string, string> {
  const map = (index as { readonly weight_map?: unknown } | null)?.weight_map
  if (typeof map !== 'object' || map === null) throw new TypeError(`${indexFile}: expected an object 'weight_map'`)
  for (const [name, file] of Object.entries(map)) {
    if (typeof file === 'string' && /^[^/\\]+$/.test(file)) continue
    throw new TypeError(`${indexFile}: ${name} is in ${JSON.stringify(file)}, expected the name of a file beside it`)
  }
  return new Map(Object.entries(map as Readonly<Record<string, string>>))
}

/** Weights in their order, so many a shard that the next one would not fit; one that is larger has a shard of its own. */
function shardsOf(weights: ReadonlyMap<string, Tensor>, maxShardSize: number): Map<string, Tensor>[] {
  const shards = [new Map<string, Tensor>()]
  let size = 0
  for (const [name, weight] of weights) {
    const bytes = bytesOf(weight)
    if (size > 0 && size + bytes > maxShardSize) {
      shards.push(new Map())
      size = 0
    }
    shards.at(-1)!.set(name, weight)
    size += bytes
  }
  return shards
}

function bytesOf({ size, dtype }: Tensor): number {
  return size * dtypes[dtype].bytes
}
