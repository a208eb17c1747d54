/**
 * The content of a file of JSON.
 *
 * @throws Error that names the file
 */
export function parseJson(name: string, file: Uint8Array): unknown {
  const text = new TextDecoder().decode(file)
  try {
    return JSON.parse(text)
  } catch (cause) {
    const begins = JSON.stringify(text.slice(0, 20))
    const problem = text.trimStart().startsWith('<') ? 'it looks like a web page' : 'it is cut off or damaged'
    throw new Error(`${name} is no JSON: ${problem}; it has ${file.length} bytes and begins with ${begins}`, { cause })
  }
}

/** A value as a file of JSON, for people to read. */
export function jsonFile(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`)
}
