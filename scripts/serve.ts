import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of pages on this machine. */
export interface Site extends AsyncDisposable {
  /** 'http://…/' */
  readonly address: string
}

const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

const page = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="program.js"></script>'

const types: { readonly [ending: string]: string } = { js: 'text/javascript', css: 'text/css' }

/**
 * Serves files, and for everything else `index.html`, or without one a page that runs `program.js`; isolated, so that it
 * may share memory, or not.
 *
 * @param port any free one by default
 */
export async function serve(files: ReadonlyMap<string, string>, isolated: boolean, port = 0): Promise<Site> {
  const server = createServer(({ url = '' }, response) => {
    const name = url.slice(1).split('?')[0]!
    const found = files.get(name)
    const type = found === undefined ? 'text/html' : types[name.split('.').at(-1)!]
    response.writeHead(200, { 'Content-Type': type, ...(isolated && isolation) })
    response.end(found ?? files.get('index.html') ?? page)
  })
  await new Promise<void>((resolve, reject) => {
    server.on('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
