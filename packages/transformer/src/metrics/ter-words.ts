import { separateMarks, separateStops, withoutEntities } from './bleu-tokenizers.ts'
import { words } from './python-text.ts'

export interface TerWordOptions {
  /** whether marks are words of their own; false by default */
  readonly normalize?: boolean
  /** whether marks count at all; true by default */
  readonly punctuation?: boolean
  /** whether Chinese characters are words, and marks are also those of Asian scripts; false by default */
  readonly asian?: boolean
  /** true by default */
  readonly lowercase?: boolean
}

const westernMarks = /[.,?:;!"()]/g
const asianMarks =
  /[\u3001\u3002\u3008-\u3011\u3014-\u301f\uff61-\uff65\u30fb\uff0e\uff0c\uff1f\uff1a\uff1b\uff01\uff02\uff08\uff09]/g

/** Ideographs, their radicals, strokes and compatibility forms. Tercom's last range ends at U+3F22, and so does this. */
const ideographs = /[\u2e80-\u2eff\u31c0-\u31ef\u3200-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ufe30-\ufe4f]/g

/** The words of a text that TER counts, as Tercom 7.25 cuts it. @see Snover et al. 2006, section 3 */
export function terWords(text: string, options: TerWordOptions = {}): string[] {
  const { normalize = false, punctuation = true, asian = false, lowercase = true } = options
  let cut = lowercase ? text.toLowerCase() : text
  if (normalize) {
    cut = ` ${withoutEntities(cut.replaceAll('\n-', '').replaceAll('\n', ' '))} `
    cut = separateStops(separateMarks(cut).replaceAll("'s ", " 's "))
    if (asian) cut = cut.replace(ideographs, ' $& ').replace(asianMarks, ' $& ')
  }
  if (!punctuation) {
    cut = cut.replace(westernMarks, '')
    if (asian) cut = cut.replace(asianMarks, '')
  }
  return words(cut)
}
