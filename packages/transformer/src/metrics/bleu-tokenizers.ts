import { words } from './python-text.ts'

export type BleuTokenizerName = '13a' | 'intl' | 'zh' | 'char' | 'none'

const entities = [
  ['&quot;', '"'],
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
] as const

/** The four entities of XML that metrics know, as the characters they stand for. */
export function withoutEntities(text: string): string {
  return entities.reduce((before, [entity, character]) => before.replaceAll(entity, character), text)
}

/** Sets apart marks of ASCII but apostrophe, comma, hyphen and full stop, which may belong to a word or a number. */
export function separateMarks(text: string): string {
  return text.replace(/[ !-&(-+/:-@[-`{-~]/g, ' $& ')
}

/** Sets apart full stops and commas, unless a digit is before and after, and hyphens after a digit. */
export function separateStops(text: string): string {
  return text
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ')
}

/** mteval-v13a, of the evaluations of NIST: Western languages. */
function tokenize13a(text: string): string {
  const joined = text.replaceAll('<skipped>', '').replaceAll('-\n', '').replaceAll('\n', ' ')
  return words(separateStops(separateMarks(` ${withoutEntities(joined)} `))).join(' ')
}

/** mteval-v14 with --international-tokenization: by Unicode's classes of punctuation, symbols and numbers. */
function tokenizeInternational(text: string): string {
  const separated = text
    .replace(/(\P{N})(\p{P})/gu, '$1 $2 ')
    .replace(/(\p{P})(\P{N})/gu, ' $1 $2')
    .replace(/\p{S}/gu, ' $& ')
  return words(separated).join(' ')
}

/**
 * What sacreBLEU takes for Chinese. Its range of U+20000 to U+2A6D6 is written so that it is U+2001 to U+2A6D, and that
 * of U+2F800 to U+2FA1D so that it is U+2F81 to U+2FA1; scores are comparable only with these.
 */
const chinese =
  /[\u2001-\u2a6d\u2e80-\u303f\u3100-\u312f\u31a0-\u31bf\u31c0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/g

/** Chinese characters one by one, the rest as 13a without its entities. */
function tokenizeChinese(text: string): string {
  return words(separateStops(separateMarks(text.replace(chinese, ' $& ')))).join(' ')
}

/**
 * How a text becomes the words that BLEU counts: another text, with white space between them.
 *
 * @see Post 2018, section 2.3
 */
export const bleuTokenizers: { readonly [Name in BleuTokenizerName]: (text: string) => string } = {
  '13a': tokenize13a,
  intl: tokenizeInternational,
  zh: tokenizeChinese,
  char: (text) => Array.from(text).join(' '),
  none: (text) => text,
}
