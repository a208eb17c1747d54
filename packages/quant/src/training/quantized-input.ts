import { type ForwardOptions, type Layer, Module, type ModuleType, replaceModules } from '@tlc/nn'
import { reshape, type Tensor } from '@tlc/tensor'
import { checkTrainable, fakeQuantizeOnGrid, fitOnDevice, type TrainableGrid } from './fake-quantize.ts'

/** How activations are quantized. */
export interface InputOptions {
  /** 8 by default */
  readonly bits?: number
  /** `symmetric` by default */
  readonly grid?: TrainableGrid
}

/** A layer whose input is quantized at run time, each row on a grid of its own, as integer kernels do. */
export class QuantizedInput extends Module {
  readonly layer: Layer
  readonly #bits: number
  readonly #grid: TrainableGrid

  constructor(layer: Layer, { bits = 8, grid = 'symmetric' }: InputOptions = {}) {
    super()
    checkTrainable(bits, grid)
    this.layer = layer
    this.#bits = bits
    this.#grid = grid
  }

  /** x `[..., in]`, with the straight-through gradient */
  forward(x: Tensor, options: ForwardOptions = {}): Tensor {
    const rows = reshape(x, [-1, x.shape.at(-1)!]) // [rows, in]
    const quantized = fakeQuantizeOnGrid(rows, fitOnDevice(rows, this.#bits, this.#grid), 2 ** this.#bits - 1)
    return this.layer.forward(reshape(quantized, x.shape), options)
  }
}

/**
 * Quantizes the inputs of every layer of a type until disposed, so that a model trains with the activations that it will have
 * when quantized. Names of parameters are longer by `.layer` meanwhile.
 */
export function quantizeInputs<L extends Layer>(
  root: Module,
  type: ModuleType<L>,
  options: InputOptions = {},
): Disposable {
  replaceModules(root, type, (layer) => new QuantizedInput(layer, options))
  return {
    [Symbol.dispose]: () => void replaceModules(root, QuantizedInput, ({ layer }) => layer),
  }
}
