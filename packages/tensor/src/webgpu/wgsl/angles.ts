/**
 * sin x = (-1)ⁿ sin(x - nπ), cos x the same a quarter of a turn further. For x = m 2ᵉ with 24 bits of m, m is multiplied
 * with those 96 bits of 1/π that decide x/π modulo 2, in whole numbers: there are no float64 here.
 *
 * @see Payne & Hanek 1983
 */
export const angles = `
const inversePi = array<u32, 9>(
  0x517cc1b7u, 0x27220a94u, 0xfe13abe8u, 0xfa9a6ee0u, 0x6db14accu, 0x9e21c820u, 0xff28b1d5u, 0xef5de2b0u, 0xdb923742u
);

fn bitsOfInversePi(first: i32) -> u32 {
  if (first <= -32) { return 0u; }
  if (first < 0) { return inversePi[0] >> u32(-first); }
  var words = inversePi;
  let word = min(first >> 5u, 7);
  let shift = u32(first) & 31u;
  return select((words[word] << shift) | (words[word + 1] >> (32u - max(shift, 1u))), words[word], shift == 0u);
}

fn sinOfReduced(r: f32) -> f32 {
  let z = r * r;
  let q = ((2.605774852781906e-6 * z + -0.00019809599325526505) * z + 0.00833306647837162) * z + -0.16666659712791443;
  return r * z * q + r;
}

fn angle(x: f32, quarter: bool) -> f32 {
  let bits = bitcast<u32>(x);
  let exponent = i32((bits >> 23u) & 255u);
  if (exponent == 255) { return notANumber(); }
  // Below 1 nothing is to be taken away, and bits would be lost.
  if (exponent < 127 && !quarter) { return select(sinOfReduced(x), x, exponent < 64); }
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let first = exponent - 151;
  // A fixed-point number below 2, with 63 bits behind the point.
  let middle = mantissa * bitsOfInversePi(first + 32);
  let low = middle + multiplyHigh(mantissa, bitsOfInversePi(first + 64));
  let carry = select(0u, 1u, low < middle);
  var high = mantissa * bitsOfInversePi(first) + multiplyHigh(mantissa, bitsOfInversePi(first + 32)) + carry;
  high += select(0u, 0x40000000u, quarter);
  let whole = (high + 0x40000000u) >> 31u;
  let fraction = bitcast<i32>(high - (whole << 31u));
  let turns = f32(fraction) * 4.656612873077393e-10 + f32(low) * 1.0842021724855044e-19;
  let result = sinOfReduced(turns * 3.1415926535897932);
  let odd = whole == 1u;
  let negate = odd != (!quarter && (bits >> 31u) == 1u);
  return select(result, -result, negate);
}

fn angle4(x: vec4f, quarter: bool) -> vec4f {
  return vec4f(angle(x.x, quarter), angle(x.y, quarter), angle(x.z, quarter), angle(x.w, quarter));
}
`

/** The upper word of the product of two words, by halves. */
export const multiplyHigh = `
fn multiplyHigh(a: u32, b: u32) -> u32 {
  let aLow = a & 0xffffu;
  let aHigh = a >> 16u;
  let bLow = b & 0xffffu;
  let bHigh = b >> 16u;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16u);
  let carry = aLow * bHigh + (middle & 0xffffu);
  return aHigh * bHigh + (middle >> 16u) + (carry >> 16u);
}
`
