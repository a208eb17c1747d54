import type { Library } from './library.ts'
import type { Target } from './target.ts'

/** gpu.js's CPU mode: kernels become loops in JavaScript, arrays are arrays. */
export function openCpu(library: Library): Target {
  return {
    mode: 'cpu',
    gpu: new library({ mode: 'cpu' }),
    language: 'js',
    arrayType: 'Array',
    limit: 2 ** 31 - 1,
    run: (kernel, inputs) => kernel(...inputs) as Float32Array,
    read: (array) => array as Float32Array,
    free() {
      // The garbage collector frees it.
    },
    async close() {
      // gpu.js has nothing to destroy here, and an error for those who try.
    },
  }
}
