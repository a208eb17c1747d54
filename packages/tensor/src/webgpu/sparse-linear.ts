import type { FusedKernels } from '../backend.ts'
import type { Program } from './device/program.ts'
import type { Machine } from './machine.ts'
import { flat, flatIndex, flatSize } from './wgsl/index.ts'

interface Variant {
  /** rows of x that a number of the weight is multiplied with at once */
  readonly rowsAtOnce: 1 | 4
  /** outputs, of one row of blocks, that a number of x is multiplied for at once */
  readonly outputsAtOnce: 1 | 4
  /** whether rows of blocks are made of fours */
  readonly wide: boolean
  readonly biased: boolean
}

/**
 * One invocation walks the blocks of a row of W, or of four in one row of blocks, for one row of x or four. Neighbors
 * have neighboring outputs: those of one row of blocks read the same of x, and all write side by side. Rows behind the
 * last are the last again, and are not written.
 */
function programFor({ rowsAtOnce, outputsAtOnce, wide, biased }: Variant): Program {
  const repeated = (count: number, sign: string, code: string): string =>
    Array.from({ length: count }, (_, place) => code.replaceAll(sign, String(place))).join('\n')
  const forRows = (code: string): string => repeated(rowsAtOnce, '#', code)
  const forOutputs = (code: string): string => repeated(outputsAtOnce, '@', code)
  const element = wide ? 'vec4f' : 'f32'
  const total = wide ? '(total#_@.x + total#_@.y) + (total#_@.z + total#_@.w)' : 'total#_@'
  return {
    key: `sparseLinear ${rowsAtOnce} ${outputsAtOnce} ${wide} ${biased}`,
    source: () => ({
      bindings: [
        { name: 'x', element },
        { name: 'values', element },
        ...['columns', 'offsets'].map((name) => ({ name, element: 'i32' })),
        ...(biased ? [{ name: 'bias', element: 'f32' }] : []),
        { name: 'y', element: 'f32', written: true },
      ],
      // `inner` and `width` of a block in elements of x, `across` in blocks.
      parameters: {
        ...{ count: 'u32', rows: 'u32', inner: 'u32', out: 'u32' },
        ...{ blocks: 'i32', across: 'i32', height: 'u32', width: 'u32' },
      },
      workgroup: [flatSize],
      body: `${flatIndex}  let o = index * ${outputsAtOnce}u % parameters.out;
  let first = index * ${outputsAtOnce}u / parameters.out * ${rowsAtOnce}u;
  let blockRow = o / parameters.height;
  let inBlock = (o % parameters.height) * parameters.width;
  let start = clamp(offsets[blockRow], 0, parameters.blocks);
  let end = clamp(offsets[blockRow + 1u], 0, parameters.blocks);
${forRows('  let row# = min(first + #u, parameters.rows - 1u) * parameters.inner;')}
${forRows(forOutputs(`  var total#_@ = ${element}(0.0);`))}
  for (var k = start; k < end; k++) {
    let column = u32(clamp(columns[k], 0, parameters.across - 1)) * parameters.width;
    let value = u32(k) * parameters.height * parameters.width + inBlock;
    for (var j = 0u; j < parameters.width; j++) {
${forOutputs('      let w@ = values[value + @u * parameters.width + j];')}
${forRows(`      let x# = x[row# + column + j];
${forOutputs('      total#_@ += w@ * x#;')}`)}
    }
  }
${forRows(`  if (first + #u < parameters.rows) {
${forOutputs(`    y[(first + #u) * parameters.out + o + @u] = ${total}${biased ? ' + bias[o + @u]' : ''};`)}
  }`)}`,
    }),
  }
}

export function sparseLinear(machine: Machine): Pick<FusedKernels, 'sparseLinear'> {
  return {
    sparseLinear: ([x, values, columns, offsets, bias], _, [y]) => {
      if (y!.size === 0) return
      const [, height, width] = values!.shape as [number, number, number]
      const inner = x!.shape.at(-1)!
      const out = y!.shape.at(-1)!
      const rows = y!.size / out
      // One row has too few outputs for every invocation to have several.
      const rowsAtOnce = rows === 1 ? 1 : 4
      const outputsAtOnce = rows === 1 || height % 4 !== 0 ? 1 : 4
      const wide = width % 4 === 0
      const step = wide ? 4 : 1
      const across = inner / width
      // Where x has no columns, no block has a place.
      const blocks = across === 0 ? 0 : columns!.size
      const count = (out / outputsAtOnce) * Math.ceil(rows / rowsAtOnce)
      machine.run(
        programFor({ rowsAtOnce, outputsAtOnce, wide, biased: bias !== undefined }),
        [x!, values!, columns!, offsets!, ...(bias ? [bias] : []), y!],
        [count, rows, inner / step, out, blocks, across, height, width / step],
        flat(count),
      )
    },
  }
}
