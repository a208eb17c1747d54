import { type NativeFunctions, polynomial } from './native.ts'

/**
 * sin(|x| + q π), where q is a fixed-point number with 31 bits behind the point: of |x| / π = m 2ˢ / π only what lies
 * below 2 matters, and 64 bits of 1/π decide it, whatever the exponent. So no angle is too large.
 *
 * @see Payne & Hanek 1983
 */
const turned = `
const uint inversePi[8] = uint[8](0u, 0x517cc1b7u, 0x27220a94u, 0xfe13abe8u, 0xfa9a6ee0u, 0x6db14accu, 0x9e21c820u, 0xff28b1d5u);
uint inversePiFrom(int first) {
  int word = first >> 5;
  int shift = first & 31;
  return shift == 0 ? inversePi[word] : (inversePi[word] << shift) | (inversePi[word + 1] >> (32 - shift));
}
float sineOfRest(float r) {
  float z = r * r;
  return r * z * ${polynomial([2.605774852781906e-6, -0.00019809599325526506, 0.00833306647837162, -0.16666659712791443], 'z')} + r;
}
float turned(float x, uint quarter) {
  uint word = floatBitsToUint(x) & 0x7fffffffu;
  int exponent = int(word >> 23);
  if (exponent == 255) return notANumber;
  if (exponent < 126) return sineOfRest(quarter == 0u ? abs(x) : 1.5707963267948966 - abs(x));
  uint m = (word & 0x7fffffu) | 0x800000u;
  uint upper = m >> 16;
  uint lower = m & 0xffffu;
  uint high = inversePiFrom(exponent - 119);
  uint low = inversePiFrom(exponent - 87);
  uint carried = upper * (low >> 16) + ((lower * (low >> 16)) >> 16) + ((upper * (low & 0xffffu)) >> 16);
  uint turns = m * high + carried + quarter;
  uint whole = (turns + 0x40000000u) >> 31;
  float sine = sineOfRest(float(int(turns - (whole << 31))) * 1.4629180792671596e-9);
  return whole == 0u ? sine : -sine;
}
`

export const trigonometry: NativeFunctions = {
  sine: {
    returns: 'Number',
    glsl: `${turned}float sine(float x) { return floatBitsToInt(x) < 0 ? -turned(x, 0u) : turned(x, 0u); }`,
    js: 'function sine(x) { return Math.sin(x); }',
  },
  cosine: {
    returns: 'Number',
    glsl: `${turned}float cosine(float x) { return turned(x, 0x40000000u); }`,
    js: 'function cosine(x) { return Math.cos(x); }',
  },
}
