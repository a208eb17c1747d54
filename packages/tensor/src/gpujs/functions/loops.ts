/** A function that reads several elements, in gpu.js's own JavaScript, which it translates where it must. */
interface Loop {
  readonly arrays: readonly string[]
  /** The other arguments, whole numbers. */
  readonly integers: readonly string[]
  readonly body: string
}

const span = ['first', 'count', 'step'] as const

/** What is read at a place, and sums and the like over `count` elements that lie `step` apart. */
export const loops: Readonly<Record<string, Loop>> = {
  /** For a place that depends on another array: gpu.js keeps such an index in a float. */
  element: { arrays: ['x'], integers: ['place'], body: 'return x[place];' },
  total: {
    arrays: ['x'],
    integers: span,
    body: 'let sum = 0; for (let i = 0; i < count; i++) { sum += x[first + i * step]; } return sum;',
  },
  largest: {
    arrays: ['x'],
    integers: span,
    body: `let most = x[first];
      for (let i = 1; i < count; i++) { most = larger(most, x[first + i * step]); }
      return most;`,
  },
  product: {
    arrays: ['a', 'b'],
    integers: ['firstA', 'firstB', 'count', 'stepA', 'stepB'],
    body: `let sum = 0;
      for (let i = 0; i < count; i++) { sum += a[firstA + i * stepA] * b[firstB + i * stepB]; }
      return sum;`,
  },
  /** Σ of those rows of x that a list names. */
  listed: {
    arrays: ['x', 'list'],
    integers: ['first', 'count', 'base', 'step'],
    body: `let sum = 0;
      for (let i = 0; i < count; i++) { sum += element(x, base + whole(list[first + i]) * step); }
      return sum;`,
  },
}
