/**
 * Something the user can put right: a wrong option, an unreadable file, a full disk. The message says what was given,
 * what was expected and how to fix it; the command prints it without a stack. Any other error is a defect of ours.
 */
export class UserError extends Error {
  override name = 'UserError'
}
