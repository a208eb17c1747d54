/** The colours of a page or a drawing. */
export interface Palette {
  readonly paper: string
  /** behind tables and tiles */
  readonly panel: string
  readonly ink: string
  /** captions, axis labels */
  readonly quiet: string
  /** grid lines and borders */
  readonly line: string
  readonly accent: string
  readonly supported: string
  readonly refuted: string
  readonly inconclusive: string
  /** from light to heavy compression */
  readonly levels: readonly string[]
  /** from the smallest to the largest model: hue and lightness both in order, so that the order survives colour blindness and grey paper */
  readonly sizes: readonly string[]
}

type Scheme = Omit<Palette, 'sizes'> & { readonly anchors: readonly string[] }

const light: Scheme = {
  paper: '#fdfdfb',
  panel: '#f4f3ee',
  ink: '#1c1b19',
  quiet: '#5f5c55',
  line: '#dcd9d0',
  accent: '#7a2e1d',
  supported: '#1d6b45',
  refuted: '#a3271f',
  inconclusive: '#7a5b00',
  levels: ['#cf7a60', '#b2543a', '#8a2f1c', '#4f150a'],
  anchors: ['#bd8500', '#54963a', '#14858c', '#3558a8', '#4d1a73'],
}

const dark: Scheme = {
  paper: '#171614',
  panel: '#211f1c',
  ink: '#ece8df',
  quiet: '#a9a397',
  line: '#3a3732',
  accent: '#f0a58f',
  supported: '#7bd3a4',
  refuted: '#ff9a8d',
  inconclusive: '#e6c565',
  levels: ['#9a5f4d', '#c4775f', '#f0a58f', '#ffe0d6'],
  anchors: ['#ffe27a', '#9bdc7c', '#4fc6c4', '#6d9cf5', '#b270e8'],
}

/** The palette for paper or for the night, with one colour for each of `models` sizes. */
export function palette(scheme: 'light' | 'dark', models: number): Palette {
  const { anchors, ...colours } = { light, dark }[scheme]
  return {
    ...colours,
    sizes: Array.from({ length: models }, (_, size) => between(anchors, models === 1 ? 0.5 : size / (models - 1))),
  }
}

/** The colour at a share of the way along the anchors, mixed linearly between the two beside it. */
function between(anchors: readonly string[], share: number): string {
  const position = share * (anchors.length - 1)
  const from = Math.min(Math.floor(position), anchors.length - 2)
  const channels = (colour: string) => [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
  const [first, second] = [channels(anchors[from] as string), channels(anchors[from + 1] as string)]
  const mixed = first.map((value, channel) =>
    Math.round(value + (position - from) * ((second[channel] as number) - value)),
  )
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`
}

/** The palette as CSS custom properties: `--ink: #1c1b19; … --size-0: …`. */
export function cssProperties({ levels, sizes, ...colours }: Palette): string {
  const numbered = (name: string, list: readonly string[]) =>
    list.map((colour, index) => [`${name}-${index}`, colour] as const)
  const all = [...Object.entries(colours), ...numbered('level', levels), ...numbered('size', sizes)]
  return all.map(([name, colour]) => `--${name}: ${colour};`).join(' ')
}

/** A palette that leaves the colours to the page: one drawing for light, dark and print. */
export function cssPalette(models: number): Palette {
  const { levels, sizes, ...colours } = palette('light', models)
  const names = Object.fromEntries(Object.keys(colours).map((name) => [name, `var(--${name})`])) as unknown as Omit<
    Palette,
    'levels' | 'sizes'
  >
  return {
    ...names,
    levels: levels.map((_, level) => `var(--level-${level})`),
    sizes: sizes.map((_, size) => `var(--size-${size})`),
  }
}
