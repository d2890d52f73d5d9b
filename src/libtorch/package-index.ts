/** Finds the wheels that a package index has of a package (PEP 503 and 691). */

import { type Server, ServerFailure } from './server.js'

/** A file that an index offers. */
export interface IndexedFile {
  readonly name: string
  readonly url: string
}

const asJson = 'application/vnd.pypi.simple.v1+json'

/**
 * The files of a package.
 * @param index address of the index, as pip has it
 * @returns none where the index does not know the package
 * @throws ServerFailure that tells what the index answered, without its address, which may hold a password
 */
export async function listFiles(server: Server, index: string, packageName: string, signal: AbortSignal | undefined): Promise<IndexedFile[]> {
  const page = `${index.replace(/\/+$/, '')}/${packageName.toLowerCase().replace(/[-_.]+/g, '-')}/`
  const answer = await server.get(page, { accept: `${asJson}, text/html;q=0.5` }, signal)
  const text = await answer.text()
  if (answer.status === 404) return []
  if (answer.status !== 200) throw new ServerFailure(`the package index answered with status ${answer.status}`)
  return (answer.header('content-type') ?? '').includes('json') ? fromJson(text, answer.url) : fromHtml(text, answer.url)
}

function fromJson(text: string, base: string): IndexedFile[] {
  const { files } = JSON.parse(text) as { readonly files: readonly { readonly filename: string; readonly url: string }[] }
  return files.map(({ filename, url }) => ({ name: filename, url: new URL(url, base).href }))
}

/** The links of the page; the digests behind them are the index's own word, and not what a wheel is trusted by. */
function fromHtml(text: string, base: string): IndexedFile[] {
  return [...text.matchAll(/<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>/gi)].flatMap(([, href]) => {
    const url = new URL(href!.replaceAll('&amp;', '&'), base)
    url.hash = ''
    const name = decodeURIComponent(url.pathname.split('/').at(-1)!)
    return name.endsWith('.whl') ? [{ name, url: url.href }] : []
  })
}
