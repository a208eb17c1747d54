import type { NativeFunctions } from './native.ts'

/*
 * Where an element lies. gpu.js makes every variable of a kernel a float, which is exact to 2²⁴ only, but leaves
 * arguments and results of functions whole: so places are computed in expressions of these functions, never stored.
 */

export const places: NativeFunctions = {
  quotient: {
    returns: 'Integer',
    glsl: 'int quotient(int a, int b) { return a / b; }',
    js: 'function quotient(a, b) { return Math.trunc(a / b); }',
  },
  remainder: {
    returns: 'Integer',
    glsl: 'int remainder(int a, int b) { return a % b; }',
    js: 'function remainder(a, b) { return a % b; }',
  },
  /** The position of element i along an axis of `size` places, each of them `inner` elements, times a stride. */
  along: {
    returns: 'Integer',
    glsl: 'int along(int i, int inner, int size, int stride) { return i / inner % size * stride; }',
    js: 'function along(i, inner, size, stride) { return Math.trunc(i / inner) % size * stride; }',
  },
  /** The same, less `before`. */
  shifted: {
    returns: 'Integer',
    glsl: `int shifted(int i, int inner, int size, int before, int stride) {
      return (i / inner % size - before) * stride;
    }`,
    js: `function shifted(i, inner, size, before, stride) {
      return (Math.trunc(i / inner) % size - before) * stride;
    }`,
  },
  /** 1 if that position is one of `count` from `before` on, else 0. */
  inside: {
    returns: 'Integer',
    glsl: `int inside(int i, int inner, int size, int before, int count) {
      int position = i / inner % size - before;
      return position >= 0 && position < count ? 1 : 0;
    }`,
    js: `function inside(i, inner, size, before, count) {
      const position = Math.trunc(i / inner) % size - before;
      return position >= 0 && position < count ? 1 : 0;
    }`,
  },
  /** How many of `length` elements from `first` on come before `end`. */
  upTo: {
    returns: 'Integer',
    glsl: 'int upTo(int first, int length, int end) { return min(length, end - first); }',
    js: 'function upTo(first, length, end) { return Math.min(length, end - first); }',
  },
  /** A whole number that an array holds. */
  whole: {
    returns: 'Integer',
    glsl: 'int whole(float value) { return int(value); }',
    js: 'function whole(value) { return value; }',
  },
  /** An id, or the nearest of 0..length-1. */
  clamped: {
    returns: 'Integer',
    glsl: 'int clamped(float id, int length) { return clamp(int(id), 0, length - 1); }',
    js: 'function clamped(id, length) { return Math.min(Math.max(id, 0), length - 1); }',
  },
}
