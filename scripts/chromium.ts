/**
 * A Chromium to test in, from npm alone: `@sparticuz/chromium` carries it, compressed, and the libraries that a bare
 * container lacks.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const { resolve } = createRequire(import.meta.url)
const source = join(dirname(resolve('@sparticuz/chromium')), '..')
const { version } = createRequire(import.meta.url)(join(source, 'package.json')) as { version: string }
const home = fileURLToPath(new URL(`../node_modules/.cache/chromium-${version}`, import.meta.url))
const libraries = [process.env.LD_LIBRARY_PATH, join(home, 'al2023', 'lib')].filter(Boolean).join(':')

/** Whether the package holds a Chromium for this machine. */
export const chromiumExists: boolean = process.platform === 'linux' && process.arch === 'x64'

/** WebGPU and WebGL on SwiftShader, a driver that computes on processors: there may be no GPU. */
const softwareGraphics = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-angle=swiftshader',
  '--ignore-gpu-blocklist',
]

/** Options for Playwright's `launch`. Time is in milliseconds. */
export const chromium = {
  executablePath: join(home, 'chromium'),
  args: ['--no-sandbox', ...softwareGraphics],
  env: { ...(process.env as Record<string, string>), LD_LIBRARY_PATH: libraries },
  timeout: 30_000,
}

/** The environment in which a process of Node finds the SwiftShader that is unpacked beside Chromium. */
export const swiftshader = {
  LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, home].filter(Boolean).join(':'),
  VK_ICD_FILENAMES: join(home, 'vk_swiftshader_icd.json'),
}

/** Unpacks Chromium, which takes some seconds the first time. Why it does not start then, or nothing. */
export async function chromiumProblem(): Promise<string | undefined> {
  if (!chromiumExists) return `@sparticuz/chromium has none for ${process.platform} on ${process.arch}`
  if (!existsSync(home)) await unpack()
  const { executablePath, args, env, timeout } = chromium
  const options = { env, timeout, encoding: 'utf8' } as const
  const { error, status, stderr } = spawnSync(executablePath, [...args, '--version'], options)
  if (status === 0) return
  const missing = spawnSync('ldd', [executablePath], options).stdout?.match(/\S+(?= => not found)/g)
  const reason = missing ? `it needs ${missing.join(', ')}: install what holds them` : (error?.message ?? stderr)
  return `Chromium does not start from ${executablePath}: ${reason}`
}

/** Into a folder that gets its name when it is complete, so that an interruption leaves no half of a browser. */
async function unpack(): Promise<void> {
  const { default: packed, inflate } = await import('@sparticuz/chromium')
  const { TMPDIR } = process.env
  const folder = `${home}-${process.pid}`
  mkdirSync(folder, { recursive: true })
  try {
    process.env.TMPDIR = folder // the package unpacks there, and nowhere else
    await packed.executablePath()
    await inflate(join(source, 'bin', 'al2023.tar.br'))
    if (!existsSync(home)) renameSync(folder, home)
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
    rmSync(folder, { recursive: true, force: true })
  }
}
