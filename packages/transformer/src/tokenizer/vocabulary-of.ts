import { Field } from './json-field.ts'

/**
 * The tokens by id.
 *
 * @throws Error unless the ids are 0, 1, … without a gap, and each has one token
 */
export function vocabularyOf(vocab: Field, added: readonly (readonly [token: string, id: number])[]): string[] {
  const vocabulary: string[] = []
  const tokens = new Set([...vocab.entries.map(([token]) => token), ...added.map(([token]) => token)]).size
  const place = (token: string, id: number, field: Field): void => {
    if (!Number.isInteger(id) || id < 0 || id >= tokens)
      field.fail(`a whole number from 0 to ${tokens - 1}, one per token`)
    if ((vocabulary[id] ?? token) !== token)
      field.fail(`an id of its own, for ${JSON.stringify(vocabulary[id])} has it too`)
    vocabulary[id] = token
  }
  for (const [token, field] of vocab.entries) place(token, field.number, field)
  for (const [token, id] of added) place(token, id, new Field(`added token ${token}`, id))
  return vocabulary
}
