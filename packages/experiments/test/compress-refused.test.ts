import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseSafetensors, serializeSafetensors } from '@tlc/nn'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { labelledReviews, saveTinyModel } from './tiny-models.ts'
import { type Outcome, scratch, tlc } from './tlc.ts'

let root: string
const at = (name: string): string => join(root, name)
const run = (...parameters: readonly string[]): Promise<Outcome> =>
  tlc(parameters, { environment: { TLC_CACHE: at('cache') } })

beforeAll(async () => {
  root = await scratch()
  const reviews = labelledReviews(400, 3)
  await writeFile(at('reviews.tsv'), reviews)
  await saveTinyModel(at('model'), reviews)
}, 60_000)
afterAll(() => rm(root, { recursive: true }))

describe.concurrent('options that do not go together are wrong usage, told by their names', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      'a criterion that cannot rank units',
      ['prune', '--sparsity', '0.5', '--structure', 'heads', '--criterion', 'wanda'],
      ['--criterion: must be magnitude or taylor for heads, given "wanda"'],
    ],
    [
      'another share than the groups leave',
      ['prune', '--sparsity', '0.6', '--structure', '2:4'],
      ['--sparsity: must be 0.5 where 2 of 4 are kept, given 0.6'],
    ],
    [
      'a structure that is none',
      ['prune', '--sparsity', '0.5', '--structure', 'diagonals'],
      ['--structure: ', 'must be a name, n:m or rxc'],
    ],
    [
      'a scope of what has an order of its own',
      ['prune', '--sparsity', '0.5', '--criterion', 'obs', '--scope', 'erk'],
      ['--scope: cannot be chosen for obs'],
    ],
    ['all weights', ['prune', '--sparsity', '1'], ["'1' is invalid", 'up to, but not, 1']],
    ['no bits', ['quantize'], ['--bits: must be given for affine']],
    [
      'bits of a scheme that has its own',
      ['quantize', '--scheme', 'q4_k', '--bits', '4'],
      ['--bits: cannot be chosen for q4_k'],
    ],
    [
      'rounding of a scheme that has its own',
      ['quantize', '--scheme', 'nf4', '--rounding', 'gptq'],
      ['--rounding: cannot be chosen for nf4'],
    ],
    ['one bit on both sides of 0', ['quantize', '--bits', '1', '--grid', 'symmetric'], ['--bits: must be 2 or more']],
    [
      'a form of a format that has none',
      ['export', '--to', 'gguf', '--form', 'qdq'],
      ['--form is of onnx, not of gguf'],
    ],
    ['a format that is none', ['export', '--to', 'pickle'], ["'pickle' is invalid", 'onnx, gguf, safetensors']],
    ['no recipe', ['compress'], ["required option '--recipe <file>' not specified"]],
  ])('%s', async (_, [command, ...options], messages) => {
    const model = command === 'export' ? [at('model')] : ['--model', at('model')]
    const { status, stdout, stderr } = await run(command!, ...model, ...options, '--out', at('never'))
    expect([status, stdout]).toEqual([2, ''])
    for (const message of messages) expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
  })
})

/** A copy of the model whose first weight in a matrix is no number. */
async function brokenModel(): Promise<string> {
  const { tensors } = parseSafetensors(await readFile(join(at('model'), 'model.safetensors')))
  const name = 'roberta.encoder.layer.0.output.dense.weight'
  const tensor = tensors.get(name)!
  const bytes = Uint8Array.from(tensor.bytes)
  new DataView(bytes.buffer).setFloat32(0, Number.NaN, true)
  await mkdir(at('broken'))
  await writeFile(
    join(at('broken'), 'model.safetensors'),
    serializeSafetensors(new Map([...tensors, [name, { ...tensor, bytes }]])),
  )
  for (const file of ['config.json', 'tokenizer.json'])
    await writeFile(join(at('broken'), file), await readFile(join(at('model'), file)))
  return at('broken')
}

/** What comes after `--model`, as it is; a recipe by its file, which is written first. */
const withRecipe = async (name: string, content: string, ...more: readonly string[]): Promise<readonly string[]> => {
  await writeFile(at(name), content)
  return ['compress', '--model', at('model'), '--recipe', at(name), ...more]
}

