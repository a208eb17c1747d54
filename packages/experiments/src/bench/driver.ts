import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Driver } from './subjects/subject.ts'

/** In the order in which they are tried. */
export const drivers: readonly Driver[] = ['system', 'swiftshader']

/** What a process has to be started with to find a driver, besides its own environment. */
const environments: { readonly [D in Driver]: () => Readonly<Record<string, string>> } = {
  system: () => ({}),
  swiftshader() {
    const { folder } = swiftshader()
    return {
      VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
      // The loader of Vulkan lies there, too: a bare machine has none.
      LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter),
    }
  },
}

export function environmentOf(driver: Driver | undefined): NodeJS.ProcessEnv {
  return driver === undefined ? process.env : { ...process.env, ...environments[driver]() }
}

/**
 * Unpacks the driver that npm brings, unless that was done before.
 *
 * @throws Error where there is none: outside of the repository, or on another system
 */
export async function unpackSwiftshader(): Promise<void> {
  const { source, folder } = swiftshader()
  if (existsSync(folder)) return
  // Into a folder that gets its name when it is complete, so that an interruption leaves no half of a driver.
  const unfinished = `${folder}-${process.pid}`
  mkdirSync(unfinished, { recursive: true })
  try {
    const program = "await (await import('@sparticuz/chromium')).inflate(process.argv[1])"
    const archive = join(source, 'bin', 'swiftshader.tar.br')
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program, archive], {
      cwd: source,
      env: { ...process.env, TMPDIR: unfinished },
    })
    if (!existsSync(folder)) renameSync(unfinished, folder)
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
}

/** Where `@sparticuz/chromium`, a Chromium for Linux on x64, has SwiftShader, and where it is unpacked. */
function swiftshader(): { readonly source: string; readonly folder: string } {
  const { resolve } = createRequire(import.meta.url)
  const name = '@sparticuz/chromium'
  let source: string
  try {
    source = join(dirname(resolve(name)), '..')
  } catch (cause) {
    throw new Error(`${name}, which brings SwiftShader, is not installed`, { cause })
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`${name} has SwiftShader for Linux on x64 only, not for ${process.platform} on ${process.arch}`)
  }
  const { version } = createRequire(import.meta.url)(join(source, 'package.json')) as { version: string }
  return { source, folder: join(source, '..', '..', '.cache', `swiftshader-${version}`) }
}
