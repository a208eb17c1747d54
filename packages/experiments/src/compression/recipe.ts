/** Which parameters a step is about. */
export interface Selection {
  /** regular expressions, of which one must match the name; the usual parameters by default */
  readonly include?: readonly string[] | undefined
  /** regular expressions, of which none may match the name */
  readonly exclude?: readonly string[] | undefined
  /** embeddings too; false by default when pruning, true when quantizing */
  readonly embeddings?: boolean | undefined
}

/** What tells weights that matter from those that do not. */
export type CriterionName = 'magnitude' | 'random' | 'taylor' | 'snip' | 'wanda' | 'sparsegpt' | 'obs'

/** Parts of a model that are cut out of it, so that it is really smaller. */
export type UnitName = 'heads' | 'neurons' | 'layers'

export interface PruneSettings extends Selection {
  /** share of the weights, or of the units, to be gone; those gone before are counted in */
  readonly sparsity: number
  /** 'magnitude' by default */
  readonly criterion: CriterionName
  /**
   * 'unstructured', the default: single weights; whole 'rows' or 'columns'; '2:4' of neighbours in a row; blocks, '1x4';
   * or units
   */
  readonly structure: UnitName | 'unstructured' | 'rows' | 'columns' | (string & {})
  /** what is ranked together; 'erk': single matrices, with shares by Erdős–Rényi; 'global' by default */
  readonly scope: 'global' | 'perMatrix' | 'perRow' | 'erk'
  /** of a random criterion, and of the order of batches; 1 by default */
  readonly seed: number
}

export interface FinetuneSettings {
  readonly steps: number
  /** 16 by default */
  readonly batchSize: number
  /** after the warm-up; it falls to 0 linearly */
  readonly learningRate: number
  /** share of the steps in which the learning rate rises, 0.06 by default */
  readonly warmUp: number
  /** learns from the uncompressed model too: α · cross-entropy + (1 - α) · temperature² · KL; 2 and 0.5 by default */
  readonly distill?: { readonly temperature: number; readonly alpha: number } | undefined
  /** rounds matrices to so many bits in the forward pass, so that the model gets used to it; by rows by default */
  readonly fakeQuantize?: { readonly bits: number; readonly granularity: GranularityName } | undefined
  /** of the order of batches, and of dropout; 1 by default */
  readonly seed: number
}

/** What shares a range: all of a matrix, each row, or so many neighbours in a row. */
export type GranularityName = 'tensor' | 'row' | { readonly group: number }

/** How numbers are written. */
export type SchemeChoice = 'affine' | 'codebook' | 'nf4' | 'ternary' | 'q8_0' | 'q4_0' | 'q4_k' | 'q6_k'

export interface QuantizeSettings extends Selection {
  /** 'affine' by default */
  readonly scheme: SchemeChoice
  /** of affine and codebook, 1 to 8 */
  readonly bits?: number | undefined
  /** of affine and ternary; 'tensor', the paper's, by default */
  readonly granularity?: GranularityName | undefined
  /** of affine; 'minmax', the paper's, by default, and 'zeroExact' for a pruned model */
  readonly grid?: 'minmax' | 'zeroExact' | 'symmetric' | undefined
  /** how affine codes are chosen; 'nearest' by default */
  readonly rounding: 'nearest' | 'stochastic' | 'gptq' | 'hqq'
  /** of stochastic rounding, 1 by default */
  readonly seed: number
}

export interface EncodeSettings {
  /** Huffman codes where they are shorter; 'none' by default */
  readonly entropy: 'none' | 'huffman'
}

/** Every step by its name. */
export interface Steps {
  prune: PruneSettings
  finetune: FinetuneSettings
  quantize: QuantizeSettings
  encode: EncodeSettings
}

/** What a step does. */
export type StepName = keyof Steps

/** One step: its name and its settings. */
export type Step = { readonly [Name in StepName]: { readonly [Key in Name]: Steps[Name] } }[StepName]

/** What is done to a model, in order: plain data, the same in a file, in Node and in a browser. */
export type Recipe = readonly Step[]

/** A recipe as people write it: what has a default may be left out. */
export type GivenRecipe = readonly { readonly [Name in StepName]?: Partial<Steps[Name]> }[]

/** The name of a step. */
export function stepName(step: Step): StepName {
  return Object.keys(step)[0] as StepName
}
