import type { Task } from './tasks.ts'

/** What the parent tells a worker process. */
export interface Order {
  readonly task: Task
}

/** What a worker process tells its parent. */
export type Report =
  | { readonly kind: 'progress'; readonly done: number; readonly note: string }
  | { readonly kind: 'finished' }
  | { readonly kind: 'failed'; readonly message: string; readonly stack: string | undefined; readonly forUser: boolean }
