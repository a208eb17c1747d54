import type { NativeFunctions } from './native.ts'

/** What float32 does exactly. Truth is 1 or 0, as bool tensors have it on the device. */
export const arithmetic: NativeFunctions = {
  negative: {
    returns: 'Number',
    glsl: 'float negative(float x) { return uintBitsToFloat(floatBitsToUint(x) ^ 0x80000000u); }',
    js: 'function negative(x) { return -x; }',
  },
  squareRoot: {
    returns: 'Number',
    // Numbers below 2⁻¹²⁶ are whole ones times 2⁻¹⁴⁹, whose root is that of twice as many times 2⁻⁷⁵.
    glsl: `float squareRoot(float x) {
      int word = floatBitsToInt(x);
      if (isZero(x)) return x;
      if (word < 0) return notANumber;
      return word < 0x00800000 ? sqrt(float(2 * word)) * powerOfTwo(-75) : sqrt(x);
    }`,
    js: 'function squareRoot(x) { return Math.sqrt(x); }',
  },
  rounded: {
    returns: 'Number',
    glsl: 'float rounded(float x) { return roundEven(x); }',
    js: 'function rounded(x) { return Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x); }',
  },
  // Functions, since gpu.js writes some operators in its own way: a division may become one of whole numbers.
  plus: {
    returns: 'Number',
    glsl: 'float plus(float a, float b) { return a + b; }',
    js: 'function plus(a, b) { return a + b; }',
  },
  minus: {
    returns: 'Number',
    glsl: 'float minus(float a, float b) { return a - b; }',
    js: 'function minus(a, b) { return a - b; }',
  },
  times: {
    returns: 'Number',
    glsl: 'float times(float a, float b) { return a * b; }',
    js: 'function times(a, b) { return a * b; }',
  },
  over: {
    returns: 'Number',
    glsl: 'float over(float a, float b) { return a / b; }',
    js: 'function over(a, b) { return a / b; }',
  },
  larger: {
    returns: 'Number',
    // Of two zeros that without a sign is the larger one.
    glsl: `float larger(float a, float b) {
      if (isZero(a) && isZero(b)) return uintBitsToFloat(floatBitsToUint(a) & floatBitsToUint(b));
      return isNotANumber(a) || (!isNotANumber(b) && rankOf(a) > rankOf(b)) ? a : b;
    }`,
    js: 'function larger(a, b) { return Math.max(a, b); }',
  },
  isLess: {
    returns: 'Number',
    glsl: `float isLess(float a, float b) {
      return !isNotANumber(a) && !isNotANumber(b) && rankOf(a) < rankOf(b) ? 1.0 : 0.0;
    }`,
    js: 'function isLess(a, b) { return a < b ? 1 : 0; }',
  },
  isEqual: {
    returns: 'Number',
    glsl: 'float isEqual(float a, float b) { return !isNotANumber(a) && rankOf(a) == rankOf(b) ? 1.0 : 0.0; }',
    js: 'function isEqual(a, b) { return a === b ? 1 : 0; }',
  },
  isNotZero: {
    returns: 'Number',
    glsl: 'float isNotZero(float x) { return isZero(x) ? 0.0 : 1.0; }',
    js: 'function isNotZero(x) { return x === 0 ? 0 : 1; }',
  },
  choice: {
    returns: 'Number',
    glsl: 'float choice(float condition, float a, float b) { return condition == 0.0 ? b : a; }',
    js: 'function choice(condition, a, b) { return condition === 0 ? b : a; }',
  },
}
