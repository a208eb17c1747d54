/**
 * What the functions in GLSL share: floats by their bits. `isnan` and infinity as a constant are not to be relied upon
 * there, since compilers may assume that neither occurs, and arithmetic may take what is below 2⁻¹²⁶ for 0.
 */
export const bits = `
const float infinite = uintBitsToFloat(0x7f800000u);
const float notANumber = uintBitsToFloat(0x7fc00000u);
bool isZero(float x) { return (floatBitsToUint(x) & 0x7fffffffu) == 0u; }
bool isNotANumber(float x) { return (floatBitsToUint(x) & 0x7fffffffu) > 0x7f800000u; }
int rankOf(float x) { // in the order of the floats, both zeros being 0
  int word = floatBitsToInt(x);
  return word < 0 ? -(word & 0x7fffffff) : word;
}
float powerOfTwo(int n) { return intBitsToFloat((n + 127) << 23); }
float withSignOf(float x, float magnitude) {
  return uintBitsToFloat((floatBitsToUint(x) & 0x80000000u) | floatBitsToUint(magnitude));
}
`
