import fc from 'fast-check'
import type { Encoded, Scheme, SchemeName } from '../src/scheme.ts'
import { affine } from '../src/schemes/affine/affine.ts'
import type { Granularity } from '../src/schemes/affine/granularity.ts'
import type { GridName } from '../src/schemes/affine/grid.ts'
import { llamaBlocks } from '../src/schemes/blocks/llama-blocks.ts'
import { codebook } from '../src/schemes/codebook.ts'
import { fp4, nf4 } from '../src/schemes/four-bit-float.ts'
import { ternary } from '../src/schemes/ternary.ts'

const granularity = fc.oneof(
  fc.constantFrom<Granularity>('tensor', 'row'),
  fc.integer({ min: 1, max: 9 }).map((group) => ({ group })),
)
const bits = fc.integer({ min: 1, max: 8 })
const blockOptions = fc.record({ block: fc.integer({ min: 1, max: 70 }), doubleQuantization: fc.boolean() })
const f32: Scheme = {
  encode: (values, shape) => ({ scheme: 'f32', shape, values }),
  decode: (encoded) => (encoded as Encoded & { scheme: 'f32' }).values,
}

/** Schemes of every name, with any options. */
const anyScheme: { readonly [S in SchemeName]: fc.Arbitrary<Scheme> } = {
  affine: fc
    .record({ bits, grid: fc.constantFrom<GridName>('minmax', 'zeroExact', 'symmetric'), granularity })
    .map((given) => affine({ ...given, bits: given.grid === 'symmetric' ? Math.max(2, given.bits) : given.bits })),
  codebook: fc.record({ bits, zero: fc.boolean() }).map(codebook),
  nf4: blockOptions.map(nf4),
  fp4: blockOptions.map(fp4),
  ternary: granularity.map((given) => ternary({ granularity: given })),
  q8_0: fc.constant(llamaBlocks('q8_0')),
  q4_0: fc.constant(llamaBlocks('q4_0')),
  q4_k: fc.constant(llamaBlocks('q4_k')),
  q6_k: fc.constant(llamaBlocks('q6_k')),
  f32: fc.constant(f32),
}

/** Weights in a row of each scheme's blocks. */
const rowUnits: { readonly [S in SchemeName]?: number } = { q8_0: 32, q4_0: 32, q4_k: 256, q6_k: 256 }

/** A matrix, some or most of whose weights are 0, as the scheme of this name has it. */
export function anyEncoded(name: SchemeName): fc.Arbitrary<Encoded> {
  const unit = rowUnits[name] ?? 1
  const columns = unit > 1 ? fc.integer({ min: 1, max: 2 }) : fc.integer({ min: 1, max: 90 })
  const weight = fc.oneof(fc.float({ noNaN: true, min: -2, max: 2 }), fc.constantFrom(0, -0, 0.5, -0.5))
  return fc
    .tuple(fc.integer({ min: 1, max: 6 }), columns, fc.integer({ min: 1, max: 40 }), anyScheme[name])
    .chain(([rows, count, every, scheme]) => {
      const shape = [rows, count * unit]
      const size = rows * count * unit
      return fc
        .tuple(fc.array(weight, { minLength: 1, maxLength: 30 }), fc.integer({ min: 0, max: every - 1 }))
        .map(([cycle, first]) => {
          // 0 but for every so many-th weight.
          const values = Float32Array.from({ length: size }, (_, index) =>
            index % every === first ? cycle[Math.floor(index / every) % cycle.length]! : 0,
          )
          return scheme.encode(values, shape)
        })
    })
}
