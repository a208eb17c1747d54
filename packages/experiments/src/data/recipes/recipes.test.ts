import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { descriptionsOf } from './ddtp-en-fr.ts'
import { paragraphsOf } from './libreoffice-help-en-fr.ts'
import { prepare } from './prepare.ts'

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tlc-recipes-'))
})
afterAll(() => rm(directory, { recursive: true }))

const list = `Package: game
Description-md5: 1a
Description-fr: jeu de stratégie
 Un jeu en temps réel,
 libre. Il a :
  * des cartes ;
  * un
    mode d'essai.
 .
 Ce paquet est petit.

Package: tool
Description-md5: 2b
Description-fr: outil`

test('descriptions are their first line, paragraphs and items of lists', async () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(list)
  }
  const found: unknown[] = []
  for await (const description of descriptionsOf(pieces(), 'list')) found.push(description)
  const game = [
    ...['jeu de stratégie', 'Un jeu en temps réel, libre. Il a :', '* des cartes ;', '* un', "mode d'essai."],
    'Ce paquet est petit.',
  ]
  expect(found).toEqual([
    { hash: '1a', paragraphs: game },
    { hash: '2b', paragraphs: ['outil'] },
  ])
})

test('paragraphs of a page have an id; tags go, characters stay, and what is for one system is left out', () => {
  const page = `<h1 id="hd_id1" dir="auto">A <b>title</b></h1>
    <p id="par_id2" class="paragraph">Press&nbsp;<span class="key">A</span> &amp; &#66;
    now.</p><p>no id</p><p id="par_id3"><span hidden="true" class="MAC">Command</span>Ctrl</p><p id="par_id4"> </p>`
  expect([...paragraphsOf(page)]).toEqual([
    ['hd_id1', 'A title'],
    ['par_id2', 'Press\u00a0A & B now.'],
  ])
})

test('where there is no apt the error says so, and nothing is left', async () => {
  vi.stubEnv('PATH', directory)
  const preparing = prepare('libreoffice-help-en-fr', { cacheDirectory: directory })
  await expect(preparing).rejects.toThrow(/cannot run apt-get: .*run it on Debian or Ubuntu/)
  vi.unstubAllEnvs()
  expect(await readdir(join(directory, 'prepared'))).toEqual([])
})

test('an unknown recipe is an error that names those there are', async () => {
  const preparing = prepare('imdb', { cacheDirectory: directory })
  await expect(preparing).rejects.toThrow(
    /no recipe is called imdb; expected one of ddtp-en-fr, libreoffice-help-en-fr/,
  )
})
