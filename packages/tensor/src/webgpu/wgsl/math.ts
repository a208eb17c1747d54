/**
 * Elementary functions, as accurate as those of the wasm backend and with its coefficients (see assembly/math): WGSL lets
 * a device be off by many units of the last place, and lets it forget about NaN. Where a number may be below 2⁻¹²⁶, which
 * many devices take for 0, its bits are looked at instead.
 *
 * Each is written once for numbers and vectors of four: F, U, I and B stand for the types, `$` for the end of a name.
 */
const functions: { readonly [name: string]: string } = {
  isNaN: 'fn isNaN$(x: F) -> B { return (bitcast<U>(x) & U(0x7fffffffu)) > U(0x7f800000u); }',
  // Variables: WGSL refuses constants that are not finite.
  infinity: 'fn infinity$() -> F { var bits = 0x7f800000u; return F(bitcast<f32>(bits)); }',
  notANumber: 'fn notANumber$() -> F { var bits = 0x7fc00000u; return F(bitcast<f32>(bits)); }',
  magnitude: 'fn magnitude$(x: F) -> F { return bitcast<F>(bitcast<U>(x) & U(0x7fffffffu)); }',
  withSign: `fn withSign$(x: F, sign: F) -> F {
  return bitcast<F>((bitcast<U>(x) & U(0x7fffffffu)) | (bitcast<U>(sign) & U(0x80000000u)));
}`,
  // By bits: -0 < 0, which is what the larger of both needs; `below` takes them as equal.
  larger: `fn larger$(a: F, b: F) -> F {
  let left = bitcast<I>(a) ^ bitcast<I>(bitcast<U>(bitcast<I>(a) >> U(31u)) >> U(1u));
  let right = bitcast<I>(b) ^ bitcast<I>(bitcast<U>(bitcast<I>(b) >> U(31u)) >> U(1u));
  let largest = select(b, a, left > right);
  return select(select(largest, b, isNaN$(b)), a, isNaN$(a));
}`,
  ordered: `fn ordered$(x: F) -> I {
  let bits = bitcast<I>(x);
  return select(bits, -(bits & I(0x7fffffff)), bits < I(0));
}`,
  below: 'fn below$(a: F, b: F) -> B { return (ordered$(a) < ordered$(b)) & !isNaN$(a) & !isNaN$(b); }',
  same: 'fn same$(a: F, b: F) -> B { return (ordered$(a) == ordered$(b)) & !isNaN$(a) & !isNaN$(b); }',
  negative: 'fn negative$(x: F) -> F { return bitcast<F>(bitcast<U>(x) ^ U(0x80000000u)); }',
  // Below 2⁻¹²⁶: √(m 2⁻¹⁴⁹) = √(2m) 2⁻⁷⁵.
  root: `fn root$(x: F) -> F {
  let bits = bitcast<U>(x);
  let fraction = bits & U(0x7fffffffu);
  let tiny = (fraction > U(0u)) & (fraction < U(0x800000u));
  let ofTiny = select(sqrt(F(2u * fraction)) * 2.6469779601696886e-23, notANumber$(), bits > U(0x80000000u));
  return select(sqrt(x), ofTiny, tiny);
}`,
  powerOfTwo: 'fn powerOfTwo$(n: I) -> F { return bitcast<F>((n + I(127)) << U(23u)); }',
  // 2ⁿ eʳ with n = round(x / ln 2); the power in two halves, so that results below 2⁻¹²⁶ are rounded once.
  exponential: `fn exponential$(x: F) -> F {
  let bounded = clamp(x, F(-104.0), F(89.0));
  let n = round(bounded * 1.4426950408889634);
  let r = (bounded - n * 0.693145751953125) - n * 1.4286068203094173e-6;
  let square = r * r;
  var q = (0.0013814539415761828 * square) + (0.00836874544620514 * r + F(0.04166838899254799));
  q = q * square + (0.1666652113199234 * r + F(0.4999999403953552));
  let power = (square * q + r) + F(1.0);
  let whole = I(n);
  let half = whole >> U(1u);
  return select(power * powerOfTwo$(half) * powerOfTwo$(whole - half), x, isNaN$(x));
}`,
  // k ln 2 + ln(1 + f) with √½ <= 1 + f < √2.
  logarithm: `fn logarithm$(x: F) -> F {
  let bits = bitcast<U>(x);
  let tiny = bits < U(0x800000u);
  let normal = select(bits, bitcast<U>(F(bits)), tiny);
  let shifted = normal + U(0x004afb0du);
  let k = F(bitcast<I>(shifted >> U(23u)) - select(I(127), I(276), tiny));
  let f = bitcast<F>((shifted & U(0x7fffffu)) + U(0x3f3504f3u)) - F(1.0);
  let s = f / (f + F(2.0));
  let z = s * s;
  let remainder = (0.2987176179885864 * z + F(0.3997754156589508)) * z + F(0.6666677594184875);
  let halfSquare = f * f * 0.5;
  let correction = s * (remainder * z + halfSquare);
  let low = k * 1.4286068203094173e-6 + correction;
  let result = k * 0.693145751953125 + (f - (halfSquare - low));
  let notPositive = select(notANumber$(), -infinity$(), (bits & U(0x7fffffffu)) == U(0u));
  let special = select(notPositive, x, bits == U(0x7f800000u));
  return select(special, result, (bits > U(0u)) & (bits < U(0x7f800000u)));
}`,
  // |x| + |x|³ P(x²) below 5/8, 1 - 2 e / (1 + e) with e = e^(-2|x|) above.
  hyperbolicTangent: `fn hyperbolicTangent$(x: F) -> F {
  let a = magnitude$(x);
  let z = x * x;
  let square = z * z;
  var q = -0.005704978480935097 * square + (0.020639078691601753 * z + F(-0.05373971164226532));
  q = q * square + (0.13331441581249237 * z + F(-0.3333328068256378));
  let e = exponential$(a * -2.0);
  let large = F(1.0) - (e + e) / (F(1.0) + e);
  let result = select(large, a * z * q + a, a < F(0.625));
  return select(withSign$(result, x), x, isNaN$(x));
}`,
  // e^(a²) erfc a, 0 <= a <= 10
  complement: `fn complement$(a: F) -> F {
  let square = a * a;
  var p = 0.03292682766914368 * square + (0.22984087467193604 * a + F(0.7329104542732239));
  p = p * square + (1.239659070968628 * a + F(1.0));
  var q = 0.05836060270667076 * a + F(0.40740811824798584);
  q = q * square + (1.327806830406189 * a + F(2.4049465656280518));
  q = q * square + (2.3680388927459717 * a + F(1.0));
  return p / q;
}`,
  // |x| + |x| P(x²) below 0.8, 1 - e^(-x²) (e^(x²) erfc |x|) above.
  errorFunction: `fn errorFunction$(x: F) -> F {
  let a = min(magnitude$(x), F(10.0));
  let z = a * a;
  let square = z * z;
  var q = -0.0006535098655149341 * z + F(0.005085108336061239);
  q = q * square + (-0.026820793747901917 * z + F(0.11283112317323685));
  q = q * square + (-0.3761260211467743 * z + F(0.12837914));
  let large = F(1.0) - exponential$(-z) * complement$(a);
  let result = select(large, q * a + a, a < F(0.8));
  return select(withSign$(result, x), x, isNaN$(x));
}`,
  // Φ(x), from e = e^(-x²/2): Φ(-|x|) = e/2 · (e^(a²) erfc a) with a = |x|/√2.
  normalCdf: `fn normalCdf$(x: F, e: F) -> F {
  let tail = 0.5 * e * complement$(min(magnitude$(x) * 0.7071067811865476, F(10.0)));
  return select(F(1.0) - tail, tail, x < F(0.0));
}`,
}

const types = {
  f32: { F: 'f32', U: 'u32', I: 'i32', B: 'bool', $: '' },
  vec4f: { F: 'vec4f', U: 'vec4u', I: 'vec4i', B: 'vec4<bool>', $: '4' },
} as const

/**
 * The functions that some code calls, and those that they call, in WGSL. `exponential(x)` is of a number,
 * `exponential4(x)` of a vector.
 */
export function mathFor(code: string): string {
  const written = new Map<string, string>()
  let scanned = code
  for (;;) {
    const called = [...scanned.matchAll(/\b([a-zA-Z]+?)(4?)\(/g)].filter(
      ([, name, four]) => Object.hasOwn(functions, name!) && !written.has(name! + four),
    )
    if (called.length === 0) return [...written.values()].join('\n')
    for (const [, name, four] of called) written.set(name! + four, spelled(functions[name!]!, four ? 'vec4f' : 'f32'))
    scanned = [...written.values()].join('\n')
  }
}

function spelled(code: string, type: keyof typeof types): string {
  return code.replaceAll(/\b[FUIB]\b|\$/g, (letter) => types[type][letter as 'F'])
}
