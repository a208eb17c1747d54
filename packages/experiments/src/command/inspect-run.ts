import { basename, dirname, resolve } from 'node:path'
import { inspectionPage } from '../inspect/inspection-page.ts'
import { inspectionTable } from '../inspect/inspection-table.ts'
import { explained, writeFileAtomically } from '../store/index.ts'
import { inspectFolder } from '../tasks/compression/inspect-folder.ts'
import type { InspectOptions } from './inspect.ts'
import { printJson } from './run-task.ts'

/** Says what is in an artefact, as a table, as JSON, or as a page. */
export async function runInspect(path: string, { model, html, json }: InspectOptions): Promise<void> {
  const inspection = await inspectFolder(path, model)
  if (json) {
    const { ledger, gzipBytes, tensors, artefact } = inspection
    const { recipe, parent, metrics } = artefact
    const { rows: _, ...file } = ledger
    printJson({ file, gzipBytes, tensors, recipe: recipe && JSON.parse(recipe), parent, metrics })
  } else console.log(inspectionTable(inspection))
  if (html === undefined) return
  const folder = resolve(path.endsWith('.safetensors') ? dirname(path) : path)
  const page = inspectionPage(basename(folder), inspection)
  await explained(`write ${html}`, () => writeFileAtomically(html, page))
  if (!json) console.log(html)
}
