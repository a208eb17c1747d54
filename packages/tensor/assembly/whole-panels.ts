/*
 * Products of many rows of whole numbers: pairs of codes packed into panels, as products of f32 are (`pack`, of which a
 * lane is four bytes, whatever they mean). A pair of q for each row times a pair of codes for each of four columns is one
 * instruction, and a vector of sums is one of outputs.
 */
import { arena, leastArena } from './arena'
import { pack } from './pack'
import { copyTile } from './product'
import { paddedLength } from './whole'

const ROWS: i32 = 4

/** Columns of a panel: those of a tile that fills the registers, of 256 bits where the engine joins pairs of vectors. */
function panelWidth(joined: i32): i32 {
  return joined ? 16 : 8
}

/** Bytes of a panel of codes. */
function panelBytes(inner: i32, width: i32): usize {
  return <usize>paddedLength(inner) * width << 1
}

/** Bytes of the arena that `wholePanels` uses: those of all, a tile, wide codes, and a panel of them. */
export function wholeArena(inner: i32): usize {
  return tileOffset() + 4 * ROWS * 16 + 2 * panelBytes(inner, 16)
}

/** How many panels there are of so many columns. */
export function wholePanelCount(columns: i32, joined: i32): i32 {
  const width = panelWidth(joined)
  return (columns + width - 1) / width
}

function tileOffset(): usize {
  return (leastArena() + 63) & ~63
}

/** Rows of whole numbers as panels of four, padded with zeros. An item is a panel. */
export function packWholeRows(q: usize, panels: usize, rows: i32, inner: i32, start: i32, end: i32): void {
  const bytes = <usize>paddedLength(inner) << 1
  const first = start * ROWS
  const lanes = min(end * ROWS, rows) - first
  pack(panels + first * bytes, q + first * bytes, bytes, 4, lanes, paddedLength(inner) / 2, ROWS)
}

/**
 * y = (Σ q c) · (s · scale) + bias (or 0). An item is a panel of columns.
 *
 * @param panels q, as `packWholeRows` leaves it
 * @param steps s of every row, and of those that fill the last panel
 */
export function wholePanels(
  panels: usize,
  steps: usize,
  codes: usize,
  scales: usize,
  bias: usize,
  y: usize,
  rows: i32,
  columns: i32,
  inner: i32,
  joined: i32,
  start: i32,
  end: i32,
): void {
  const width = panelWidth(joined)
  const length = paddedLength(inner)
  const aside = arena() + tileOffset()
  const wide = aside + 4 * ROWS * 16
  const panel = wide + panelBytes(inner, width)
  const yStep: usize = columns << 2
  for (let item = start; item < end; item++) {
    const column = item * width
    const present = min(width, columns - column)
    const place: usize = column << 2
    for (let i = 0; i < present; i++) widen(codes + <usize>(column + i) * inner, wide + (<usize>(i * length) << 1), inner)
    pack(panel, wide, <usize>length << 1, 4, present, length / 2, width)
    const added = bias ? bias + place : arena()
    for (let row = 0; row < rows; row += ROWS) {
      const from = panels + (<usize>row * length << 1)
      const whole = present == width && row + ROWS <= rows
      const to = whole ? y + row * yStep + place : aside
      const toStep: usize = whole ? yStep : width << 2
      const ofRows = steps + (<usize>row << 2)
      if (joined) whole4x16(from, panel, length, ofRows, scales + place, added, to, toStep)
      else whole4x8(from, panel, length, ofRows, scales + place, added, to, toStep)
      if (!whole) copyTile(y + row * yStep + place, yStep, aside, toStep, min(ROWS, rows - row), present)
    }
  }
}

/** A row of codes as i16, padded with zeros. */
function widen(codes: usize, target: usize, inner: i32): void {
  const end = target + (<usize>inner << 1)
  for (let to = target; to < end; to += 16) {
    v128.store(to, v128.load_ext<i8>(codes))
    codes += 8
  }
  memory.fill(end, 0, <usize>(paddedLength(inner) - inner) << 1)
}

// @ts-ignore: decorator
@inline
export function add(sum: v128, q: v128, c: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(q, c))
}

/** Four sums as outputs. */
// @ts-ignore: decorator
@inline
export function output(sum: v128, step: v128, scales: usize, bias: usize): v128 {
  const scale = f32x4.mul(step, v128.load(scales))
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(sum), scale), v128.load(bias))
}

