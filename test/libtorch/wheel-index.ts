/** A package index on the loopback with small wheels, and the faults that one can have. */

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { crc32, deflateRawSync } from 'node:zlib'

/** A zip archive of files, as wheels are; with level 0 nothing is packed. */
export function zip(files: Readonly<Record<string, Buffer | string>>, level = 6): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content)
    const packed = deflateRawSync(bytes, { level })
    // From the version that is needed to unpack it up to the length of its name, which is the same in both headers.
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(8, 4)
    common.writeUInt32LE(crc32(bytes), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(bytes.length, 18)
    common.writeUInt16LE(Buffer.byteLength(name), 22)
    const local = [Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), packed]
    const central = Buffer.alloc(14)
    central.writeUInt32LE((0o100644 << 16) >>> 0, 6)
    central.writeUInt32LE(offset, 10)
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, central, Buffer.from(name))
    parts.push(...local)
    offset += local.reduce((sum, part) => sum + part.length, 0)
  }
  const entries = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 'latin1')
  end.writeUInt16LE(Object.keys(files).length, 8)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(entries.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...parts, entries, end])
}

/** A wheel with its RECORD last, as builders write it. */
export function wheelOf(name: string, version: string, files: Readonly<Record<string, Buffer | string>>, level?: number): Buffer {
  const record = Object.entries(files).map(([path, content]) => {
    const digest = createHash('sha256').update(content).digest('base64url')
    return `${path.includes(',') ? `"${path}"` : path},sha256=${digest},${Buffer.byteLength(content)}`
  })
  const own = `${name.replaceAll('-', '_')}-${version}.dist-info/RECORD`
  return zip({ ...files, [own]: [...record, `${own},,`, ''].join('\n') }, level)
}

/** Bytes that do not pack, the same each time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0, state = seed; i < length; ++i) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    bytes[i] = state >>> 16
  }
  return bytes
}

export interface Faults {
  /** Whether requests for ranges get the whole file. */
  noRanges?: boolean
  /** After how many bytes of a file's answer the connection breaks, and how often it does. */
  breakAfter?: number
  breaks?: number
  /** Answers every request for files with this status. */
  status?: number
  /** Whether the list of files is a page of HTML, not JSON. */
  html?: boolean
  /** Milliseconds before a file's answer. */
  delay?: number
}

export class WheelIndex {
  readonly files = new Map<string, Buffer>()
  faults: Faults = {}
  /** Paths that were asked for, with the range. */
  asked: string[] = []
  /** What it was asked to connect to. */
  tunnels: string[] = []
  /** Bytes of files that were sent. */
  sent = 0
  /** What the authorization of the last request was. */
  authorization: string | undefined
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response))

  constructor() {
    // As a proxy: whatever host is asked for, it is this one.
    this.#server.on('connect', (request, socket) => {
      this.tunnels.push(request.url!)
      const own = connect((this.#server.address() as AddressInfo).port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        own.pipe(socket).pipe(own)
      })
      for (const end of [own, socket]) end.on('error', () => own.destroy())
    })
  }

  async listen(): Promise<this> {
    await new Promise<void>(done => this.#server.listen(0, '127.0.0.1', done))
    return this
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `${this.origin}/simple`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(request.url!)
    const { range } = request.headers
    this.authorization = request.headers.authorization
    this.asked.push(range ? `${path} ${range}` : path)
    const [, packageName] = /^\/simple\/([^/]+)\/$/.exec(path) ?? []
    if (packageName !== undefined) return this.#list(packageName, response)
    const bytes = this.files.get(path.replace(/^\/files\//, ''))
    if (this.faults.status !== undefined || !bytes) return void response.writeHead(this.faults.status ?? 404).end()
    if (this.faults.delay) await new Promise(done => setTimeout(done, this.faults.delay))
    const [, from, to] = (!this.faults.noRanges && /^bytes=(\d+)-(\d+)$/.exec(range ?? '')) || []
    const body = from === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1)
    response.writeHead(from === undefined ? 200 : 206, {
      'content-length': body.length,
      etag: `"${createHash('sha256').update(bytes).digest('hex')}"`,
      ...(from !== undefined && { 'content-range': `bytes ${from}-${Number(from) + body.length - 1}/${bytes.length}` })
    })
    const { breakAfter = Infinity, breaks = Infinity } = this.faults
    if (breaks > 0 && body.length > breakAfter) {
      this.faults.breaks = breaks - 1
      this.sent += breakAfter
      response.write(body.subarray(0, breakAfter), () => setTimeout(() => response.destroy(), 5))
      return
    }
    this.sent += body.length
    response.end(body)
  }

  #list(packageName: string, response: ServerResponse): void {
    const names = [...this.files.keys()].filter(file => file.split('-')[0]!.replaceAll('_', '-').toLowerCase() === packageName)
    if (names.length === 0) return void response.writeHead(404).end()
    if (this.faults.html) {
      const links = names.map(name => `<a href="../../files/${encodeURIComponent(name)}#sha256=00" data-requires-python="&gt;=3">${name}</a><br/>`)
      response.writeHead(200, { 'content-type': 'text/html' }).end(`<!DOCTYPE html><html><body>${links.join('\n')}</body></html>`)
      return
    }
    const files = names.map(name => ({ filename: name, url: `../../files/${encodeURIComponent(name)}`, hashes: {} }))
    response.writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' }).end(JSON.stringify({ name: packageName, files }))
  }
}
