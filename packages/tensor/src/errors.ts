/** Sizes that do not fit together, or an axis that does not exist. */
export class ShapeError extends Error {
  override name = 'ShapeError'
}

/** Element types that an operation cannot take, or that do not match. */
export class DTypeError extends Error {
  override name = 'DTypeError'
}

/** A tensor or backend used after it was freed or closed, or two backends mixed in one operation. */
export class LifetimeError extends Error {
  override name = 'LifetimeError'
}
