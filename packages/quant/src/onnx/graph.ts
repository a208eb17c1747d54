import type { DType, Shape, TypedArray } from '@tlc/tensor'
import { type ElementType, elementTypes, type OnnxAttribute, type OnnxNode, type OnnxTensor } from './model-proto.ts'
import { formatSize, isFixed, type Size } from './size.ts'

/** How element types are called in ONNX. */
export const typeNames: { readonly [D in DType]: ElementType | undefined } = {
  ...{ f32: 'float', i32: 'int32', bool: 'bool', i8: 'int8', u8: 'uint8' },
  ...{ u32: undefined, f16: undefined, bf16: undefined },
}

/** What is particular about a node. */
export interface NodeOptions {
  readonly attributes?: { readonly [name: string]: OnnxAttribute }
  /** how many results it has; one by default */
  readonly outputs?: number
  readonly domain?: string
}

/** A graph in the making. Values are known by their names. */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = []
  readonly initializers: OnnxTensor[] = []
  /** Where a size that has a name is found: an input, and which of its axes. */
  readonly #places: ReadonlyMap<string, { readonly input: string; readonly axis: number }>
  readonly #known = new Map<string, string>()
  readonly #used = new Set<string>()
  /** Begins the names of nodes made from now on: a path in the model. */
  label = ''

  constructor(places: ReadonlyMap<string, { readonly input: string; readonly axis: number }>) {
    this.#places = places
  }

  /** Adds a node; the name of its first result. */
  node(op: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.nodeOfMany(op, inputs, options)[0]!
  }

  /** Adds a node; the names of its results. */
  nodeOfMany(op: string, inputs: readonly string[], options: NodeOptions = {}): readonly string[] {
    const { attributes = {}, outputs: count = 1, domain = '' } = options
    const name = this.unused(`${this.label}/${op}`)
    const outputs = Array.from({ length: count }, (_, place) => this.unused(`${name}_output_${place}`))
    this.nodes.push({ op, inputs, outputs, attributes, name, domain })
    return outputs
  }

  /** Lets a value come out of the graph under a name. */
  output(name: string, value: string): void {
    this.nodes.push({ op: 'Identity', inputs: [value], outputs: [name], name: this.unused(`${name}/Identity`) })
  }

  /** Numbers under a name or, if that is in use, one like it; the name. */
  initializer(wanted: string, shape: Shape, type: ElementType, values: TypedArray | BigInt64Array): string {
    const name = this.unused(wanted)
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    this.initializers.push({ name, shape, type, bytes })
    return name
  }

  /** Numbers that need no name of their own; those that are there already are used again. */
  constant(values: TypedArray | BigInt64Array, type: ElementType, shape: Shape = [values.length]): string {
    const make = (): string => this.initializer('constant', shape, type, values)
    return values.length > 16 ? make() : this.once(`${type} [${shape}] ${values}${hasNegativeZero(values)}`, make)
  }

  floats(...values: number[]): string {
    return this.constant(Float32Array.from(values), 'float')
  }

  /** One number of a type, without axes. */
  scalar(value: number, dtype: 'f32' | 'i32'): string {
    return dtype === 'f32'
      ? this.constant(Float32Array.of(value), 'float', [])
      : this.constant(Int32Array.of(value), 'int32', [])
  }

  /** Whole numbers, for axes, places and shapes: int64 `[count]`. */
  integers(...values: number[]): string {
    return this.constant(BigInt64Array.from(values, BigInt), 'int64')
  }

  /** A size: int64 `[1]`. */
  size(size: Size): string {
    return this.once(`size ${formatSize(size)}`, () => {
      const { names, factor, offset } = size
      if (isFixed(size)) return this.integers(offset)
      const product = names.map((name) => this.#named(name)).reduce((a, b) => this.node('Mul', [a, b]))
      const scaled = factor === 1 ? product : this.node('Mul', [product, this.integers(factor)])
      return offset === 0 ? scaled : this.node('Add', [scaled, this.integers(offset)])
    })
  }

  /** Several sizes: int64 `[count]`. */
  sizes(sizes: readonly Size[]): string {
    if (sizes.every(isFixed)) return this.integers(...sizes.map(({ offset }) => offset))
    return this.once(`sizes ${sizes.map(formatSize)}`, () =>
      this.node(
        'Concat',
        sizes.map((size) => this.size(size)),
        { attributes: { axis: 0 } },
      ),
    )
  }

  /** A size as one number without axes. */
  numberOf(size: Size, dtype: 'f32' | 'i32'): string {
    if (isFixed(size)) return this.scalar(size.offset, dtype)
    return this.once(`${dtype} ${formatSize(size)}`, () => {
      const to = elementTypes[typeNames[dtype]!]
      return this.node('Cast', [this.node('Squeeze', [this.size(size)])], { attributes: { to } })
    })
  }

  /** What `make` made when this was first asked for. */
  once(key: string, make: () => string): string {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = make()
    this.#known.set(key, made)
    return made
  }

  /** A name that is not in use yet, for nodes and values alike. */
  unused(wanted: string): string {
    let name = wanted
    for (let count = 1; this.#used.has(name); count++) name = `${wanted}_${count}`
    this.#used.add(name)
    return name
  }

  #named(name: string): string {
    return this.once(`size ${name}`, () => {
      const { input, axis } = this.#places.get(name)!
      return this.node('Shape', [input], { attributes: { start: axis, end: axis + 1 } })
    })
  }
}

/** In text -0 looks like 0. */
function hasNegativeZero(values: TypedArray | BigInt64Array): boolean {
  return values instanceof Float32Array && values.some((x) => Object.is(x, -0))
}
