/**
 * Conversions between f32 and the bits of f16 and bf16, all by bits: devices may take small numbers for 0, and choose how
 * they round. `half(x)` and `half4(x)` are the nearest f16, halves to even, infinite from 65,520 on, so that an overflow
 * is never mistaken for a large number; they need `enable f16`.
 */
export const halfFloats = `
fn packHalves(bits: vec4u) -> vec2u { return bits.xz | (bits.yw << vec2u(16u)); }

fn halfToFloat(bits: vec4u) -> vec4f {
  let sign = (bits & vec4u(0x8000u)) << vec4u(16u);
  let magnitude = bits & vec4u(0x7fffu);
  let normal = (magnitude << vec4u(13u)) + vec4u(0x38000000u);
  let tiny = bitcast<vec4u>(vec4f(magnitude) * 5.9604644775390625e-8);
  let special = (magnitude << vec4u(13u)) | vec4u(0x7f800000u);
  let finite = select(normal, tiny, magnitude < vec4u(0x400u));
  return bitcast<vec4f>(sign | select(finite, special, magnitude >= vec4u(0x7c00u)));
}

// Halves to even: a shift right, and one more where what was lost is above a half, or a half after an odd bit.
fn shiftedToEven(value: vec4u, shift: vec4u) -> vec4u {
  let kept = value >> shift;
  let lost = value - (kept << shift);
  let half = vec4u(1u) << (shift - vec4u(1u));
  let up = (lost > half) | ((lost == half) & ((kept & vec4u(1u)) == vec4u(1u)));
  return kept + select(vec4u(0u), vec4u(1u), up);
}

fn floatToHalf(value: vec4f) -> vec4u {
  let bits = bitcast<vec4u>(value);
  let sign = (bits >> vec4u(16u)) & vec4u(0x8000u);
  let magnitude = bits & vec4u(0x7fffffffu);
  let exponent = magnitude >> vec4u(23u);
  let normal = shiftedToEven(magnitude - vec4u(0x38000000u), vec4u(13u));
  // Below 2⁻¹⁴: a multiple of 2⁻²⁴.
  let tiny = shiftedToEven((magnitude & vec4u(0x7fffffu)) | vec4u(0x800000u), clamp(vec4u(126u) - exponent, vec4u(1u), vec4u(25u)));
  let small = select(tiny, vec4u(0u), exponent < vec4u(102u));
  let finite = select(normal, small, exponent < vec4u(113u));
  let infinite = select(finite, vec4u(0x7c00u), magnitude >= vec4u(0x477ff000u));
  return sign | select(infinite, vec4u(0x7e00u), magnitude > vec4u(0x7f800000u));
}

fn floatToBrain(value: vec4f) -> vec4u {
  let bits = bitcast<vec4u>(value);
  let rounded = (bits + vec4u(0x7fffu) + ((bits >> vec4u(16u)) & vec4u(1u))) >> vec4u(16u);
  return select(rounded, vec4u(0x7fc0u), (bits & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
}
`

const rounding = `${halfFloats}
fn half4(value: vec4f) -> vec4<f16> { return bitcast<vec4<f16>>(packHalves(floatToHalf(value))); }
fn half(value: f32) -> f16 { return half4(vec4f(value)).x; }
`

/** What a program needs that has elements of these types. */
export function halfSupport(...elements: readonly string[]): {
  readonly enables: string[]
  readonly functions: string
} {
  return elements.includes('f16') ? { enables: ['f16'], functions: rounding } : { enables: [], functions: '' }
}
