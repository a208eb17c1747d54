import { readFileSync } from 'node:fs'
import type { Call, Case, Runnable } from '../case.ts'
import type { Absent, Description } from './subject.ts'

/** The project of its own in which peers are installed, with a lockfile of its own. */
export const peersDirectory: URL = new URL('../../../bench/', import.meta.url)

/** Imports a peer from where peers are installed. */
export async function importPeer<Module>(specifier: string): Promise<Module> {
  const { load } = await import(new URL('load.js', peersDirectory).href)
  return load(specifier)
}

/** The version in a package.json. */
export function versionOf(manifest: URL): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

export function describePeer(name: string, threads: number, build: string | null = null): Description {
  const version = versionOf(new URL(`node_modules/${name}/package.json`, peersDirectory))
  return { version, node: process.version, v8: process.versions.v8, threads, build }
}

/** How a peer does each operation, or why it does not; what it has no row for it lacks. */
export interface PeerOperations {
  readonly [op: string]: ((call: Call) => Runnable | Promise<Runnable>) | string
}

/** Prepares a case by a peer's row for its operation. */
export async function prepareOnPeer(operations: PeerOperations, each: Case): Promise<Runnable | Absent> {
  if (!each.call) return { absent: 'asked of this project only' }
  const { op, make } = each.call
  const row = operations[op] ?? `no kernel for ${op}`
  return typeof row === 'string' ? { absent: row } : row({ op, ...(await make()) })
}
