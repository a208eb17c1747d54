import type { Parameter } from '@tlc/nn'
import { distinct } from './distinct.ts'
import { setMask } from './mask.ts'
import { type Sparsity, sparsityOf } from './sparsity.ts'

/**
 * Sets on each parameter the mask of its stored values, 0 where they are: a model whose zeros were baked in, and that came
 * from a file without masks, keeps its zeros through further training. Replaces masks that are there.
 *
 * @returns the zeros that there are
 */
export async function maskZeros(parameters: ReadonlyMap<string, Parameter>): Promise<Sparsity> {
  for (const [, parameter] of distinct(parameters)) {
    setMask(
      parameter,
      Uint8Array.from(await parameter.stored.data(), (w) => Number(w !== 0)),
    )
  }
  return sparsityOf(parameters)
}
