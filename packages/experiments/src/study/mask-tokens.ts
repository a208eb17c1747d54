import { foldIn, type Key, philox } from '@tlc/tensor'
export interface MaskingOptions { readonly maskId: number; readonly vocabularySize: number; readonly ordinary: number }
export function maskTokens(ids: Int32Array, { maskId, vocabularySize, ordinary }: MaskingOptions, key: Key): { ids: Int32Array; positions: Int32Array; targets: Int32Array } {
  const out = ids.slice()
  const positions: number[] = []
  const targets: number[] = []
  const u = (i: number, w: number) => philox([i, w, 0, 0], key)[0] / 2 ** 32
  for (let i = 0; i < ids.length; i++) {
    if (ids[i]! < ordinary || u(i, 0) >= 0.15) continue
    positions.push(i); targets.push(ids[i]!)
    const r = u(i, 1)
    if (r < 0.8) out[i] = maskId
    else if (r < 0.9) out[i] = ordinary + Math.floor(u(i, 2) * (vocabularySize - ordinary))
  }
  void foldIn
  return { ids: out, positions: Int32Array.from(positions), targets: Int32Array.from(targets) }
}
