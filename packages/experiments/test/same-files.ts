import { type Backend, openBackend } from '@tlc/tensor'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileOn } from './recipe-files.ts'
import { dataFreeRecipes } from './recipes.ts'

/** Each recipe that needs no examples gives, on a backend, the file of the reference backend. */
export function sameFiles(name: string, open: () => Promise<Backend>): void {
  describe(`a recipe without examples gives the file of the reference backend, to the byte, on ${name}`, () => {
    let backends: readonly [Backend, Backend]
    beforeAll(async () => {
      backends = [await openBackend('reference'), await open()]
    })
    afterAll(async () => {
      for (const backend of backends) await backend.close()
    })

    test.each(dataFreeRecipes)('%s', async (_, recipe) => {
      const [reference, tried] = backends
      expect(await fileOn(tried, recipe)).toEqual(await fileOn(reference, recipe))
    })
  })
}
