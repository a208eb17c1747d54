import type { GpuReport, OnProgress } from './report.ts'

/** The element of the page with an id. */
const element = <E extends HTMLElement>(id: string): E => document.getElementById(id) as E

function made<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = Object.assign(document.createElement(tag), properties)
  node.append(...children)
  return node
}

/** Terms with a value each, and whether it is as it should be, where that is known. */
type Terms = readonly (readonly [term: string, value: string, good?: boolean])[]

function showTerms(id: string, terms: Terms): void {
  const classOf = (good: boolean | undefined): string => (good === undefined ? '' : good ? 'good' : 'bad')
  element(id).replaceChildren(
    ...terms.map(([term, value, good]) =>
      made('div', {}, made('dt', {}, term), made('dd', { className: classOf(good) }, value)),
    ),
  )
}

/** Shows how far a part is. Screen readers hear of the part, not of each step. */
export function progressOf(part: string): OnProgress {
  element('status').textContent = part
  return (done, of, what) => {
    Object.assign(element<HTMLProgressElement>('progress'), { max: of, value: done, title: what })
  }
}

const number = (value: number, digits: number): string =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** Features that this project uses. */
const telling = ['shader-f16', 'subgroups', 'timestamp-query']

const list = (names: readonly string[]): string => names.join(', ') || 'nothing'

/** Shows what is known so far. */
export function show({ adapter, features, cases, training, products }: GpuReport): void {
  const [has, lacks] = [true, false].map((there) => telling.filter((name) => features.includes(name) === there))
  element('adapter').textContent = [adapter, `has: ${list(has!)}`, `lacks: ${list(lacks!)}`].join('; ')
  if (cases) {
    const { passed, failures, skipped } = cases
    showTerms('cases', [
      ['passed', number(passed, 0)],
      ['failed', number(failures.length, 0), failures.length === 0],
      ['left out', number(skipped.length, 0)],
    ])
    const reasons = new Set(skipped.map(({ reason }) => `Left out: ${reason}`))
    const lines = [...failures.map(({ name, problem }) => `${name}: ${problem}`), ...reasons]
    element('failures').replaceChildren(...lines.map((line) => made('li', {}, line)))
  }
  if (training) {
    const { losses, largestDifference, stepTime, wasmStepTime } = training
    showTerms('training', [
      ['loss', `${number(losses[0]!, 3)} → ${number(losses.at(-1)!, 3)}`],
      ['furthest from WebAssembly', largestDifference.toExponential(1), largestDifference < 1e-4],
      ['a step', `${number(stepTime, 1)} ms`],
      ['in WebAssembly', `${number(wasmStepTime, 1)} ms`],
    ])
  }
  if (products) showProducts(products)
}

function showProducts(products: NonNullable<GpuReport['products']>): void {
  const layouts = [...new Set(products.map(({ layout }) => layout))]
  const headings = ['sizes', ...layouts].map((text) => made('th', { scope: 'col' }, text))
  const rows = [...new Set(products.map(({ sizes }) => sizes))].map((sizes) => {
    const cells = products.filter((each) => each.sizes === sizes).map(({ gflops }) => made('td', {}, number(gflops, 1)))
    return made('tr', {}, made('th', { scope: 'row' }, sizes), ...cells)
  })
  element('products').replaceChildren(made('thead', {}, made('tr', {}, ...headings)), made('tbody', {}, ...rows))
}

/** Shows that it is over, and offers the report. */
export function finish(report: GpuReport): void {
  const failed = report.problem !== undefined || report.cases?.failures.length
  element('status').textContent = report.problem ?? (failed ? 'Done, with failures' : 'Done')
  element('status').className = failed ? 'bad' : 'good'
  element('progress').hidden = true
  const json = new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: 'application/json' })
  Object.assign(element<HTMLAnchorElement>('download'), { href: URL.createObjectURL(json), hidden: false })
}
