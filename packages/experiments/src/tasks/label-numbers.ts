import { UserError } from '../user-error.ts'

/**
 * The model's number of each label of the data. Labels that are called LABEL_0, LABEL_1 have no names: they go by order.
 *
 * @param data its name, for the error
 * @throws UserError if the model does not know one of them
 */
export function labelNumbers(data: string, labels: readonly string[], known: readonly string[]): readonly number[] {
  const isNameless = known.every((name, number) => name === `LABEL_${number}`)
  if (isNameless && labels.length === known.length) return [...labels.keys()]
  const unknown = labels.filter((label) => !known.includes(label))
  if (unknown.length === 0) return labels.map((label) => known.indexOf(label))
  throw new UserError(
    `${data}: has labels that the model does not know: ${unknown.join(', ')}; it knows ${known.join(', ')}`,
  )
}
