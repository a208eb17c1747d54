import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { UserError } from '../user-error.ts'
import { peersDirectory } from './subjects/peer.ts'

/**
 * Installs the libraries to compare with, if they are not installed as their lockfile says. No script of theirs is run:
 * what is needed lies in the packages.
 *
 * @param directory of their project
 * @throws UserError where there is no such project, and where npm fails
 */
export async function installPeers(
  announce: (text: string) => void,
  directory: string = fileURLToPath(peersDirectory),
): Promise<void> {
  const without = 'or compare with nobody: --no-peers'
  if (!existsSync(`${directory}/package-lock.json`)) {
    throw new UserError(
      `bench: the libraries to compare with are listed in the repository only, not in this installation (${directory}); ` +
        `run \`npm run bench\` there, ${without}`,
    )
  }
  if (isInstalled(directory)) return
  announce('Installing the libraries to compare with: once, about 770 MB …')
  const failure = await npm(directory, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  if (failure === undefined) return
  throw new UserError(
    `bench: npm could not install the libraries to compare with (${failure}); ` +
      `make sure that npm's registry can be reached and run it again, ${without}`,
  )
}

interface Locked {
  readonly version?: string
  /** left out where it does not fit the platform */
  readonly optional?: boolean
}

/** Whether npm's record of what it installed agrees with what should be. */
function isInstalled(directory: string): boolean {
  const packagesOf = (path: string): { readonly [path: string]: Locked } =>
    JSON.parse(readFileSync(path, 'utf8')).packages
  const record = `${directory}/node_modules/.package-lock.json`
  if (!existsSync(record)) return false
  const found = packagesOf(record)
  return Object.entries(packagesOf(`${directory}/package-lock.json`)).every(
    ([path, { version, optional }]) => path === '' || optional || found[path]?.version === version,
  )
}

/**
 * Runs npm as it is on the path (on Windows a script, which needs a shell), in a directory: with `--prefix` it would read the
 * machine's settings, registry and certificates among them, from there.
 *
 * @returns what it complains about if it fails
 */
function npm(cwd: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn('npm', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], shell: process.platform === 'win32' })
    let complaint = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2000)
    })
    child.once('error', ({ message }) => resolve(`it cannot be run: ${message}`))
    child.once('close', (code) => resolve(code === 0 ? undefined : `exit code ${code}: ${complaint.trim()}`))
  })
}
