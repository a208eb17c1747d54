import { type Backend, type Composites, composites, type Shape, type Tensor, tensor } from '@tlc/tensor'
import { type Case, type Group, numbers } from '../case.ts'
import { type BenchmarkedModel, maskedCount } from '../models.ts'
import { adamwCase } from './adamw.ts'
import { compositeCase } from './composite.ts'
import { copyCase } from './copy.ts'

/** A composite at a shape of the model, its derivative, and the bytes that each has to move. */
interface Kernel {
  readonly row: string
  readonly forward: Call
  readonly backward?: Call
}

type Call = { readonly [C in keyof Composites]: CallOf<C> }[keyof Composites]

interface CallOf<C extends keyof Composites> {
  readonly op: C
  readonly parameters: Composites[C]
  /** f32 read and written */
  readonly moved: number
  readonly inputs: (draw: Draw) => readonly Tensor[]
}

/**
 * Kernels that memory, not arithmetic, should limit, at the shapes of a model's training step.
 *
 * @param besideCopies whether to compare them with copies in the memory of the host
 */
export function kernelGroup(model: BenchmarkedModel, besideCopies: boolean): Group {
  const cases = kernelsOf(model).flatMap(({ row, forward, backward }) => [
    caseOf(row, 'forward', forward),
    ...(backward ? [caseOf(row, 'backward', backward)] : []),
    copyCase(row, 4 * forward.moved),
  ])
  const all = [...cases, ...adamwCase(model)]
  return {
    name: 'kernels',
    title: `Kernels at the shapes of ${model.name}: bytes that must be read and written${besideCopies ? ', beside a plain copy of as many' : ''}`,
    unit: 'GB/s',
    cases: besideCopies ? all : all.filter(({ column }) => column !== 'copy'),
  }
}

function caseOf(row: string, column: string, { op, parameters, moved, inputs }: Call): Case {
  return compositeCase<unknown>({
    row,
    column,
    op: composites[op],
    parameters,
    work: 4 * moved,
    inputs: (backend) => inputs(new Draw(backend)),
  })
}

/** Inputs on a backend. */
class Draw {
  readonly #backend: Backend
  #drawn = 0

  constructor(backend: Backend) {
    this.#backend = backend
  }

  floats(shape: Shape, offset = 0): Tensor {
    const data = numbers(product(shape), this.#drawn++)
    return tensor(offset === 0 ? data : data.map((x) => x + offset), { shape, backend: this.#backend })
  }

  ids(count: number, below: number): Tensor {
    return tensor(
      Int32Array.from({ length: count }, (_, i) => (i * 7919) % below),
      { backend: this.#backend },
    )
  }
}

function kernelsOf(model: BenchmarkedModel): readonly Kernel[] {
  const { hiddenSize, heads, feedForwardSize, vocabularySize, maxLength } = model.sizes
  const hidden: Shape = [model.batch * maxLength, hiddenSize]
  return [
    softmax([model.batch, heads, maxLength, maxLength]),
    layerNorm(hidden),
    gelu([model.batch * maxLength, feedForwardSize]),
    crossEntropy(maskedCount(model), vocabularySize),
    dropout(hidden),
    embedding(vocabularySize, hidden),
  ]
}

function product(shape: Shape): number {
  return shape.reduce((size, length) => size * length, 1)
}

function softmax(shape: Shape): Kernel {
  const size = product(shape)
  const inputs = (count: number) => (draw: Draw) => Array.from({ length: count }, () => draw.floats(shape))
  return {
    row: `softmax [${shape.join(', ')}]`,
    forward: { op: 'softmax', parameters: {}, moved: 2 * size, inputs: inputs(1) },
    backward: { op: 'softmaxGrad', parameters: {}, moved: 3 * size, inputs: inputs(2) },
  }
}

function gelu(shape: Shape): Kernel {
  const size = product(shape)
  return {
    row: `gelu [${shape.join(', ')}]`,
    forward: { op: 'gelu', parameters: {}, moved: 2 * size, inputs: (draw) => [draw.floats(shape)] },
    backward: {
      op: 'geluGrad',
      parameters: {},
      moved: 3 * size,
      inputs: (draw) => [draw.floats(shape), draw.floats(shape)],
    },
  }
}

function layerNorm(shape: Shape): Kernel {
  const [rows, columns] = shape as [number, number]
  const size = rows * columns
  return {
    row: `layerNorm [${shape.join(', ')}]`,
    forward: {
      op: 'layerNorm',
      parameters: { epsilon: 1e-5 },
      moved: 2 * size,
      inputs: (draw) => [draw.floats(shape), draw.floats([columns]), draw.floats([columns])],
    },
    backward: {
      op: 'layerNormGrad',
      parameters: {},
      moved: 3 * size,
      inputs: (draw) => [
        draw.floats(shape),
        draw.floats([columns]),
        draw.floats([rows, 1]),
        draw.floats([rows, 1], 2),
        draw.floats(shape),
      ],
    },
  }
}

function crossEntropy(rows: number, classes: number): Kernel {
  const parameters = { ignoreIndex: -100, labelSmoothing: 0 }
  return {
    row: `crossEntropy [${rows}, ${classes}]`,
    forward: {
      op: 'crossEntropy',
      parameters,
      moved: rows * classes,
      inputs: (draw) => [draw.floats([rows, classes]), draw.ids(rows, classes)],
    },
    backward: {
      op: 'crossEntropyGrad',
      parameters,
      moved: 2 * rows * classes,
      // ln Σ e^logits is about ln(classes) for logits in -1..1.
      inputs: (draw) => [
        draw.floats([rows, classes]),
        draw.ids(rows, classes),
        draw.floats([rows], Math.log(classes)),
        draw.floats([rows]),
      ],
    },
  }
}

/** Its derivative is the same kernel. */
function dropout(shape: Shape): Kernel {
  return {
    row: `dropout [${shape.join(', ')}]`,
    forward: {
      op: 'dropout',
      parameters: { key: [1, 2], rate: 0.1 },
      moved: 2 * product(shape),
      inputs: (draw) => [draw.floats(shape)],
    },
  }
}

function embedding(rows: number, [tokens, size]: Shape): Kernel {
  const taken = tokens! * size!
  return {
    row: `embedding [${rows}, ${size}] at ${tokens}`,
    forward: {
      op: 'embedding',
      parameters: { paddingIndex: 1 },
      moved: 2 * taken,
      inputs: (draw) => [draw.floats([rows, size!]), draw.ids(tokens!, rows)],
    },
    backward: {
      op: 'embeddingGrad',
      parameters: { rows, paddingIndex: 1 },
      // Every update is read and added, and the whole table written.
      moved: taken + rows * size!,
      inputs: (draw) => [draw.floats([tokens!, size!]), draw.ids(tokens!, rows)],
    },
  }
}