/** 4 rows x 8 columns: 8 registers. */
function whole4x8(
  q: usize,
  panel: usize,
  length: i32,
  steps: usize,
  scales: usize,
  bias: usize,
  y: usize,
  yStep: usize,
): void {
  let s00 = i32x4.splat(0)
  let s01 = i32x4.splat(0)
  let s10 = i32x4.splat(0)
  let s11 = i32x4.splat(0)
  let s20 = i32x4.splat(0)
  let s21 = i32x4.splat(0)
  let s30 = i32x4.splat(0)
  let s31 = i32x4.splat(0)
  const end = q + (<usize>length << 3)
  while (q < end) {
    const c0 = v128.load(panel)
    const c1 = v128.load(panel, 16)
    const q0 = v128.load32_splat(q)
    s00 = add(s00, q0, c0)
    s01 = add(s01, q0, c1)
    const q1 = v128.load32_splat(q, 4)
    s10 = add(s10, q1, c0)
    s11 = add(s11, q1, c1)
    const q2 = v128.load32_splat(q, 8)
    s20 = add(s20, q2, c0)
    s21 = add(s21, q2, c1)
    const q3 = v128.load32_splat(q, 12)
    s30 = add(s30, q3, c0)
    s31 = add(s31, q3, c1)
    q += 16
    panel += 32
  }
  const step0 = v128.load32_splat(steps)
  const y00 = output(s00, step0, scales, bias)
  const y01 = output(s01, step0, scales + 16, bias + 16)
  v128.store(y, y01, 16)
  v128.store(y, y00)
  y += yStep
  const step1 = v128.load32_splat(steps, 4)
  const y10 = output(s10, step1, scales, bias)
  const y11 = output(s11, step1, scales + 16, bias + 16)
  v128.store(y, y11, 16)
  v128.store(y, y10)
  y += yStep
  const step2 = v128.load32_splat(steps, 8)
  const y20 = output(s20, step2, scales, bias)
  const y21 = output(s21, step2, scales + 16, bias + 16)
  v128.store(y, y21, 16)
  v128.store(y, y20)
  y += yStep
  const step3 = v128.load32_splat(steps, 12)
  const y30 = output(s30, step3, scales, bias)
  const y31 = output(s31, step3, scales + 16, bias + 16)
  v128.store(y, y31, 16)
  v128.store(y, y30)
}

/** 4 rows x 16 columns: 8 registers of 256 bits, where the engine joins pairs of vectors; else too many. */
function whole4x16(
  q: usize,
  panel: usize,
  length: i32,
  steps: usize,
  scales: usize,
  bias: usize,
  y: usize,
  yStep: usize,
): void {
  let s00 = i32x4.splat(0)
  let s01 = i32x4.splat(0)
  let s02 = i32x4.splat(0)
  let s03 = i32x4.splat(0)
  let s10 = i32x4.splat(0)
  let s11 = i32x4.splat(0)
  let s12 = i32x4.splat(0)
  let s13 = i32x4.splat(0)
  let s20 = i32x4.splat(0)
  let s21 = i32x4.splat(0)
  let s22 = i32x4.splat(0)
  let s23 = i32x4.splat(0)
  let s30 = i32x4.splat(0)
  let s31 = i32x4.splat(0)
  let s32 = i32x4.splat(0)
  let s33 = i32x4.splat(0)
  const end = q + (<usize>length << 3)
  while (q < end) {
    const c0 = v128.load(panel)
    const c1 = v128.load(panel, 16)
    const c2 = v128.load(panel, 32)
    const c3 = v128.load(panel, 48)
    const q0 = v128.load32_splat(q)
    s00 = add(s00, q0, c0)
    s01 = add(s01, q0, c1)
    s02 = add(s02, q0, c2)
    s03 = add(s03, q0, c3)
    const q1 = v128.load32_splat(q, 4)
    s10 = add(s10, q1, c0)
    s11 = add(s11, q1, c1)
    s12 = add(s12, q1, c2)
    s13 = add(s13, q1, c3)
    const q2 = v128.load32_splat(q, 8)
    s20 = add(s20, q2, c0)
    s21 = add(s21, q2, c1)
    s22 = add(s22, q2, c2)
    s23 = add(s23, q2, c3)
    const q3 = v128.load32_splat(q, 12)
    s30 = add(s30, q3, c0)
    s31 = add(s31, q3, c1)
    s32 = add(s32, q3, c2)
    s33 = add(s33, q3, c3)
    q += 16
    panel += 64
  }
  const step0 = v128.load32_splat(steps)
  const y00 = output(s00, step0, scales, bias)
  const y01 = output(s01, step0, scales + 16, bias + 16)
  const y02 = output(s02, step0, scales + 32, bias + 32)
  const y03 = output(s03, step0, scales + 48, bias + 48)
  v128.store(y, y03, 48)
  v128.store(y, y02, 32)
  v128.store(y, y01, 16)
  v128.store(y, y00)
  y += yStep
  const step1 = v128.load32_splat(steps, 4)
  const y10 = output(s10, step1, scales, bias)
  const y11 = output(s11, step1, scales + 16, bias + 16)
  const y12 = output(s12, step1, scales + 32, bias + 32)
  const y13 = output(s13, step1, scales + 48, bias + 48)
  v128.store(y, y13, 48)
  v128.store(y, y12, 32)
  v128.store(y, y11, 16)
  v128.store(y, y10)
  y += yStep
  const step2 = v128.load32_splat(steps, 8)
  const y20 = output(s20, step2, scales, bias)
  const y21 = output(s21, step2, scales + 16, bias + 16)
  const y22 = output(s22, step2, scales + 32, bias + 32)
  const y23 = output(s23, step2, scales + 48, bias + 48)
  v128.store(y, y23, 48)
  v128.store(y, y22, 32)
  v128.store(y, y21, 16)
  v128.store(y, y20)
  y += yStep
  const step3 = v128.load32_splat(steps, 12)
  const y30 = output(s30, step3, scales, bias)
  const y31 = output(s31, step3, scales + 16, bias + 16)
  const y32 = output(s32, step3, scales + 32, bias + 32)
  const y33 = output(s33, step3, scales + 48, bias + 48)
  v128.store(y, y33, 48)
  v128.store(y, y32, 32)
  v128.store(y, y31, 16)
  v128.store(y, y30)
}
