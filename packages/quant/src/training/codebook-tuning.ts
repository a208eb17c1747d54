import { Parameter, type Transform } from '@tlc/nn'
import { gather, reshape, tensor } from '@tlc/tensor'
import type { CodebookCodes } from '../schemes/codebook.ts'

/** The shared values of a weight, while they are trained. */
export interface TunableCodebook extends Disposable {
  /** `[2^bits]`; its gradient is the sum over the weights that share a value: ∂L/∂c_j = Σ ∂L/∂w, w of code j */
  readonly centroids: Parameter
  /** The codebook as it has become, on the same codes. */
  encoded(): Promise<CodebookCodes>
}

/**
 * Lets a weight be its codebook's values until disposed, so that training moves the values: give `centroids` to the optimizer,
 * in the weight's place. The stored weight is not used, and gets no gradient.
 *
 * @throws RangeError if the codebook is of another shape than the parameter
 * @see Han et al. 2016, Deep Compression, section 3.3
 */
export function tuneCodebook(parameter: Parameter, codebook: CodebookCodes): TunableCodebook {
  const { shape, backend } = parameter.stored
  if (codebook.shape.join() !== shape.join()) {
    throw new RangeError(`tuneCodebook: a codebook of shape [${codebook.shape}] for a parameter of shape [${shape}]`)
  }
  const centroids = new Parameter(tensor(codebook.centroids, { backend }))
  const codes = tensor(Int32Array.from(codebook.codes), { backend })
  // They live until disposed, whatever scope happens to be open now.
  centroids.stored.moveTo(undefined)
  codes.moveTo(undefined)
  const transform: Transform = () => reshape(gather(centroids.value, codes), shape)
  parameter.transforms.unshift(transform)
  return {
    centroids,
    async encoded() {
      return { ...codebook, centroids: Float32Array.from(await centroids.stored.data()) }
    },
    [Symbol.dispose]() {
      parameter.transforms.splice(parameter.transforms.indexOf(transform), 1)
      centroids.stored.dispose()
      codes.dispose()
    },
  }
}
