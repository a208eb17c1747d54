/**
 * What the functions in GLSL share: floats by their bits. `isnan`, comparisons with NaN and infinity as a constant are
 * not to be relied upon there, since compilers may assume that neither occurs.
 */
export const bits = `
const float infinite = uintBitsToFloat(0x7f800000u);
const float notANumber = uintBitsToFloat(0x7fc00000u);
bool isNotANumber(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }
float powerOfTwo(int n) { return intBitsToFloat((n + 127) << 23); }
float withSignOf(float x, float magnitude) {
  return uintBitsToFloat((floatBitsToUint(x) & 0x80000000u) | floatBitsToUint(magnitude));
}
`
