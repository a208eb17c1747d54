import { exponential } from './elementary.ts'
import { type NativeFunctions, polynomial } from './native.ts'

/** erf x / x - 1, by x², for |x| < 0.8 */
const series = polynomial(
  [
    -0.0006535098655149341, 0.005085108336061239, -0.026820793747901917, 0.11283112317323685, -0.3761260211467743,
    0.12837914,
  ],
  'z',
)
/** e^(a²) erfc a for 0 <= a <= 10: a numerator and a denominator */
const above = polynomial([0.03292682766914368, 0.22984087467193604, 0.7329104542732239, 1.239659070968628, 1], 'a')
const below = polynomial(
  [0.05836060270667076, 0.40740811824798584, 1.327806830406189, 2.4049465656280518, 2.3680388927459717, 1],
  'a',
)

/** erf |x| = |x| + |x| P(x²) below 0.8, 1 - e^(-x²) (e^(x²) erfc |x|) above; with the sign of x. */
export const errorFunction: NativeFunctions = {
  errorFunction: {
    returns: 'Number',
    glsl: `${exponential}
float errorFunction(float x) {
  if (isNotANumber(x)) return x;
  float a = min(abs(x), 10.0);
  float z = a * a;
  return withSignOf(x, a < 0.8 ? a * ${series} + a : 1.0 - exponential(-z) * (${above} / ${below}));
}`,
    js: `function errorFunction(x) {
  const a = Math.min(Math.abs(x), 10);
  const z = a * a;
  const magnitude = a < 0.8 ? a * ${series} + a : 1.0 - Math.exp(-z) * (${above} / ${below});
  return x < 0 || Object.is(x, -0) ? -magnitude : magnitude;
}`,
  },
}
