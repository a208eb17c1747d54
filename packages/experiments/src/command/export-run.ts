import { formatBytes } from '../quantities.ts'
import { exportFromFolder } from '../tasks/export-model.ts'
import type { ExportCommandOptions } from './export.ts'
import { printJson, runTask } from './run-task.ts'

/** Writes a model for other programs, and says where. */
export async function runExport(model: string, { to, out, form, json }: ExportCommandOptions): Promise<void> {
  const exported = await runTask({ backend: 'wasm', threads: 1, wide: false, seed: 1, ...(json && { json }) }, () =>
    exportFromFolder({ model, to, out, form }),
  )
  if (json) printJson({ phase: 'done', ...exported })
  else console.log(`${out}: ${formatBytes(exported.bytes)} of ${to}`)
}
