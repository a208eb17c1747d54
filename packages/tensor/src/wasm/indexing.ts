import type { FusedKernels, Kernels, View } from '../backend.ts'
import { dtypes } from '../dtype.ts'
import { sizeOf } from '../shape.ts'
import { grainOf } from './grain.ts'
import { type Machine, pointerOf } from './machine.ts'

export function indexing(machine: Machine): Pick<Kernels, 'gather' | 'scatterAdd'> {
  return {
    gather: ([x, ids], { axis }, [y]) => gather(machine, x!, ids!, axis, y!),
    scatterAdd: ([updates, ids], { axis, size }, [y]) => scatterAdd(machine, updates!, ids!, axis, size, -1, y!),
  }
}

export function embedding(machine: Machine): Pick<FusedKernels, 'embedding' | 'embeddingGrad'> {
  return {
    embedding: ([table, ids], _, [y]) => gather(machine, table!, ids!, 0, y!),
    embeddingGrad: ([g, ids], { rows, paddingIndex }, [y]) => scatterAdd(machine, g!, ids!, 0, rows, paddingIndex, y!),
  }
}

function gather(machine: Machine, x: View, ids: View, axis: number, y: View): void {
  const bytes = sizeOf(x.shape.slice(axis + 1)) * dtypes[x.dtype].bytes
  const rows = sizeOf(x.shape.slice(0, axis)) * ids.size
  if (bytes > 0)
    machine.run(
      'gather',
      rows,
      grainOf('memory', bytes / 4),
      pointerOf(x),
      pointerOf(ids),
      pointerOf(y),
      ids.size,
      x.shape[axis]!,
      bytes,
    )
}

function scatterAdd(
  machine: Machine,
  updates: View,
  ids: View,
  axis: number,
  size: number,
  skipped: number,
  y: View,
): void {
  const kernel = y.dtype === 'f32' ? 'scatterAdd' : 'scatterAddInteger'
  const length = sizeOf(y.shape.slice(axis + 1))
  const rows = sizeOf(y.shape.slice(0, axis)) * size
  if (length > 0)
    machine.run(
      kernel,
      rows,
      grainOf('memory', length),
      pointerOf(updates),
      pointerOf(ids),
      pointerOf(y),
      ids.size,
      size,
      length,
      skipped,
    )
}
