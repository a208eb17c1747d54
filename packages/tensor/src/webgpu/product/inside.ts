/** What is between an invocation's empty sums and its complete ones. */
export interface Inside {
  /** functions and workgroup variables */
  readonly declarations?: string
  /** with `begin` and `until`, the part of the inner axis, and `aMatrix`, `bMatrix`, where operands begin */
  readonly body: string
}
