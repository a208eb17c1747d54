import type { FileSource } from './file-source.ts'

/** The files below a URL. What was asked for and not found is remembered, for there is no list of what is there. */
export function openUrl(folder: URL): FileSource {
  const answers: string[] = []
  return {
    async read(name) {
      const url = new URL(folder)
      url.pathname = `${folder.pathname.replace(/\/$/, '')}/${name}`
      const answer = await fetch(url).catch((cause: Error) => {
        throw new Error(`${url} could not be fetched: ${reason(cause)}`, { cause })
      })
      const absence = absent(answer)
      if (absence === undefined) return content(url, answer)
      answers.push(`${name}: ${absence}`)
      await answer.body?.cancel()
      return undefined
    },
    present: async () => `the server answered ${answers.join('; ')}`,
  }
}

/** Why an answer says that there is no such file; servers of web applications send their page for every name. */
function absent({ status, statusText, headers }: Response): string | undefined {
  if (status === 404 || status === 410) return `HTTP ${status} ${statusText}`.trim()
  return headers.get('content-type')?.startsWith('text/html') ? 'with a web page (text/html)' : undefined
}

async function content(url: URL, answer: Response): Promise<Uint8Array> {
  if (!answer.ok) throw new Error(`${url}: HTTP ${answer.status} ${answer.statusText}`.trim())
  try {
    return new Uint8Array(await answer.arrayBuffer())
  } catch (cause) {
    throw new Error(`${url}: the connection broke off before the end of the file; try again`, { cause })
  }
}

/** `fetch` hides the reason, like a name that is not known, behind the error that it throws. */
function reason({ message, cause }: Error): string {
  return cause instanceof Error ? cause.message : message
}
