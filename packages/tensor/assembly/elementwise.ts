/*
 * Elementwise kernels of one input. Each does the elements [start, end) of its output, as map.ts says.
 */
import { map } from './map'
import { erf as erfOf } from './math/erf'
import { exp as expOf } from './math/exp'
import { log as logOf } from './math/log'
import { cos as cosOf, sin as sinOf } from './math/sin'
import { tanh as tanhOf } from './math/tanh'

@unmanaged class Neg { @inline of(x: v128): v128 { return f32x4.neg(x) } }
@unmanaged class NegInteger { @inline of(x: v128): v128 { return i32x4.neg(x) } }
@unmanaged class Sqrt { @inline of(x: v128): v128 { return f32x4.sqrt(x) } }
@unmanaged class Round { @inline of(x: v128): v128 { return f32x4.nearest(x) } }
@unmanaged class Exp { @inline of(x: v128): v128 { return expOf(x) } }
@unmanaged class Log { @inline of(x: v128): v128 { return logOf(x) } }
@unmanaged class Sin { @inline of(x: v128): v128 { return sinOf(x) } }
@unmanaged class Cos { @inline of(x: v128): v128 { return cosOf(x) } }
@unmanaged class Tanh { @inline of(x: v128): v128 { return tanhOf(x) } }
@unmanaged class Erf { @inline of(x: v128): v128 { return erfOf(x) } }

/** y = -x, f32 */
export function neg(x: usize, y: usize, start: usize, end: usize): void {
  map<Neg>(x, y, start, end)
}

/** y = -x, i32 */
export function negInteger(x: usize, y: usize, start: usize, end: usize): void {
  map<NegInteger>(x, y, start, end)
}

/** y = √x, f32 */
export function sqrt(x: usize, y: usize, start: usize, end: usize): void {
  map<Sqrt>(x, y, start, end)
}

/** y = x rounded to whole numbers, halves to even; f32 */
export function round(x: usize, y: usize, start: usize, end: usize): void {
  map<Round>(x, y, start, end)
}

/** y = eˣ, f32 */
export function exp(x: usize, y: usize, start: usize, end: usize): void {
  map<Exp>(x, y, start, end)
}

/** y = ln x, f32 */
export function log(x: usize, y: usize, start: usize, end: usize): void {
  map<Log>(x, y, start, end)
}

/** y = sin x, f32 */
export function sin(x: usize, y: usize, start: usize, end: usize): void {
  map<Sin>(x, y, start, end)
}

/** y = cos x, f32 */
export function cos(x: usize, y: usize, start: usize, end: usize): void {
  map<Cos>(x, y, start, end)
}

/** y = tanh x, f32 */
export function tanh(x: usize, y: usize, start: usize, end: usize): void {
  map<Tanh>(x, y, start, end)
}

/** y = erf x, f32 */
export function erf(x: usize, y: usize, start: usize, end: usize): void {
  map<Erf>(x, y, start, end)
}
