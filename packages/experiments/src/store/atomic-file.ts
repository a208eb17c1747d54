import { writeFileAtomically as write } from '@tlc/nn/node'
import { explained } from './file-error.ts'

/**
 * Writes a file so that a reader, also after a crash, finds the old content or the new, never a part. Makes the
 * directories above it.
 *
 * @throws UserError when the disk is full or the place not writable; the old content is still there
 */
export function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  return explained(`write ${path}`, () => write(path, content))
}
