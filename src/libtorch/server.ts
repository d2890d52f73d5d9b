/** Requests to a package index and the servers of its files: through proxies, with the certificates and passwords that pip would use. */

import { readFileSync } from 'node:fs'
import type { IndexSettings } from './pip-config.js'

/** The part of a response that is read here. */
export interface Answer {
  readonly status: number
  /** Where redirections led. */
  readonly url: string
  readonly body: AsyncIterable<Uint8Array> | null
  header(name: string): string | null
  text(): Promise<string>
  /** Gives up the rest of the body. */
  cancel(): Promise<void>
}

/** A server could not be reached, or answered what is of no use. */
export class ServerFailure extends Error {}

export interface Server {
  /** @throws ServerFailure with what the network says; `signal.reason` when aborted */
  get(url: string, headers: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<Answer>
  close(): Promise<void>
}

/** How long a server may be silent. */
const silence = 60_000

/** Loaded at the first need: no other part of the package asks anything of a network. */
export async function openServer({ proxy, certificates }: Pick<IndexSettings, 'proxy' | 'certificates'>): Promise<Server> {
  const { EnvHttpProxyAgent, fetch } = await import('undici')
  const connect = certificates ? { ca: readFileSync(certificates, 'utf8') } : {}
  const dispatcher = new EnvHttpProxyAgent({
    ...(proxy && { httpProxy: proxy, httpsProxy: proxy }),
    connect,
    requestTls: connect,
    proxyTls: connect,
    headersTimeout: silence,
    bodyTimeout: silence
  })
  // A name and a password stand in the address of an index; its files on the same host get them too.
  const passwords = new Map<string, string>()
  return {
    async get(address, headers, signal) {
      const url = new URL(address)
      if (url.username !== '') {
        const words = [url.username, url.password].map(decodeURIComponent).join(':')
        passwords.set(url.origin, `Basic ${Buffer.from(words).toString('base64')}`)
        url.username = url.password = ''
      }
      const password = passwords.get(url.origin)
      const response = await fetch(url, {
        dispatcher,
        headers: { 'user-agent': 'deep-clustering', ...(password && { authorization: password }), ...headers },
        signal: signal ?? null
      }).catch(cause => {
        signal?.throwIfAborted()
        throw new ServerFailure(networkReason(cause), { cause })
      })
      return {
        status: response.status,
        url: response.url,
        body: response.body as AsyncIterable<Uint8Array> | null,
        header: name => response.headers.get(name),
        text: () =>
          response.text().catch(cause => {
            signal?.throwIfAborted()
            throw new ServerFailure(networkReason(cause), { cause })
          }),
        cancel: async () => response.body?.cancel()
      }
    },
    close: () => dispatcher.destroy()
  }
}

/** What the network said: undici wraps it. */
export function networkReason(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || ((cause as NodeJS.ErrnoException).code ?? message) : message
}
