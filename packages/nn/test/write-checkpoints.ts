import { writeCheckpoint } from '../src/node/index.ts'

// Writes one checkpoint after the other into the folder given, until it is killed. All bytes of one are its number.
const folder = process.argv[2]!
for (let number = 1; ; number++) {
  const data = new Uint8Array(300_000).fill(number % 256)
  await writeCheckpoint(
    folder,
    new Map([
      ['model.safetensors', data],
      ['state.json', data.subarray(0, 100)],
    ]),
  )
}
