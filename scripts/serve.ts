import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of pages on this machine. */
export interface Site extends AsyncDisposable {
  /** 'http://…/' */
  readonly address: string
}

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="program.js"></script>'

/** Serves files, and a page that runs `program.js`; isolated, so that it may share memory, or not. */
export async function serve(files: ReadonlyMap<string, string>, isolated: boolean): Promise<Site> {
  const server = createServer(({ url = '' }, response) => {
    const code = files.get(url.slice(1))
    const type = code === undefined ? 'text/html' : 'text/javascript'
    response.writeHead(200, { 'Content-Type': type, ...(isolated && isolation) })
    response.end(code ?? page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
