/** What is known of the vectors x that a layer was given. */
export interface InputStatistics {
  /** features of x */
  readonly size: number
  /** vectors: for x `[batch, length, size]` batch · length of each call */
  readonly count: number
  /** Σ x xᵀ `[size, size]`, symmetric, if it was asked for */
  readonly gram?: Float64Array
  /** Σ x² `[size]` */
  readonly squares: Float64Array
  /** max |x| `[size]` */
  readonly absoluteMax: Float32Array
  /** mean |x| `[size]` */
  readonly absoluteMean: Float64Array
}

interface Sums {
  readonly size: number
  count: number
  readonly absoluteMax: Float32Array
  readonly absolute: Float64Array
  readonly squares: Float64Array
  readonly gram: Float64Array | undefined
}

/** Rows of a band of Σ x xᵀ, of which only what begins on the diagonal is computed. */
export const gramBand = 256

/** Adds up the inputs of modules. Those that are always given the same share their sums. */
export class InputSums {
  /** By the modules that were given the same tensor, so that each of them is in as many groups as it had company. */
  readonly #groups = new Map<string, { readonly paths: readonly string[]; readonly sums: Sums }>()

  /**
   * @param paths of the modules that were given these vectors
   * @param parts max|x|, Σ|x|, Σ x², and maybe the bands of Σ x xᵀ
   * @throws RangeError if a sum is not finite
   */
  add(paths: readonly string[], count: number, parts: readonly Float32Array[]): void {
    const [max, absolute, squares, ...bands] = parts
    if (!squares!.every(Number.isFinite)) {
      throw new RangeError(`collectInputs: an input of '${paths[0]}' has NaN, an infinity or a square beyond f32 in it`)
    }
    const key = JSON.stringify(paths)
    const group = this.#groups.get(key) ?? { paths: [...paths], sums: blank(max!.length, bands.length > 0) }
    this.#groups.set(key, group)
    accumulate(group.sums, { count, absoluteMax: max!, absolute: absolute!, squares: squares! })
    for (const [index, band] of bands.entries()) addBand(group.sums, index * gramBand, band)
  }

  /** By module; one object for all modules of a group that were in no other. */
  statistics(): Map<string, InputStatistics> {
    const parts = new Map<string, Sums[]>()
    for (const { paths, sums } of this.#groups.values()) {
      for (const path of paths) parts.set(path, [...(parts.get(path) ?? []), sums])
    }
    const shared = new Map<Sums, InputStatistics>()
    return new Map(
      [...parts].map(([path, list]) => {
        const whole = list.length === 1 ? list[0]! : merged(path, list)
        const statistics = shared.get(whole) ?? finished(whole)
        shared.set(whole, statistics)
        return [path, statistics]
      }),
    )
  }
}

function blank(size: number, withGram: boolean): Sums {
  return {
    ...{ size, count: 0, absoluteMax: new Float32Array(size) },
    ...{ absolute: new Float64Array(size), squares: new Float64Array(size) },
    gram: withGram ? new Float64Array(size * size) : undefined,
  }
}

interface Part {
  readonly count: number
  readonly absoluteMax: ArrayLike<number>
  readonly absolute: ArrayLike<number>
  readonly squares: ArrayLike<number>
}

function accumulate(sums: Sums, { count, absoluteMax, absolute, squares }: Part): void {
  sums.count += count
  for (let j = 0; j < sums.size; j++) {
    sums.absoluteMax[j] = Math.max(sums.absoluteMax[j]!, absoluteMax[j]!)
    sums.absolute[j]! += absolute[j]!
    sums.squares[j]! += squares[j]!
  }
}

function addBand({ gram, size }: Sums, start: number, band: ArrayLike<number>): void {
  const width = size - start
  for (let index = 0; index < band.length; index++) {
    const column = index % width
    gram![(start + (index - column) / width) * size + start + column]! += band[index]!
  }
}

/** @throws RangeError if the module was given vectors of several sizes */
function merged(path: string, list: readonly Sums[]): Sums {
  const { size } = list[0]!
  const whole = blank(size, list[0]!.gram !== undefined)
  for (const each of list) {
    if (each.size !== size)
      throw new RangeError(`collectInputs: '${path}' was given vectors of ${size} and ${each.size}`)
    accumulate(whole, each)
    each.gram?.forEach((value, index) => {
      whole.gram![index]! += value
    })
  }
  return whole
}

function finished({ size, count, absoluteMax, absolute, squares, gram }: Sums): InputStatistics {
  if (gram) makeSymmetric(gram, size)
  const absoluteMean = absolute.map((each) => each / count)
  return { size, count, absoluteMax, absoluteMean, squares, ...(gram && { gram }) }
}

/** Only what is right of a band's first column was added up. */
function makeSymmetric(gram: Float64Array, size: number): void {
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) gram[row * size + column] = gram[column * size + row]!
  }
}
