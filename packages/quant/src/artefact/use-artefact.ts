import { loadParameters, type Module, namedParameters, TensorMismatchError, type Transform } from '@tlc/nn'
import { type Backend, currentBackend, sameShape, type Tensor, tensor } from '@tlc/tensor'
import { decode } from '../decode.ts'
import type { Artefact } from './artefact.ts'

/**
 * Lets a model compute with the weights of an artefact until disposed: each parameter's value becomes the decoded one,
 * by a transform on its seam, and its stored values wait untouched.
 * ```ts
 * {
 *   using _quantized = useArtefact(model, artefact)
 *   accuracy = await evaluate(model)
 * }
 * ```
 * No gradient reaches the stored values meanwhile.
 *
 * @throws TensorMismatchError if names or shapes are not the model's; then nothing is changed
 */
export function useArtefact(model: Module, artefact: Artefact): Disposable {
  const parameters = namedParameters(model)
  checkNames(new Map([...parameters].map(([name, { stored }]) => [name, stored])), artefact)
  const undo: (() => void)[] = []
  for (const [name, { stored, transforms }] of parameters) {
    const decoded = decodeTensor(artefact, name, stored.backend)
    // It lives until disposed, whatever scope happens to be open now.
    decoded.moveTo(undefined)
    const transform: Transform = () => decoded
    transforms.push(transform)
    undo.push(() => {
      transforms.splice(transforms.indexOf(transform), 1)
      decoded.dispose()
    })
  }
  return {
    [Symbol.dispose]() {
      for (const each of undo.splice(0)) each()
    },
  }
}

/**
 * Writes the weights of an artefact into a model for good. Transforms on the parameters stay.
 *
 * @throws TensorMismatchError if names or shapes are not the model's; then nothing is changed
 */
export function loadArtefact(model: Module, artefact: Artefact): void {
  const tensors = decodeArtefact(artefact, namedParameters(model).values().next().value?.stored.backend)
  try {
    loadParameters(model, tensors)
  } finally {
    for (const each of tensors.values()) each.dispose()
  }
}

/** The weights of an artefact as tensors by name, f32; the caller's to free. */
export function decodeArtefact(artefact: Artefact, backend: Backend = currentBackend()): Map<string, Tensor> {
  return new Map([...artefact.tensors.keys()].map((name) => [name, decodeTensor(artefact, name, backend)]))
}

function decodeTensor({ tensors }: Artefact, name: string, backend: Backend): Tensor {
  const found = tensors.get(name)!
  return tensor(decode(found), { shape: found.shape, backend })
}

function checkNames(parameters: ReadonlyMap<string, Tensor>, { tensors }: Artefact): void {
  const unknown = [...tensors.keys()].filter((name) => !parameters.has(name))
  const missing = [...parameters.keys()].filter((name) => !tensors.has(name))
  const misfitting = [...parameters].filter(([name, { shape }]) => {
    const found = tensors.get(name)
    return found && !sameShape(found.shape, shape)
  })
  if (unknown.length + missing.length + misfitting.length > 0) {
    throw new TensorMismatchError(
      'the module',
      unknown,
      missing,
      misfitting.map(([name]) => name),
    )
  }
}
