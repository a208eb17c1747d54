import { UserError } from '../user-error.ts'

/** What went wrong with a file, and what its owner can do about it, by the system's error code. */
const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space and run the same command again, finished work is kept',
  EDQUOT: 'the disk quota is used up; free some space and run the same command again, finished work is kept',
  EFBIG: 'the file is larger than this process may write; raise the limit (ulimit -f) and run the same command again',
  EACCES: 'permission denied; choose another directory or make this one writable',
  EPERM: 'not permitted; choose another directory or make this one writable',
  EROFS: 'the file system is read-only; choose another directory',
  ENOTDIR: 'a part of the path is a file, not a directory; choose another path',
  EEXIST: 'a file of that name is in the way; choose another path',
  EISDIR: 'a directory of that name is in the way; choose another path',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
  ENAMETOOLONG: 'the path is too long; choose a shorter one',
}

/** The error as a `UserError` that says what was tried, where, and how to fix it; unknown errors come back as they are. */
function fileError(error: unknown, attempt: string): unknown {
  const { code, cause } = (error ?? {}) as NodeJS.ErrnoException
  const remedy = remedies[code ?? (cause as NodeJS.ErrnoException | undefined)?.code ?? '']
  return remedy === undefined ? error : new UserError(`cannot ${attempt}: ${remedy}`, { cause: error })
}

/** Runs file access; failures that a user can mend come out as a `UserError`. */
export async function explained<T>(attempt: string, access: () => Promise<T>): Promise<T> {
  try {
    return await access()
  } catch (error) {
    throw fileError(error, attempt)
  }
}
