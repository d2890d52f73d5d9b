/** A client of TypeScript's own language server, as an editor is one: JSON-RPC over its standard streams. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { packageRoot } from '../../src/native/build-info.js'

interface Message {
  readonly id?: number
  readonly method?: string
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

export interface Position {
  readonly line: number
  readonly character: number
}

export class LanguageServer {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, (message: Message) => void>()
  #read = Buffer.alloc(0)
  #requests = 0

  private constructor(process: ChildProcessWithoutNullStreams) {
    this.#process = process
    process.stdout.on('data', (bytes: Buffer) => this.#take(bytes))
    process.on('exit', () => {
      for (const [id, done] of this.#waiting) done({ id, error: { message: 'the language server has ended' } })
    })
  }

  static async start(folder: string): Promise<LanguageServer> {
    const server = new LanguageServer(spawn(process.execPath, [join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc'), '--lsp', '--stdio']))
    await server.request('initialize', {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: { textDocument: { hover: { contentFormat: ['plaintext'] }, completion: {} } }
    })
    server.notify('initialized', {})
    return server
  }

  open(file: string, text: string): void {
    this.notify('textDocument/didOpen', { textDocument: { uri: pathToFileURL(file).href, languageId: 'typescript', version: 1, text } })
  }

  /** What an editor shows when the pointer rests there. */
  async hover(file: string, position: Position): Promise<string> {
    const { contents } = (await this.#at('textDocument/hover', file, position)) as { contents: string | { value: string } }
    return typeof contents === 'string' ? contents : contents.value
  }

  /** The words that an editor offers there. */
  async completions(file: string, position: Position): Promise<readonly string[]> {
    const result = (await this.#at('textDocument/completion', file, position)) as { items: { label: string }[] } | { label: string }[]
    return (Array.isArray(result) ? result : result.items).map(({ label }) => label)
  }

  stop(): void {
    this.#process.kill()
  }

  #at(method: string, file: string, position: Position): Promise<unknown> {
    return this.request(method, { textDocument: { uri: pathToFileURL(file).href }, position })
  }

  async request(method: string, params: object): Promise<unknown> {
    const id = ++this.#requests
    const answer = new Promise<Message>(done => this.#waiting.set(id, done))
    this.#send({ id, method, params })
    const { result, error } = await answer
    if (error) throw new Error(error.message)
    return result
  }

  notify(method: string, params: object): void {
    this.#send({ method, params })
  }

  #send(message: object): void {
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }))
    this.#process.stdin.write(`Content-Length: ${body.length}\r\n\r\n`)
    this.#process.stdin.write(body)
  }

  #take(bytes: Buffer): void {
    this.#read = Buffer.concat([this.#read, bytes])
    for (;;) {
      const end = this.#read.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/Content-Length: (\d+)/.exec(this.#read.toString('latin1', 0, end))![1])
      if (this.#read.length < end + 4 + length) return
      this.#answer(JSON.parse(this.#read.toString('utf8', end + 4, end + 4 + length)) as Message)
      this.#read = this.#read.subarray(end + 4 + length)
    }
  }

  #answer(message: Message): void {
    // What the server asks of an editor (its configuration, to register capabilities) has no answer here.
    if (message.method !== undefined) {
      if (message.id !== undefined) this.#send({ id: message.id, result: null })
      return
    }
    this.#waiting.get(message.id!)?.(message)
    this.#waiting.delete(message.id!)
  }
}
