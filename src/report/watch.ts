/** The report of a run while it goes on: a server on the loopback whose page follows the run's folder. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { drawing } from './drawing.js'
import { readRun } from './run.js'

/** Options of {@link watchReport}. */
export interface WatchOptions {
  /** Port on 127.0.0.1; a free one without this. */
  readonly port?: number | undefined
  readonly title?: string | undefined
  /** UMAP maps of the latent space, at most; each takes some two seconds of each new page. 0 by default. */
  readonly maps?: number | undefined
}

/** A report that is watched. */
export interface ReportWatch {
  /** What a browser opens. */
  readonly url: string
  /** Shows the folder as it stands a last time to who looks on, and ends. Their pages stay. */
  close(): Promise<void>
}

/** Milliseconds between two looks at the folder. */
const interval = 300

/** Longest wait for browsers to fetch the last page. */
const patience = 5000

/** Two frames: the next page is drawn in the hidden one, and takes the place of the other where that stands, so nothing flickers. */
const script = `
const [first, second] = document.querySelectorAll('iframe')
let shown = first, hidden = second, waiting = false, again = false
const state = document.querySelector('p')
function next() {
  if (waiting) return void (again = true)
  waiting = true
  hidden.src = 'page?' + Date.now()
}
for (const frame of [first, second]) frame.addEventListener('load', () => {
  if (frame !== hidden || !frame.src) return
  const y = shown.contentWindow.scrollY
  hidden.className = 'shown'
  shown.className = ''
  hidden.contentWindow.scrollTo(0, y)
  ;[shown, hidden] = [hidden, shown]
  waiting = false
  if (again) { again = false; next() }
})
const events = new EventSource('events')
events.addEventListener('page', () => { state.textContent = ''; next() })
events.addEventListener('wait', () => { state.textContent = 'Waiting for the first checkpoint of the run' })
events.addEventListener('end', () => events.close())
`

const style = `html, body { margin: 0; height: 100%; } iframe { position: fixed; inset: 0; width: 100%; height: 100%; border: 0; visibility: hidden; }
iframe.shown { visibility: visible; } p { font: 16px system-ui, sans-serif; margin: 2rem; }`

const shell = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Report</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body><p></p><iframe class="shown" title="Report"></iframe><iframe title="Next report"></iframe><script>${script}</script></body></html>
`

const scriptDigest = createHash('sha256').update(script).digest('base64')
const policy = `default-src 'none'; script-src 'sha256-${scriptDigest}'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; connect-src 'self'`

/** When what a report is made of was written; nothing where there is no whole run yet. */
async function stateOf(folder: string): Promise<string | undefined> {
  const times = await Promise.all(
    ['config.json', 'model.safetensors', 'recording.safetensors'].map(name =>
      stat(join(folder, name), { bigint: true }).then(
        facts => String(facts.mtimeNs),
        () => ''
      )
    )
  )
  return times[0] === '' || times[1] === '' ? undefined : times.join()
}

class Watch implements ReportWatch {
  readonly url: string
  readonly #folder: string
  readonly #render: () => Promise<string>
  readonly #close: () => void
  readonly #listeners = new Set<ServerResponse>()
  readonly #stop = new AbortController()
  readonly #watching: Promise<void>
  #state: string | undefined
  #page: string | undefined
  #fetches = 0

  constructor(folder: string, url: string, render: () => Promise<string>, close: () => void) {
    this.#folder = folder
    this.url = url
    this.#render = render
    this.#close = close
    this.#watching = this.#watch()
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#stop.abort()
    await this.#watching
    const before = this.#fetches
    if ((await this.#look()) && this.#listeners.size > 0) {
      for (let waited = 0; this.#fetches < before + this.#listeners.size && waited < patience; waited += 50) await sleep(50)
    }
    for (const listener of this.#listeners) listener.end('event: end\ndata:\n\n')
    this.#close()
  }

  answer(request: IncomingMessage, response: ServerResponse): void {
    const path = new URL(request.url!, this.url).pathname
    // A page of another site that has this address under a name of its own must not read the run.
    if (request.headers.host !== new URL(this.url).host) return void response.writeHead(421).end()
    if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end()
    const head = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    if (path === '/')
      return void response.writeHead(200, { ...head, 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }).end(shell)
    if (path === '/page') {
      this.#fetches++
      return void response.writeHead(this.#page === undefined ? 404 : 200, { ...head, 'content-type': 'text/html; charset=utf-8' }).end(this.#page)
    }
    if (path !== '/events') return void response.writeHead(404).end()
    response.writeHead(200, { ...head, 'content-type': 'text/event-stream' })
    response.write(this.#page === undefined ? 'event: wait\ndata:\n\n' : 'event: page\ndata:\n\n')
    this.#listeners.add(response)
    response.on('close', () => this.#listeners.delete(response))
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      // Nobody looks on: nothing is drawn.
      if (this.#listeners.size > 0) await this.#look()
      await sleep(interval, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Draws the folder anew if it has changed, and says whether it has. */
  async #look(): Promise<boolean> {
    const state = await stateOf(this.#folder)
    if (state === undefined || state === this.#state) return false
    try {
      this.#page = await this.#render()
    } catch {
      return false // while it is written it may not be whole: the next look comes soon
    }
    this.#state = state
    for (const listener of this.#listeners) listener.write('event: page\ndata:\n\n')
    return true
  }
}

/**
 * Serves the report of a run on the loopback while the run goes on: the page that a browser opens follows each checkpoint, in place (server-sent events). The
 * folder may be empty yet.
 * @throws DeepClusteringError ERR_CHARTS_MISSING; the system's error where the port is taken
 *
 * @example
 * const watch = await watchReport('digits/')
 * console.log(watch.url)
 * await model.fit(images, { checkpoint: { path: 'digits/', seconds: 1 } })
 * await watch.close()
 */
export async function watchReport(folder: string, { port = 0, title, maps = 0 }: WatchOptions = {}): Promise<ReportWatch> {
  const { runPage } = await drawing()
  let watch: Watch | undefined
  const server = createServer((request, response) => watch!.answer(request, response))
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = (): void => {
    server.close()
    server.closeIdleConnections()
  }
  watch = new Watch(
    folder,
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async () => runPage(await readRun(folder), title, maps),
    close
  )
  return watch
}
