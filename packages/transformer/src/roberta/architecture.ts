import type { Family } from './config.ts'

/** What a model has on top of its encoder, in Hugging Face's names of classes: `RobertaForMaskedLM`, `BertModel`. */
export type Head = 'Model' | 'ForMaskedLM' | 'ForSequenceClassification' | 'ForTokenClassification'

const classNames: { readonly [F in Family]: string } = { roberta: 'Roberta', bert: 'Bert' }

/** The class of Hugging Face for a family and a head. */
export function architectureName(family: Family, head: Head): string {
  return classNames[family] + head
}

/**
 * Where BERT's checkpoints call a weight otherwise: how the name begins here and how it begins there. The pooler, which
 * BERT counts to the encoder, is the first projection of a classifier.
 */
const bertNames: readonly (readonly [ours: string, theirs: string])[] = [
  ['roberta.', 'bert.'],
  ['lm_head.dense.', 'cls.predictions.transform.dense.'],
  ['lm_head.layer_norm.', 'cls.predictions.transform.LayerNorm.'],
  ['lm_head.bias', 'cls.predictions.bias'],
  ['classifier.dense.', 'bert.pooler.dense.'],
  ['classifier.out_proj.', 'classifier.'],
]

/** The name of a weight in the checkpoints of a family. */
export function nameInFile(name: string, family: Family): string {
  const renamed = family === 'bert' ? bertNames.find(([ours]) => name.startsWith(ours)) : undefined
  return renamed ? renamed[1] + name.slice(renamed[0].length) : name
}

/**
 * The name that current versions of Hugging Face give to a weight that older ones called otherwise (`LayerNorm.gamma`), or
 * that was saved with the encoder alone, without the family's prefix.
 */
export function currentName(name: string, family: Family): string {
  const current = name.replace(/LayerNorm\.gamma$/, 'LayerNorm.weight').replace(/LayerNorm\.beta$/, 'LayerNorm.bias')
  return /^(embeddings|encoder|pooler)\./.test(current) ? `${family}.${current}` : current
}

/**
 * What may be in checkpoints and is not needed: copies of the tied decoder, numbers of positions, the pooler of a model
 * that does not pool, and the head that says whether one sentence follows another.
 */
export const passedOver: RegExp =
  /^(lm_head\.decoder\.(weight|bias)|cls\.predictions\.decoder\.(weight|bias)|cls\.seq_relationship\..*|(roberta|bert)\.(embeddings\.(position_ids|token_type_ids)|pooler\..*))$/
