import type { GivenRecipe } from '../src/compression/recipe.ts'

/** What it shows, and the recipe. */
export type NamedRecipe = readonly [name: string, recipe: GivenRecipe]

/** No step looks at examples: every backend gives the same file. */
export const dataFreeRecipes: readonly NamedRecipe[] = [
  ['the paper: magnitude, then k bits', [{ prune: { sparsity: 0.6 } }, { quantize: { bits: 4 } }]],
  ['units', [{ prune: { structure: 'heads', sparsity: 0.5 } }, { prune: { structure: 'neurons', sparsity: 0.4 } }]],
  [
    '2:4 and groups',
    [
      { prune: { structure: '2:4', sparsity: 0.5 } },
      { quantize: { bits: 4, granularity: { group: 8 }, rounding: 'hqq' } },
    ],
  ],
  [
    'random blocks, a codebook, Huffman',
    [
      { prune: { structure: '1x4', sparsity: 0.7, criterion: 'random', seed: 5 } },
      { quantize: { scheme: 'codebook', bits: 4 } },
      { encode: { entropy: 'huffman' } },
    ],
  ],
  ['stochastic rounding', [{ quantize: { bits: 3, granularity: 'row', rounding: 'stochastic', seed: 9 } }]],
  [
    'single matrices by Erdős–Rényi, NF4',
    [{ prune: { sparsity: 0.5, scope: 'erk' } }, { quantize: { scheme: 'nf4' } }],
  ],
  ['ternary', [{ quantize: { scheme: 'ternary', granularity: 'row' } }]],
  [
    "rows, columns, llama.cpp's blocks",
    [
      { prune: { structure: 'rows', sparsity: 0.1 } },
      { prune: { structure: 'columns', sparsity: 0.3, scope: 'perMatrix' } },
      { quantize: { scheme: 'q8_0' } },
      // Blocks of 256 do not fit in rows of 32, so these are of q4_0.
      { quantize: { scheme: 'q4_k', include: ['output.dense'] } },
    ],
  ],
  [
    'every other layer',
    [
      { prune: { structure: 'layers', sparsity: 0.5 } },
      { quantize: { bits: 8, granularity: 'row', grid: 'symmetric' } },
    ],
  ],
]

/** Some step looks at examples or learns from them: one backend gives the same file again, and a strict one everywhere. */
export const dataDrivenRecipes: readonly NamedRecipe[] = [
  [
    'criteria that look at gradients and inputs, GPTQ',
    [
      { prune: { sparsity: 0.2, criterion: 'taylor' } },
      { prune: { sparsity: 0.3, criterion: 'snip' } },
      { prune: { sparsity: 0.5, criterion: 'wanda', scope: 'perRow' } },
      { quantize: { bits: 4, granularity: 'row', rounding: 'gptq' } },
    ],
  ],
  [
    'heads by their importance, SparseGPT',
    [
      { prune: { structure: 'heads', sparsity: 0.5, criterion: 'taylor' } },
      { prune: { structure: '2:4', sparsity: 0.5, criterion: 'sparsegpt' } },
      { quantize: { bits: 4, granularity: { group: 8 }, rounding: 'gptq' } },
    ],
  ],
  [
    'exact OBS in blocks',
    [
      { prune: { structure: '1x4', sparsity: 0.5, criterion: 'obs', include: ['attention'] } },
      { quantize: { bits: 6 } },
    ],
  ],
  [
    'training with a teacher and rounded weights',
    [
      { prune: { sparsity: 0.5 } },
      {
        finetune: {
          steps: 6,
          batchSize: 8,
          learningRate: 1e-2,
          distill: { temperature: 2, alpha: 0.5 },
          fakeQuantize: { bits: 8, granularity: 'row' },
        },
      },
      { quantize: { bits: 8, granularity: 'row', grid: 'symmetric' } },
    ],
  ],
]

/**
 * The first 16 digits of the SHA-256 of each recipe's artefact, followed by the wasm backend in strict mode. They may be
 * replaced when a method, the format of artefacts or an order of operations was changed on purpose: by the digests that all
 * engines then agree on. If engines or numbers of threads disagree, no digest is right.
 */
export const expectedDigests: Readonly<Record<string, string>> = {
  'the paper: magnitude, then k bits': 'd51758323c548171',
  units: 'cace1354bc82055b',
  '2:4 and groups': '5841251c718c41b7',
  'random blocks, a codebook, Huffman': '398552be1da363b1',
  'stochastic rounding': '563d112614188dd0',
  'single matrices by Erdős–Rényi, NF4': 'ffc6e25500fdd003',
  ternary: '3ea5e96370b93de3',
  "rows, columns, llama.cpp's blocks": '703c47c78f5f76bd',
  'every other layer': '20787ca1184ed11a',
  'criteria that look at gradients and inputs, GPTQ': 'f9170406ef2019ff',
  'heads by their importance, SparseGPT': '51590785a8c8a5b6',
  'exact OBS in blocks': '2821d712d6fa0b69',
  'training with a teacher and rounded weights': '856838e63bb0cf1b',
}
