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
  announce('Installing the libraries to compare with: once, about 750 MB …')
  const code = await npm([
    'ci',
    '--prefix',
    directory,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ])
  if (code === 0) return
  throw new UserError(
    `bench: npm could not install the libraries to compare with (exit code ${code}); see its message above, ` +
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

/** npm as it is on the path; on Windows that is a script, which needs a shell. */
function npm(args: readonly string[]): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' })
    child.once('error', (cause) => {
      reject(
        new UserError(`bench: cannot run npm (${cause.message}); install it, or leave it out: --no-peers`, { cause }),
      )
    })
    child.once('exit', resolve)
  })
}
