import type { z } from 'zod'

/** What is wrong with a value that a schema refused: '  models[0].heads: must divide hiddenSize, given 3', a line each. */
export function schemaProblems(error: z.ZodError, value: unknown, within = ''): string[] {
  return error.issues.map(({ path, message }) => `  ${placeName(path, within)}: ${message}${given(value, path)}`)
}

/** `models[0].heads` */
function placeName(place: readonly PropertyKey[], within: string): string {
  if (place.length === 0) return within || 'the file'
  return place.reduce<string>(
    (name, key) => (typeof key === 'number' ? `${name}[${key}]` : `${name && `${name}.`}${String(key)}`),
    within,
  )
}

function given(value: unknown, place: readonly PropertyKey[]): string {
  const found = place.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value)
  const text = JSON.stringify(found) as string | undefined
  return text === undefined || text.length > 60 ? '' : `, given ${text}`
}
