import type { Shape } from '@tlc/tensor'
import type { SchemeName } from '../scheme.ts'
import type { Granularity } from '../schemes/affine/granularity.ts'
import { type GridName, grids } from '../schemes/affine/grid.ts'

/** What decoding needs to know beside shape and numbers: plain JSON. */
export interface Settings {
  readonly bits: number
  readonly granularity: Granularity
  readonly grid: GridName
  /** weights that share a scale */
  readonly block: number
  /** whether scales are quantized too */
  readonly doubled: boolean
}

/** One of them. */
export type SettingName = keyof Settings

/** A tensor but for its numbers, whose scheme has these settings. */
export type Format<K extends SettingName = never> = { readonly scheme: SchemeName; readonly shape: Shape } & Pick<
  Settings,
  K
>

/** Whether JSON from a file is such a setting. */
export const settingChecks: { readonly [K in SettingName]: (value: unknown) => boolean } = {
  bits: (value) => isCount(value) && value <= 8,
  granularity: (value) => value === 'tensor' || value === 'row' || isGroup(value),
  grid: (value) => typeof value === 'string' && Object.hasOwn(grids, value),
  block: isCount,
  doubled: (value) => typeof value === 'boolean',
}

/** A whole number from 1 to 2^53 - 1. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

/** `{ group }` and nothing else. */
function isGroup(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.keys(value).join() === 'group' && isCount((value as { readonly group: unknown }).group)
}
