import type { Machine, Operand } from '../machine.ts'
import { each, type RowKernel, runRows } from '../rows/rows.ts'

/** Codes that are read at once: a vector of words. Rows of codes of x are made of whole ones, with zeros at their ends. */
export const codesAtOnce = 16

/**
 * q = round(x / s) with s = max|x| / 127, four codes in a word. Rows whose s is 0 or not finite have q = 0: the product
 * is then 0 · s.
 */
function rounding(wide: boolean): RowKernel {
  const four = wide
    ? 'if (word < parameters.length) { four = x[start + word]; }'
    : `for (var i = 0u; i < 4u; i++) {
      if (4u * word + i < parameters.length) { four[i] = x[start + 4u * word + i]; }
    }`
  return {
    key: 'wholeRows',
    bindings: [
      { name: 'x' },
      { name: 'q', element: 'u32', written: true },
      { name: 'steps', element: 'f32', written: true },
    ],
    parameters: { words: 'u32' },
    body: `  var most = F(0.0);
${each('most = larger$(most, abs(x[i]));')}
  let step = largestOfRow(most) / 127.0;
  if (leads) { steps[row] = step; }
  // From the smallest number to the largest, by bits.
  let divides = bitcast<u32>(step) - 1u < 0x7f7fffffu;
  for (var word = term; isRow && word < parameters.words; word += lanes) {
    var four = vec4f();
    ${four}
    let whole = vec4i(clamp(round(four / step), vec4f(-127.0), vec4f(127.0)));
    let bytes = (bitcast<vec4u>(whole) & vec4u(255u)) << vec4u(0u, 8u, 16u, 24u);
    q[row * parameters.words + word] = select(0u, bytes.x | bytes.y | bytes.z | bytes.w, divides);
  }`,
  }
}

/** Lends rows of x as whole numbers of steps, and the steps. */
export function withWholeRows(
  machine: Machine,
  x: Operand,
  { rows, inner }: { readonly rows: number; readonly inner: number },
  use: (q: Operand, steps: Operand) => void,
): void {
  const words = (Math.ceil(inner / codesAtOnce) * codesAtOnce) / 4
  machine.withScratch(4 * rows * words, (q) =>
    machine.withScratch(4 * rows, (steps) => {
      runRows(machine, rounding(inner % 4 === 0), [x, q, steps], { rows, length: inner }, [words])
      use(q, steps)
    }),
  )
}
