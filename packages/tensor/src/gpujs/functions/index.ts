import { arithmetic } from './arithmetic.ts'
import { elementary } from './elementary.ts'
import { errorFunction } from './error-function.ts'
import type { NativeFunctions } from './native.ts'
import { places } from './places.ts'
import { trigonometry } from './trigonometry.ts'

export { bits } from './bits.ts'
export { loops } from './loops.ts'

/** Every function without a loop that a kernel may call. */
export const nativeFunctions: NativeFunctions = {
  ...places,
  ...arithmetic,
  ...elementary,
  ...errorFunction,
  ...trigonometry,
}
