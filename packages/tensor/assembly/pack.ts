/*
 * Copies a block of an operand into panels, in the order in which the innermost loop reads: for each panel of `width`
 * lanes (rows of a, columns of b), for each inner index, the values of its lanes. Missing lanes of the last panel are 0.
 * Exactly one of the two steps (in bytes) is 4, whichever way the operand lies in memory; both may be.
 */

/** Packs `lanes` x `inner` values; width is even. */
export function pack(
  target: usize,
  source: usize,
  laneStep: usize,
  innerStep: usize,
  lanes: i32,
  inner: i32,
  width: i32,
): void {
  let lane = 0
  if (laneStep == 4 && (width == 4 || width == 8 || width == 16)) {
    for (; lane + LINE <= lanes; lane += LINE) {
      packLine(target, source, innerStep, inner, width)
      source += LINE << 2
      target += (inner * LINE) << 2
    }
  }
  for (; lane < lanes; lane += width) {
    const present = min(width, lanes - lane)
    const whole = present == width ? width : present & ~3
    if (laneStep == 4) packAlong(target, source, innerStep, inner, whole, width)
    else packAcross(target, source, laneStep, inner, whole, width)
    if (whole < width) packRest(target, source, laneStep, innerStep, whole, present, inner, width)
    source += width * laneStep
    target += (inner * width) << 2
  }
}

/** Lanes in a line of the cache. */
const LINE: i32 = 16

/**
 * Lanes lie side by side: copies a line for each inner index, to one panel or several. Taken panel by panel, lines that
 * are a large power of two apart would be gone from the cache before the next panel needs them.
 */
function packLine(target: usize, source: usize, innerStep: usize, inner: i32, width: i32): void {
  const step = <usize>width << 2
  const panel = step * inner
  const second = width == 4 ? panel : 16
  const third = width == 4 ? 2 * panel : width == 8 ? panel : 32
  const end = target + panel
  while (target < end) {
    const a = v128.load(source)
    const b = v128.load(source, 16)
    const c = v128.load(source, 32)
    const d = v128.load(source, 48)
    v128.store(target, a)
    v128.store(target + second, b)
    v128.store(target + third, c)
    v128.store(target + second + third, d)
    target += step
    source += innerStep
  }
}

/** Lanes lie side by side: copies an even number of them for each inner index. */
function packAlong(target: usize, source: usize, innerStep: usize, inner: i32, lanes: i32, width: i32): void {
  const vectors: usize = (lanes & ~3) << 2
  const step: usize = width << 2
  for (let k = 0; k < inner; k++) {
    for (let at: usize = 0; at < vectors; at += 16) v128.store(target + at, v128.load(source + at))
    if (lanes & 2) v128.store64_lane(target + vectors, v128.load64_zero(source + vectors), 0)
    target += step
    source += innerStep
  }
}

/** Inner indices lie side by side: transposes blocks of 4 x 4 of an even number of lanes. */
function packAcross(target: usize, source: usize, laneStep: usize, inner: i32, lanes: i32, width: i32): void {
  const step = <usize>width << 2
  const whole = inner & ~3
  if (lanes & 2) packPair(target + ((lanes - 2) << 2), source + (lanes - 2) * laneStep, laneStep, inner, step)
  for (let lane = 0; lane + 4 <= lanes; lane += 4) {
    let to = target + (lane << 2)
    let from = source + lane * laneStep
    const from2 = 2 * laneStep
    for (let k = 0; k < whole; k += 4) {
      const a = v128.load(from)
      const b = v128.load(from + laneStep)
      const c = v128.load(from + from2)
      const d = v128.load(from + laneStep + from2)
      const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
      const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
      const cd01 = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
      const cd23 = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
      v128.store(to, v128.shuffle<f32>(ab01, cd01, 0, 1, 4, 5))
      v128.store(to + step, v128.shuffle<f32>(ab01, cd01, 2, 3, 6, 7))
      v128.store(to + 2 * step, v128.shuffle<f32>(ab23, cd23, 0, 1, 4, 5))
      v128.store(to + 3 * step, v128.shuffle<f32>(ab23, cd23, 2, 3, 6, 7))
      from += 16
      to += 4 * step
    }
    for (let k = whole; k < inner; k++) {
      for (let i = 0; i < 4; i++) store<f32>(to + (i << 2), load<f32>(from + i * laneStep))
      from += 4
      to += step
    }
  }
}

/** The same for two lanes. */
function packPair(to: usize, from: usize, laneStep: usize, inner: i32, step: usize): void {
  const whole = inner & ~3
  for (let k = 0; k < whole; k += 4) {
    const a = v128.load(from)
    const b = v128.load(from + laneStep)
    const ab01 = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const ab23 = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    v128.store64_lane(to, ab01, 0)
    v128.store64_lane(to + step, ab01, 1)
    v128.store64_lane(to + 2 * step, ab23, 0)
    v128.store64_lane(to + 3 * step, ab23, 1)
    from += 16
    to += 4 * step
  }
  for (let k = whole; k < inner; k++) {
    store<f32>(to, load<f32>(from))
    store<f32>(to + 4, load<f32>(from + laneStep))
    from += 4
    to += step
  }
}

/** Lanes of the last panel from `first` on: those that are present one by one, behind them zeros. */
function packRest(
  target: usize,
  source: usize,
  laneStep: usize,
  innerStep: usize,
  first: i32,
  present: i32,
  inner: i32,
  width: i32,
): void {
  const step: usize = width << 2
  for (let lane = first; lane < width; lane++) {
    let from = source + lane * laneStep
    let to = target + (lane << 2)
    for (let k = 0; k < inner; k++) {
      store<f32>(to, lane < present ? load<f32>(from) : 0)
      from += innerStep
      to += step
    }
  }
}
