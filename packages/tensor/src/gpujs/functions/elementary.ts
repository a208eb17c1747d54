import { type NativeFunctions, polynomial } from './native.ts'

/*
 * GLSL promises little of its own exp, log and tanh, and drivers differ. These are accurate to one or two units in the
 * last place wherever float32 adds and multiplies as it should. The coefficients are those of assembly/math.
 */

/** ln 2 in two parts; products of the first with whole numbers below 2⁹ are exact. */
const ln2 = ['0.693145751953125', '1.4286068203094173e-6'] as const

/** eˣ = 2ⁿ eʳ with n = round(x / ln 2); the power in two halves, so that the largest results do not overflow early. */
export const exponential: string = `float exponential(float x) {
  if (isNotANumber(x)) return x;
  float bounded = clamp(x, -104.0, 89.0);
  float n = floor(bounded * 1.4426950408889634 + 0.5);
  float r = (bounded - n * ${ln2[0]}) - n * ${ln2[1]};
  float q = ${polynomial([0.0013814539415761828, 0.00836874544620514, 0.04166838899254799, 0.1666652113199234, 0.4999999403953552], 'r')};
  int whole = int(n);
  int part = whole >> 1;
  return (1.0 + (r + r * r * q)) * powerOfTwo(part) * powerOfTwo(whole - part);
}`

/**
 * ln x = k ln 2 + ln(1 + f) with √½ <= 1 + f < √2, and with s = f / (2 + f)
 * ln(1 + f) = 2 artanh s = f - (f²/2 - s (f²/2 + R(s²))). What is below 2⁻¹²⁶ is a whole number times 2⁻¹⁴⁹.
 */
const logarithm = `float logarithm(float x) {
  int word = floatBitsToInt(x);
  if ((word & 0x7fffffff) == 0) return -infinite;
  if (word < 0) return notANumber;
  if (word >= 0x7f800000) return x;
  int offset = 127;
  if (word < 0x00800000) {
    word = floatBitsToInt(float(word));
    offset = 127 + 149;
  }
  int shifted = word + 0x004afb0d;
  float k = float((shifted >> 23) - offset);
  float f = intBitsToFloat((shifted & 0x7fffff) + 0x3f3504f3) - 1.0;
  float s = f / (f + 2.0);
  float z = s * s;
  float halfSquare = f * f * 0.5;
  float correction = s * (${polynomial([0.2987176179885864, 0.3997754156589508, 0.6666677594184875], 'z')} * z + halfSquare);
  float low = k * ${ln2[1]} + correction;
  return k * ${ln2[0]} + (f - (halfSquare - low));
}`

/** tanh |x| = |x| + |x|³ P(x²) below 5/8, 1 - 2 e / (1 + e) with e = e^(-2|x|) above. */
const hyperbolicTangent = `float hyperbolicTangent(float x) {
  if (isNotANumber(x)) return x;
  float a = abs(x);
  float z = x * x;
  float series = ${polynomial([-0.005704978480935097, 0.020639078691601753, -0.05373971164226532, 0.13331441581249237, -0.3333328068256378], 'z')};
  float e = exponential(-2.0 * a);
  return withSignOf(x, a < 0.625 ? a * z * series + a : 1.0 - (e + e) / (1.0 + e));
}`

export const elementary: NativeFunctions = {
  exponential: {
    returns: 'Number',
    glsl: exponential,
    js: 'function exponential(x) { return Math.exp(x); }',
  },
  logarithm: {
    returns: 'Number',
    glsl: logarithm,
    js: 'function logarithm(x) { return Math.log(x); }',
  },
  hyperbolicTangent: {
    returns: 'Number',
    glsl: exponential + hyperbolicTangent,
    js: 'function hyperbolicTangent(x) { return Math.tanh(x); }',
  },
}
