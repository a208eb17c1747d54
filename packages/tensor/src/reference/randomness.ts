import type { Kernels } from '../backend.ts'
import { philox } from '../random.ts'
import { elements } from './memory.ts'

export const randomness: Pick<Kernels, 'randomBits'> = {
  randomBits: (_, { key }, [y]) => {
    const output = elements(y!)
    for (let block = 0; block * 4 < output.length; block++) {
      const words = philox([block, 0, 0, 0], key)
      for (let word = 0; word < 4 && block * 4 + word < output.length; word++) output[block * 4 + word] = words[word]!
    }
  },
}
