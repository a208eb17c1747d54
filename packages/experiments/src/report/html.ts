/** Text that is markup already and goes into a page as it is. */
export interface Markup {
  readonly markup: string
}

type Part = string | number | Markup | readonly Part[]

/** A template for HTML: what is put in is escaped, unless it is markup itself; lists are joined. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return {
    markup: texts.map((text, index) => text + (index < parts.length ? render(parts[index] as Part) : '')).join(''),
  }
}

/** Takes text as markup, unescaped: for styles, scripts and drawings that this program made. */
export function raw(markup: string): Markup {
  return { markup }
}

function render(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  return 'markup' in part ? part.markup : part.map(render).join('')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] as string)
}

/** JSON that may stand inside a script element: no text in it can end the element or open a comment. */
export function scriptJson(value: unknown): Markup {
  return raw(JSON.stringify(value).replaceAll('<', '\\u003c'))
}