describe.concurrent('what cannot be compressed ends with exit code 1 and one clear error, and leaves nothing behind', () => {
  const data = (): readonly string[] => ['--data', at('reviews.tsv')]
  test.each<[string, () => Promise<readonly string[]> | readonly string[], readonly string[]]>([
    [
      'a recipe that is not there',
      () => ['compress', '--model', at('model'), '--recipe', at('absent.json')],
      ['cannot read', 'absent.json', 'expected a recipe'],
    ],
    ['a recipe that is no JSON', () => withRecipe('torn.json', '[{'), ['torn.json is not JSON']],
    [
      'a field that there is not',
      () => withRecipe('speed.json', '[{"prune": {"sparsity": 0.5, "speed": 2}}]'),
      ['speed.json: the recipe cannot be followed', '[0].prune', 'speed'],
    ],
    [
      'steps in a wrong order',
      () => withRecipe('order.json', '[{"encode": {}}, {"quantize": {"bits": 8}}]'),
      ['[1]: quantize cannot follow encode'],
    ],
    [
      'units and names',
      () => withRecipe('units.json', '[{"prune": {"sparsity": 0.5, "structure": "heads", "include": ["0"]}}]'),
      ['[0].prune.include: cannot be chosen for heads'],
    ],
    [
      'names that are none',
      () => withRecipe('names.json', '[{"quantize": {"bits": 8, "include": ["^nothing"]}}]'),
      ['step 1 of the recipe, quantize', 'leave no parameter'],
    ],
    [
      'a step that needs examples',
      () =>
        withRecipe('blind.json', '[{"prune": {"sparsity": 0.2}}, {"finetune": {"steps": 5, "learningRate": 0.001}}]'),
      ['fine-tuning looks at examples'],
    ],
    [
      'steps that lose all',
      () =>
        withRecipe(
          'lost.json',
          '[{"prune": {"sparsity": 0.2}}, {"finetune": {"steps": 9, "learningRate": 1e30}}]',
          ...data(),
        ),
      ['step 2 of the recipe, finetune', 'the loss of step', 'is NaN'],
    ],
    [
      'a batch of more texts than there are',
      () =>
        withRecipe('large.json', '[{"finetune": {"steps": 5, "batchSize": 5000, "learningRate": 0.001}}]', ...data()),
      ['a batch needs 5000'],
    ],
    [
      'weights that are no numbers',
      async () => ['quantize', '--model', await brokenModel(), '--bits', '8'],
      ['the recipe, quantize: ', "'roberta.encoder.layer.0.output.dense.weight'"],
    ],
    [
      'no model',
      () => ['prune', '--model', at('nowhere'), '--sparsity', '0.5'],
      ['nowhere', 'there is no such folder'],
    ],
    [
      'data of other labels',
      async () => {
        await writeFile(at('other.tsv'), labelledReviews(200, 1).replaceAll(/^good/gm, 'splendid'))
        return ['quantize', '--model', at('model'), '--bits', '8', '--data', at('other.tsv')]
      },
      ['other.tsv: has labels that the model does not know: splendid; it knows bad, good'],
    ],
    [
      'forms of a model that is not quantized',
      () => ['export', at('model'), '--to', 'onnx', '--form', 'nbits'],
      ['has no affine weights'],
    ],
  ])('%s', async (what, command, messages) => {
    const out = at(`out of ${what}`)
    const { status, stdout, stderr } = await run(...(await command()), '--out', out)
    expect([status, stdout], stderr).toEqual([1, ''])
    expect(stderr).toContain('error: ')
    for (const message of messages) expect(stderr).toContain(message)
    expect(stderr).not.toContain('    at ')
    expect(existsSync(out)).toBe(false)
  })

  test('an --out that is a file, or inside one', async () => {
    await writeFile(at('taken'), 'precious')
    const commands = [
      ['quantize', '--model', at('model'), '--bits', '8', '--out', at('taken')],
      ['export', at('model'), '--to', 'safetensors', '--out', join(at('taken'), 'deep')],
      ['export', at('model'), '--to', 'gguf', '--out', join(at('taken'), 'deep.gguf')],
    ]
    for (const command of commands) {
      const { status, stderr } = await run(...command)
      expect(status).toBe(1)
      expect(stderr).toContain(`${at('taken')} is a file, expected a directory`)
    }
    expect(await readFile(at('taken'), 'utf8')).toBe('precious')
  })

  test('a folder with a model in it as the --out of a model', async () => {
    const { status, stderr } = await run('export', at('model'), '--to', 'safetensors', '--out', at('model'))
    expect(status).toBe(1)
    expect(stderr).toContain('has a model already; choose another --out')
  })

  test('tlc inspect of what was not compressed', async () => {
    const { status, stderr } = await run('inspect', at('model'))
    expect(status).toBe(1)
    expect(stderr).toContain('has no compressed.safetensors')
  })
})
