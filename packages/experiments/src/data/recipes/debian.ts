import { spawn } from 'node:child_process'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../user-error.ts'
import type { Kitchen } from './recipe.ts'

/** Lists of packages that apt has fetched. */
export interface Archive {
  /** options that make apt keep its lists in a folder of ours, so that nothing of the system changes */
  readonly options: readonly string[]
  /** of the lists */
  readonly folder: string
}

/**
 * The lists of Debian's packages in a folder of our own, as the system's sources name them.
 *
 * @param languages of the descriptions to fetch, such as `en`
 * @throws UserError where there is no apt, or no network
 */
export async function openArchive(kitchen: Kitchen, languages: readonly string[]): Promise<Archive> {
  const folder = join(kitchen.folder, 'lists')
  const cache = join(kitchen.folder, 'cache')
  await mkdir(join(folder, 'partial'), { recursive: true })
  await mkdir(join(cache, 'archives', 'partial'), { recursive: true })
  const options = [
    ['Dir::State::lists', folder],
    ['Dir::Cache', cache],
    ['Acquire::Languages', languages.join(',') || 'none'],
    ['APT::Sandbox::User', ''], // the folder is the user's: apt's own user cannot write there
    ['Acquire::Retries', '1'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`])
  kitchen.onProgress('fetching the lists of packages')
  await run('apt-get', ['update', '--error-on=any', ...options], kitchen)
  return { options, folder }
}

/** Fetches packages and unpacks them without installing; gives the folder that stands for `/`, and their versions. */
export async function unpackPackages(
  names: readonly string[],
  { options }: Archive,
  kitchen: Kitchen,
): Promise<{ readonly root: string; readonly packages: readonly string[] }> {
  const root = join(kitchen.folder, 'root')
  kitchen.onProgress(`fetching ${names.join(', ')}`)
  await run('apt-get', ['download', ...options, ...names], kitchen)
  const packages = (await readdir(kitchen.folder)).filter((name) => name.endsWith('.deb')).sort()
  for (const name of packages) await run('dpkg', ['-x', join(kitchen.folder, name), root], kitchen)
  return { root, packages: packages.map((name) => decodeURIComponent(name)) }
}

/** The text of a list of apt, however it is compressed. */
export async function* bytesOfList(path: string, kitchen: Kitchen): AsyncGenerator<Uint8Array> {
  const child = spawn('/usr/lib/apt/apt-helper', ['cat-file', path], {
    stdio: ['ignore', 'pipe', 'ignore'],
    signal: kitchen.signal,
  })
  const ended = endOf(child, 'apt-helper')
  ended.catch(() => undefined) // told below, after what it has written
  yield* child.stdout
  await ended
}

async function run(command: string, parameters: readonly string[], { folder, signal }: Kitchen): Promise<void> {
  const child = spawn(command, parameters, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], signal })
  const complaint: string[] = []
  child.stderr.setEncoding('utf8').on('data', (text: string) => complaint.push(text))
  await endOf(child, command, complaint)
}

function endOf(child: ReturnType<typeof spawn>, command: string, complaint: readonly string[] = []): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? withoutApt(command, error) : error)
    })
    child.on('close', (status) => {
      if (status === 0) return resolve()
      const lines = complaint.join('').split('\n')
      const reason = lines.filter((line) => line.startsWith('E: ')).slice(0, 3)
      reject(
        new UserError(
          `${command} failed (${reason.join('; ') || `status ${status}`}); this recipe needs the network and sources of ` +
            'Debian in /etc/apt: check them with `apt-get update`',
        ),
      )
    })
  })
}

function withoutApt(command: string, cause: Error): UserError {
  return new UserError(
    `cannot run ${command}: this recipe is made of Debian's packages and needs its tools; run it on Debian or Ubuntu (a ` +
      'container will do), then copy the .tsv that it writes and give its path',
    { cause },
  )
}
