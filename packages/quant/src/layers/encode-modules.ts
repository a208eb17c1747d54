import { currentValues, type Module, type ModuleType, namedModules, type Parameter } from '@tlc/nn'
import { type AffineCodes, type AffineOptions, affine } from '../schemes/affine/affine.ts'

/** Which modules of a type get another in their place. */
export interface ReplacementOptions {
  /** all by default; a head or a small layer may be left as it is */
  readonly where?: (path: string) => boolean
}

/**
 * Reads and encodes the weights that modules of a type compute with, masks applied.
 *
 * @param make makes the new module, from the codes
 * @returns what `replaceModules` calls: it keeps those that were not chosen
 * @throws RangeError if a weight cannot be quantized; the message names its path
 */
export async function encodeModules<M extends Module & { readonly weight: Parameter }>(
  root: Module,
  type: ModuleType<M>,
  options: AffineOptions & ReplacementOptions,
  make: (module: M, codes: AffineCodes) => Module,
): Promise<(module: M) => Module> {
  const scheme = affine(options)
  const encoded = new Map<Module, AffineCodes>()
  for (const [path, module] of namedModules(root)) {
    if (!(module instanceof type) || encoded.has(module) || !(options.where?.(path) ?? true)) continue
    try {
      encoded.set(module, scheme.encode(await currentValues(module.weight), module.weight.stored.shape))
    } catch (cause) {
      throw new RangeError(`'${path}': ${(cause as Error).message}`, { cause })
    }
  }
  return (module) => {
    const codes = encoded.get(module)
    return codes ? make(module, codes) : module
  }
}
