import { expect, test } from 'vitest'
import { compute, mapRead, usage } from './usage.ts'

test('the flags are those of the browser', () => {
  expect(usage).toEqual({
    mapRead: GPUBufferUsage.MAP_READ,
    copySource: GPUBufferUsage.COPY_SRC,
    copyTarget: GPUBufferUsage.COPY_DST,
    uniform: GPUBufferUsage.UNIFORM,
    storage: GPUBufferUsage.STORAGE,
    queryResolve: GPUBufferUsage.QUERY_RESOLVE,
  })
  expect({ mapRead, compute }).toEqual({ mapRead: GPUMapMode.READ, compute: GPUShaderStage.COMPUTE })
})
