import type { Grid } from '../device/dispatcher.ts'

/** Invocations of a workgroup in kernels without workgroup memory. */
export const flatSize = 64

const maxGroups = 65535

/** `index` of an invocation among `parameters.count` of them; those beyond return. */
export const flatIndex: string = `  let index = (group.y * groups.x + group.x) * ${flatSize}u + lane;
  if (index >= parameters.count) { return; }
`

/** A grid of at least so many workgroups, as an axis may have 65,535 at most. */
export function folded(workgroups: number): Grid {
  if (workgroups <= maxGroups) return [workgroups]
  const y = Math.ceil(workgroups / maxGroups)
  return [Math.ceil(workgroups / y), y]
}

/** The grid for so many invocations that each find their own index. */
export function flat(count: number): Grid {
  return folded(Math.ceil(count / flatSize))
}
