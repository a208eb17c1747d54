import { writePretrained } from '@tlc/transformer'

/** Writes models without end, by turns in one file and in shards; all bytes of a model's weights are its number. */
const folder = process.argv[2]!
for (let number = 0; ; number++) {
  const weights = new Uint8Array(300_000).fill(number % 256)
  const shards = ['model-00001-of-00003', 'model-00002-of-00003', 'model-00003-of-00003']
  const names = number % 2 === 0 ? ['model'] : shards
  const index = { weight_map: Object.fromEntries(shards.map((name) => [name, `${name}.safetensors`])) }
  const files = new Map([['config.json', new TextEncoder().encode(JSON.stringify({ number }))]])
  for (const name of names) files.set(`${name}.safetensors`, weights)
  if (names.length > 1) files.set('model.safetensors.index.json', new TextEncoder().encode(JSON.stringify(index)))
  await writePretrained(folder, files)
  if (number === 1) process.stdout.write('two models were written\n')
}
