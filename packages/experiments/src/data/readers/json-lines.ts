const labelTypes = ['string', 'number', 'boolean']

/**
 * Members of the JSON object in a line, or what is wrong with it. All are strings but a `label`, which may be a number or
 * a boolean, or missing.
 */
export function readJson(line: string, names: readonly string[]): (string | undefined)[] | string {
  const texts = names.filter((name) => name !== 'label')
  const expected =
    `expected a JSON object with a string ${texts.map((name) => `"${name}"`).join(' and a string ')}` +
    (names.includes('label') ? ' and a string, number or boolean "label"' : '')
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return expected
  }
  const members = (value ?? {}) as Record<string, unknown>
  const isRight = names.every((name) => {
    const member = members[name]
    return name === 'label' ? member === undefined || labelTypes.includes(typeof member) : typeof member === 'string'
  })
  if (!isRight) return expected
  return names.map((name) => (members[name] === undefined ? undefined : String(members[name])))
}
