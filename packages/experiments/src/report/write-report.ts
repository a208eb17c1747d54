import { join } from 'node:path'
import type { StudyResults } from '../results.ts'
import { writeFileAtomically } from '../store/atomic-file.ts'
import { drawSvg } from './draw-svg.ts'
import { rowsOf } from './figure.ts'
import { drawSections } from './figures/index.ts'
import { readLibraries } from './libraries.ts'
import { page } from './page.ts'
import { cssPalette, palette } from './palette.ts'
import { themed } from './theme.ts'

/** Pixels: half a page, a whole page. */
const width = 560
const fullWidth = 1120

/**
 * Writes `report.html`, one file that needs nothing else, and for each figure `figures/NAME.vl.json` (its specification),
 * `NAME.svg` (drawn, in light colours) and `NAME.json` (its rows).
 *
 * @param directory where to; made if it does not exist
 * @returns the path of the report
 */
export async function writeReport(study: StudyResults, directory: string): Promise<string> {
  const sections = drawSections(study)
  const light = palette('light', study.models.length)
  const drawings = new Map<string, string>()
  for (const figure of sections.flatMap(({ figures }) => figures)) {
    const spec = themed(figure, light)
    const path = join(directory, 'figures', figure.name)
    await writeFileAtomically(`${path}.vl.json`, `${JSON.stringify(spec, null, 2)}\n`)
    await writeFileAtomically(`${path}.json`, `${JSON.stringify(rowsOf(figure), null, 2)}\n`)
    await writeFileAtomically(
      `${path}.svg`,
      await drawSvg({ ...spec, background: light.paper }, figure.wide ? fullWidth : width),
    )
    drawings.set(
      figure.name,
      await drawSvg(themed(figure, cssPalette(study.models.length)), figure.wide ? fullWidth : width),
    )
  }
  const report = join(directory, 'report.html')
  await writeFileAtomically(report, page({ study, sections, drawings, libraries: await readLibraries() }))
  return report
}
