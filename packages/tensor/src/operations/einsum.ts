import { ShapeError } from '../errors.ts'
import { formatShape, type Shape, sizeOf } from '../shape.ts'
import type { Tensor } from '../tensor.ts'
import { matmul } from './contraction.ts'
import { expand, permute, reshape } from './movement.ts'
import { sum } from './reduction.ts'

/** A tensor whose axes have names: one letter each; axes under '...' are named by digits, counted from the last. */
interface Named {
  readonly tensor: Tensor
  readonly names: string
}

interface Equation {
  readonly inputs: readonly string[]
  readonly output: string
}

/**
 * Einstein's sum: the output at its indices is the sum, over all indices that it lacks, of the products of the operands.
 * `einsum('bij,bjk->bik', a, b)` is a batch of matrix products, `einsum('ij->ji', a)` a transpose, `einsum('i,i', a, b)`
 * a dot product. Without `->` the output has the indices that occur once, by alphabet. `...` stands for leading axes that
 * broadcast. Operands are multiplied from left to right, each pair by one batched product.
 *
 * @param equation the indices of each operand, one letter an axis, separated by commas, then `->` and those of the output
 * @param operands f32, one for each list of indices
 * @throws ShapeError where the equation does not fit the operands, and for an index twice in one operand (a diagonal)
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(equation, operands)
  const named = operands.map((tensor, place): Named => ({ tensor, names: inputs[place]! }))
  checkSizes(equation, named)
  const needed = (from: number): string => output + inputs.slice(from).join('')
  const first = summedTo(named[0]!, needed(1))
  const product = named.slice(1).reduce((left, right, place) => multiply(left, right, needed(place + 2)), first)
  return arranged(product, output)
}

/** Axis names of every operand and of the output, with '...' spelled out. */
function parse(equation: string, operands: readonly Tensor[]): Equation {
  const [left = '', right, ...more] = equation.replaceAll(' ', '').split('->')
  const lists = left.split(',')
  const fail = (why: string): never => {
    const shapes = operands.map(({ shape }) => formatShape(shape)).join(', ')
    throw new ShapeError(`einsum: '${equation}' of ${shapes}: ${why}; write for example 'bij,bjk->bik'`)
  }
  if (more.length > 0 || lists.length !== operands.length) fail(`expected indices for ${operands.length} operands`)
  const inputs = lists.map((list, place) => {
    const rest = operands[place]!.shape.length - list.replace('...', '').length
    const names = list.replace('...', () => digits(rest))
    if (!/^[A-Za-z0-9]*$/.test(names) || /\d/.test(list))
      fail(`'${list}' has something that is neither a letter nor '...'`)
    if (names.length !== operands[place]!.shape.length) fail(`'${list}' does not name the axes of operand ${place}`)
    if (new Set(names).size < names.length) fail(`an index occurs twice in '${list}', and diagonals are not taken`)
    return names
  })
  const all = inputs.join('')
  const shared = digits(Math.max(0, ...[...all].filter(isDigit).map((digit) => Number(digit) + 1)))
  const once = [...new Set(all)].filter((name) => !isDigit(name) && all.indexOf(name) === all.lastIndexOf(name))
  const output =
    right === undefined ? shared + once.sort((a, b) => (a < b ? -1 : 1)).join('') : right.replace('...', () => shared)
  const unknown = [...output].find((name) => !all.includes(name))
  if (unknown !== undefined) fail(`no operand has the output's index '${unknown}'`)
  if (new Set(output).size < output.length) fail('an index occurs twice in the output')
  return { inputs, output }
}

/** Names of `count` axes under '...': the last one is 0, so that shorter operands broadcast. */
function digits(count: number): string {
  return Array.from({ length: Math.max(count, 0) }, (_, place) => String(count - 1 - place)).join('')
}

function isDigit(name: string): boolean {
  return name >= '0' && name <= '9'
}

function checkSizes(equation: string, operands: readonly Named[]): void {
  const sizes = new Map<string, number>()
  for (const { tensor, names } of operands) {
    ;[...names].forEach((name, axis) => {
      const size = tensor.shape[axis]!
      const known = sizes.get(name) ?? size
      if (size !== known && !(isDigit(name) && (size === 1 || known === 1))) {
        throw new ShapeError(
          `einsum: '${equation}': index '${name}' has size ${known} in one operand and ${size} in another`,
        )
      }
      sizes.set(name, Math.max(size, known))
    })
  }
}

/** Sums over the axes that nothing needs any more. */
function summedTo({ tensor, names }: Named, needed: string): Named {
  const axis = [...names].flatMap((name, place) => (needed.includes(name) ? [] : [place]))
  if (axis.length === 0) return { tensor, names }
  return { tensor: sum(tensor, { axis }), names: [...names].filter((name) => needed.includes(name)).join('') }
}

/** One batched product: over the indices that both have, kept where `needed`, summed otherwise. */
function multiply(a: Named, b: Named, needed: string): Named {
  const left = summedTo(a, needed + b.names)
  const right = summedTo(b, needed + a.names)
  const both = [...left.names].filter((name) => right.names.includes(name))
  const batch = both.filter((name) => needed.includes(name)).join('')
  const inner = both.filter((name) => !needed.includes(name)).join('')
  const rows = without(left.names, both)
  const columns = without(right.names, both)
  const sizes = sizesOf(left, right)
  const shapeOf = (names: string): Shape => [...names].map((name) => sizes.get(name)!)
  const matrices = (operand: Named, order: string, split: number): Tensor => {
    const tensor = expand(arranged(operand, order), shapeOf(order))
    const [before, after] = [order.slice(batch.length, split), order.slice(split)]
    return reshape(tensor, [sizeOf(shapeOf(batch)), sizeOf(shapeOf(before)), sizeOf(shapeOf(after))])
  }
  const product = matmul(
    matrices(left, batch + rows + inner, batch.length + rows.length), // [batch, rows, inner]
    matrices(right, batch + inner + columns, batch.length + inner.length), // [batch, inner, columns]
  )
  const names = batch + rows + columns
  return { tensor: reshape(product, shapeOf(names)), names }
}

function without(names: string, removed: readonly string[]): string {
  return [...names].filter((name) => !removed.includes(name)).join('')
}

/** The size of every index; of two that broadcast, the larger. */
function sizesOf(...operands: readonly Named[]): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const { tensor, names } of operands) {
    ;[...names].forEach((name, axis) => {
      sizes.set(name, Math.max(sizes.get(name) ?? 0, tensor.shape[axis]!))
    })
  }
  return sizes
}

/** The axes in another order. */
function arranged({ tensor, names }: Named, order: string): Tensor {
  if (names === order) return tensor
  return permute(
    tensor,
    [...order].map((name) => names.indexOf(name)),
  )
}
