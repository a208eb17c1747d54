import type { Kernels } from '../backend.ts'
import { batchRuns } from './batch.ts'
import { type Block, type Machine, pointerOf } from './machine.ts'

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
  /** What the right operand lies in, if it may be kept packed for products to come. */
  readonly weight?: Block
  /** where a row begins that is added to every row of the output; 0 for none */
  readonly bias: number
  readonly output: number
  readonly matrices: number
  readonly rows: number
  readonly columns: number
  readonly inner: number
}

/** Fewest multiplications for which the best tile matters. */
const tileMatters = 2 ** 16

/** Fewest multiplications worth a thread, and fewest elements to pack. */
const grainSize = 2 ** 18
const packingGrain = 2 ** 14

/** Rows from which on a weight is kept packed; the kernel multiplies fewer without packing. */
const rowsWorthKeeping = 3

/** An item of work is a rectangle of the output. Rows of all tiles divide its rows, and columns its columns. */
const itemRows = 96
const itemColumns = 64

/** Up to so many rows an item has all of them: then no two threads need the same columns of the right operand. */
const fewRows = 256

/** Up to so many rows, the left operand is packed for all threads: its panels come from a cache that they share. */
const rowsPacked = 512

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

/** Runs the kernel, on operands that are packed once where several threads would each pack them. */
export function multiply(machine: Machine, given: Products): void {
  const products = rowsTogether(given)
  const { matrices, rows, columns, inner } = products
  chooseTile(machine, matrices * rows * columns * inner)
  const work = workOf(products)
  // Where there are many matrices, most are multiplied by one thread, which finds them packed in its own cache.
  const shared = machine.threads > 1 && matrices < 4 * machine.threads && work.items > work.grain
  const { panelRows, panelColumns } = machine.exports
  const left = shared && rows <= rowsPacked ? { ...products.left, lanes: rows, width: panelRows() } : undefined
  const right = { ...products.right, lanes: columns, width: panelColumns() }
  withPacked(machine, products, left, (packedLeft) => {
    // The last to ask for memory: what is kept may go when there is none.
    const kept = rows >= rowsWorthKeeping ? keptPanels(machine, products, right) : 0
    if (kept) run(machine, products, work, packedLeft, kept)
    else {
      withPacked(machine, products, shared && rows > work.rows ? right : undefined, (packedRight) =>
        run(machine, products, work, packedLeft, packedRight),
      )
    }
  })
}

/** Where the panels of a weight are kept; 0 if they are not. */
function keptPanels(machine: Machine, { weight, inner }: Products, right: Packing): number {
  if (!weight) return 0
  const { lanes, width } = right
  const bytes = machine.exports.packedBytes(lanes, inner, width) >>> 0
  return machine.panels.of(weight, { lanes, inner, width, bytes }, (target) =>
    packAll(machine, 1, inner, right, target),
  )
}

/** How a product is shared out. */
interface Work {
  /** of an item */
  readonly rows: number
  readonly columns: number
  readonly items: number
  readonly grain: number
}

function workOf({ matrices, rows, columns, inner }: Products): Work {
  const item = { rows: rows <= fewRows ? Math.max(rows, 1) : itemRows, columns: itemColumns }
  const multiplications = item.rows * Math.min(item.columns, columns) * inner
  return {
    ...item,
    items: matrices * Math.ceil(rows / item.rows) * Math.ceil(columns / item.columns),
    grain: Math.ceil(grainSize / Math.max(multiplications, 1)),
  }
}

function run(machine: Machine, products: Products, work: Work, packedLeft: number, packedRight: number): void {
  const { left, right, bias, output, rows, columns, inner } = products
  machine.run(
    'matmul',
    work.items,
    work.grain,
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
    work.rows,
    work.columns,
    packedLeft,
    packedRight,
  )
}

interface Packing extends Operand {
  /** rows of the left operand, columns of the right */
  readonly lanes: number
  /** lanes of a panel */
  readonly width: number
}

/** Packs all matrices of an operand, on all threads, for the time of a call; without an operand, lends 0. */
function withPacked(
  machine: Machine,
  { matrices, inner }: Products,
  operand: Packing | undefined,
  use: (packed: number) => void,
): void {
  if (!operand) {
    use(0)
    return
  }
  const bytes = matrices * (machine.exports.packedBytes(operand.lanes, inner, operand.width) >>> 0)
  machine.withScratch(bytes, (packed) => {
    packAll(machine, matrices, inner, operand, packed)
    use(packed)
  })
}

function packAll(machine: Machine, matrices: number, inner: number, operand: Packing, target: number): void {
  const { pointer, innerStep, laneStep, matrixStep, lanes, width } = operand
  const panels = matrices * machine.exports.panels(lanes, width)
  const grain = Math.ceil(packingGrain / Math.max(inner * width, 1))
  machine.run('packPanels', panels, grain, pointer, target, lanes, inner, innerStep, laneStep, matrixStep, width)
}

/** Many left matrices times one right matrix are one product, where the rows of all lie at one distance. */
function rowsTogether(products: Products): Products {
  const { left, right, matrices, rows } = products
  if (matrices === 1 || right.matrixStep !== 0 || left.matrixStep !== rows * left.laneStep) return products
  return { ...products, matrices: 1, rows: rows * matrices }
}
