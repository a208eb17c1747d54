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
  for (let lane = 0; lane < lanes; lane += width) {
    const present = min(width, lanes - lane)
    if (present < width) packSome(target, source, laneStep, innerStep, present, inner, width)
    else if (laneStep != 4) packAcross(target, source, laneStep, inner, width)
    else if (width == 4) packAlong4(target, source, innerStep, inner)
    else if (width == 8) packAlong8(target, source, innerStep, inner)
    else if (width == 16) packAlong16(target, source, innerStep, inner)
    else packAlong(target, source, innerStep, inner, width)
    source += width * laneStep
    target += (inner * width) << 2
  }
}

/** Lanes lie side by side: copy them for each inner index. */
function packAlong(target: usize, source: usize, innerStep: usize, inner: i32, width: i32): void {
  const vectors: usize = (width & ~3) << 2
  const step: usize = width << 2
  for (let k = 0; k < inner; k++) {
    for (let at: usize = 0; at < vectors; at += 16) v128.store(target + at, v128.load(source + at))
    if (vectors < step) v128.store64_lane(target + vectors, v128.load64_zero(source + vectors), 0)
    target += step
    source += innerStep
  }
}

/** Lanes lie side by side: copy four, for four inner indices at once. */
function packAlong4(target: usize, source: usize, innerStep: usize, inner: i32): void {
  const whole = target + (<usize>(inner & ~3) << 4)
  const end = target + (<usize>inner << 4)
  const step2 = 2 * innerStep
  while (target < whole) {
    const a = v128.load(source)
    const b = v128.load(source + innerStep)
    const c = v128.load(source + step2)
    const d = v128.load(source + innerStep + step2)
    v128.store(target, a)
    v128.store(target, b, 16)
    v128.store(target, c, 32)
    v128.store(target, d, 48)
    target += 64
    source += 2 * step2
  }
  while (target < end) {
    v128.store(target, v128.load(source))
    target += 16
    source += innerStep
  }
}

/** Lanes lie side by side: copy sixteen, for each inner index. */
function packAlong16(target: usize, source: usize, innerStep: usize, inner: i32): void {
  const end = target + (<usize>inner << 6)
  while (target < end) {
    const a = v128.load(source)
    const b = v128.load(source, 16)
    const c = v128.load(source, 32)
    const d = v128.load(source, 48)
    v128.store(target, a)
    v128.store(target, b, 16)
    v128.store(target, c, 32)
    v128.store(target, d, 48)
    target += 64
    source += innerStep
  }
}

/** Lanes lie side by side: copy eight, for each inner index. */
function packAlong8(target: usize, source: usize, innerStep: usize, inner: i32): void {
  const end = target + (<usize>inner << 5)
  while (target < end) {
    v128.store(target, v128.load(source))
    v128.store(target, v128.load(source, 16), 16)
    target += 32
    source += innerStep
  }
}

/** Inner indices lie side by side: transpose blocks of 4 x 4. */
function packAcross(target: usize, source: usize, laneStep: usize, inner: i32, width: i32): void {
  const step = <usize>width << 2
  const whole = inner & ~3
  if (width & 2) packPair(target + ((width - 2) << 2), source + (width - 2) * laneStep, laneStep, inner, step)
  for (let lane = 0; lane + 4 <= width; lane += 4) {
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

/** The last panel, of fewer lanes than its width: one value at a time. */
function packSome(
  target: usize,
  source: usize,
  laneStep: usize,
  innerStep: usize,
  lanes: i32,
  inner: i32,
  width: i32,
): void {
  for (let k = 0; k < inner; k++) {
    for (let lane = 0; lane < width; lane++) {
      const value = lane < lanes ? load<f32>(source + lane * laneStep) : <f32>0
      store<f32>(target + (lane << 2), value)
    }
    source += innerStep
    target += width << 2
  }
}
