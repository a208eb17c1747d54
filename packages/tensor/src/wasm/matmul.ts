import type { Kernels } from '../backend.ts'
import { batchRuns } from './batch.ts'
import { type Machine, pointerOf } from './machine.ts'

/** One operand of a product: where it begins, and bytes from one to the next. */
interface Operand {
  readonly pointer: number
  /** from row to row of the left operand, from column to column of the right */
  readonly laneStep: number
  readonly innerStep: number
  readonly matrixStep: number
}

/** Products of one size, with outputs one behind the other. */
interface Products {
  readonly left: Operand
  readonly right: Operand
  /** where a row begins that is added to every row of the output; 0 for none */
  readonly bias: number
  readonly output: number
  readonly matrices: number
  readonly rows: number
  readonly columns: number
  readonly inner: number
}

/** Rows (or columns) of one item of work, as the kernel has it. */
const itemSize = 32

/** Fewest multiplications for which the best tile matters. */
const tileMatters = 2 ** 16

/** Fewest multiplications worth a thread, and fewest elements to pack. */
const grainSize = 2 ** 18
const packingGrain = 2 ** 14

/** With fewer rows than this for each thread, a wide product is split by columns: all of a is packed for each piece. */
const rowsPerThread = 128

export function contraction(machine: Machine): Pick<Kernels, 'matmul'> {
  machine.reserve(machine.exports.productArena())
  return {
    matmul: ([a, b], { transposeA, transposeB }, [y]) => {
      const [rows, columns] = y!.shape.slice(-2) as [number, number]
      const inner = a!.shape.at(transposeA ? -2 : -1)!
      const leftSteps = stepsOf(transposeA, rows, inner)
      const rightSteps = stepsOf(!transposeB, columns, inner)
      for (const run of batchRuns(a!.shape.slice(0, -2), b!.shape.slice(0, -2), y!.shape.slice(0, -2))) {
        multiply(machine, {
          left: operand(pointerOf(a!), rows * inner, run.left, run.leftStep, leftSteps),
          right: operand(pointerOf(b!), inner * columns, run.right, run.rightStep, rightSteps),
          bias: 0,
          output: pointerOf(y!) + 4 * rows * columns * run.output,
          matrices: run.matrices,
          rows,
          columns,
          inner,
        })
      }
    },
  }
}

type Steps = Pick<Operand, 'laneStep' | 'innerStep'>

/** Steps of a contiguous matrix, whose lanes (rows or columns of the product) lie side by side or one behind the other. */
function stepsOf(lanesAdjacent: boolean, lanes: number, inner: number): Steps {
  return lanesAdjacent ? { laneStep: 4, innerStep: 4 * lanes } : { laneStep: 4 * inner, innerStep: 4 }
}

function operand(pointer: number, size: number, first: number, step: number, steps: Steps): Operand {
  return { ...steps, pointer: pointer + 4 * size * first, matrixStep: 4 * size * step }
}

/** Measures which tile is best, before the first products that are worth it. */
export function chooseTile(machine: Machine, multiplications: number): void {
  if (multiplications >= tileMatters) machine.tile.choose()
}

/** Runs the kernel, on a right operand that is packed once where several threads would each pack it. */
export function multiply(machine: Machine, given: Products): void {
  const products = rowsTogether(given)
  chooseTile(machine, products.matrices * products.rows * products.columns * products.inner)
  const { matrices, rows, columns, inner } = products
  const byColumns = columns > rows * matrices && rows * matrices < rowsPerThread * machine.threads
  const work: Work = {
    byColumns,
    items: matrices * Math.ceil((byColumns ? columns : rows) / itemSize),
    grain: Math.ceil(grainSize / Math.max(itemSize * (byColumns ? rows : columns) * inner, 1)),
  }
  // Where there are many matrices, most are multiplied by one thread, which finds them packed in its own cache.
  const shared = machine.threads > 1 && !byColumns && matrices < 4 * machine.threads && work.items > work.grain
  if (!shared) run(machine, products, work, 0)
  else {
    const bytes = matrices * (machine.exports.packedBytes(columns, inner) >>> 0)
    machine.withScratch(bytes, (packed) => {
      packColumns(machine, products, packed)
      run(machine, products, work, packed)
    })
  }
}

interface Work {
  /** an item is a stripe of columns; else of rows */
  readonly byColumns: boolean
  readonly items: number
  readonly grain: number
}

function run(machine: Machine, products: Products, { byColumns, items, grain }: Work, packed: number): void {
  const { left, right, bias, output, rows, columns, inner } = products
  machine.run(
    'matmul',
    items,
    grain,
    left.pointer,
    right.pointer,
    bias,
    output,
    rows,
    columns,
    inner,
    left.laneStep,
    left.innerStep,
    left.matrixStep,
    right.innerStep,
    right.laneStep,
    right.matrixStep,
    Number(byColumns),
    packed,
  )
}

function packColumns(machine: Machine, { right, matrices, columns, inner }: Products, target: number): void {
  const panels = machine.exports.panels(columns)
  machine.run(
    'packColumns',
    matrices * panels,
    Math.ceil(packingGrain / Math.max((inner * columns) / panels, 1)),
    right.pointer,
    target,
    columns,
    inner,
    right.innerStep,
    right.laneStep,
    right.matrixStep,
  )
}

/** Many left matrices times one right matrix are one product, where the rows of all lie at one distance. */
function rowsTogether(products: Products): Products {
  const { left, right, matrices, rows } = products
  if (matrices === 1 || right.matrixStep !== 0 || left.matrixStep !== rows * left.laneStep) return products
  return { ...products, matrices: 1, rows: rows * matrices }
}
