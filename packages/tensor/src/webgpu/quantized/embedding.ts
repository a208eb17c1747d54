import type { FusedKernels } from '../../backend.ts'
import type { Program } from '../device/program.ts'
import type { Machine } from '../machine.ts'
import { flat, flatIndex, flatSize } from '../wgsl/index.ts'
import { type PackedLayout, packedBindings, packedKey, packedLayout, packedReader } from './packed-rows.ts'

/** Four places of a row at a time, of which the last of a row may have fewer. */
function rowsAt(packed: PackedLayout, vectors: boolean): Program {
  return {
    key: `quantizedEmbedding ${packedKey(packed)} ${vectors}`,
    source: () => ({
      bindings: [
        ...packedBindings(packed),
        { name: 'ids', element: 'i32' },
        { name: 'y', element: vectors ? 'vec4f' : 'f32', written: true },
      ],
      parameters: { count: 'u32', rows: 'u32', inner: 'u32' },
      workgroup: [flatSize],
      declarations: packedReader(packed),
      body: `${flatIndex}  let fours = (parameters.inner + 3u) / 4u;
  let place = index / fours;
  let k = 4u * (index % fours);
  let four = weightsAt(u32(clamp(ids[place], 0, i32(parameters.rows) - 1)), k);
${
  vectors
    ? '  y[index] = four;'
    : '  for (var i = 0u; i < min(4u, parameters.inner - k); i++) { y[place * parameters.inner + k + i] = four[i]; }'
}`,
    }),
  }
}

export function quantizedEmbedding(machine: Machine): Pick<FusedKernels, 'quantizedEmbedding'> {
  return {
    quantizedEmbedding: (inputs, parameters, [y]) => {
      if (y!.size === 0) return
      const { size } = parameters
      const packed = packedLayout(inputs, parameters, size)
      const ids = inputs.at(-1)!
      const count = ids.size * Math.ceil(size / 4)
      const rows = inputs[0]!.shape[0]!
      machine.run(rowsAt(packed, size % 4 === 0), [...inputs, y!], [count, rows, size], flat(count))
    },
  }
}
