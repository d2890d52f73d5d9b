/** Models over HTTP: what the protocol says, and what bad requests get. */

import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { OnnxModel } from '../../src/onnx/index.js'
import { type ModelServer, type ServeOptions, serve } from '../../src/serve/index.js'
import { smallAutoencoder, smallDecoder, smallItems, smallModel } from '../onnx/small-onnx.js'

type Json = Readonly<Record<string, any>>

describe('serve', function () {
  this.timeout(30_000)
  let model: OnnxModel
  let server: ModelServer
  const n = 40
  const items = smallItems(n)

  before(async () => {
    model = await OnnxModel.load(smallModel(), { threads: 1, batching: { maxQueue: 64, maxBatch: 32 } })
    server = await serve({ small: model }, { port: 0, maxBody: 20_000, requestTimeout: 1 })
  })
  after(async () => {
    await server?.close()
    model?.dispose()
  })

  const ask = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server.url}${path}`, init)
  const infer = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    ask('/v2/models/small/infer', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: body instanceof Uint8Array ? (body as Uint8Array<ArrayBuffer>) : typeof body === 'string' ? body : JSON.stringify(body)
    })
  const input = (count: number): Json => ({
    name: 'items',
    shape: [count, 4, 4],
    datatype: 'UINT8',
    data: Array.from(items.data.subarray(0, count * 16))
  })

  it('tells what it has, and that it lives and is ready', async () => {
    assert.deepEqual(await (await ask('/v2')).json(), { name: 'deep-clustering', extensions: ['binary_tensor_data'], models: ['small'] })
    for (const path of ['/v2/health/live', '/v2/health/ready', '/v2/models/small/ready']) assert.equal((await ask(path)).status, 200, path)
    const about = (await (await ask('/v2/models/small')).json()) as Json
    assert.deepEqual(about.inputs, [{ name: 'items', datatype: 'UINT8', shape: [-1, 4, 4] }])
    assert.deepEqual(
      about.outputs.map(({ name, datatype, shape }: Json) => [name, datatype, shape]),
      [
        ['embedding', 'FP32', [-1, 2]],
        ['probabilities', 'FP32', [-1, 3]],
        ['label', 'INT32', [-1]]
      ]
    )
    assert.equal(about.parameters.method, 'dcn')
  })

  it('infers as the model does: all outputs, or those that are asked for', async () => {
    const { label, probabilities, embedding } = await model.infer(items, ['label', 'probabilities', 'embedding'])
    const all = (await (await infer({ id: 'a1', inputs: [input(n)] })).json()) as Json
    assert.deepEqual([all.model_name, all.id], ['small', 'a1'])
    const told = Object.fromEntries(all.outputs.map(({ name, ...output }: Json) => [name, output]))
    assert.deepEqual(told.label, { datatype: 'INT32', shape: [n], data: [...label] })
    assert.deepEqual(told.probabilities.shape, probabilities.shape)
    assert.deepEqual(Float32Array.from(told.embedding.data), embedding.data)
    const nested = { ...input(2), data: [0, 1].map(i => [0, 1, 2, 3].map(y => Array.from(items.data.subarray(i * 16 + y * 4, i * 16 + y * 4 + 4)))) }
    const one = (await (await infer({ inputs: [nested], outputs: [{ name: 'label' }] })).json()) as Json
    assert.deepEqual(one.outputs, [{ name: 'label', datatype: 'INT32', shape: [2], data: [...label.subarray(0, 2)] }])
    const floats = (await (await infer({ inputs: [{ ...input(2), datatype: 'FP32' }], outputs: [{ name: 'label' }] })).json()) as Json
    assert.deepEqual(floats.outputs, one.outputs)
  })

  it('takes and gives tensors as bytes', async () => {
    const { label, probabilities } = await model.infer(items, ['label', 'probabilities'])
    const header = Buffer.from(
      JSON.stringify({
        inputs: [{ name: 'items', shape: [n, 4, 4], datatype: 'UINT8', parameters: { binary_data_size: n * 16 } }],
        outputs: [
          { name: 'label', parameters: { binary_data: true } },
          { name: 'probabilities', parameters: { binary_data: true } }
        ]
      })
    )
    const response = await infer(Buffer.concat([header, items.data]), {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(header.length)
    })
    assert.equal(response.status, 200)
    const body = Buffer.from(await response.arrayBuffer())
    const length = Number(response.headers.get('inference-header-content-length'))
    const { outputs } = JSON.parse(body.toString('utf8', 0, length)) as Json
    assert.deepEqual(
      outputs.map(({ parameters }: Json) => parameters.binary_data_size),
      [4 * n, 12 * n]
    )
    const bytes = new Uint8Array(body.subarray(length))
    assert.deepEqual(new Int32Array(bytes.slice(0, 4 * n).buffer), label)
    assert.deepEqual(new Float32Array(bytes.slice(4 * n).buffer), probabilities.data)
  })

  for (const [what, body, message, headers] of [
    ['what is no JSON', '{', /the body is no JSON/],
    ['a list', '[]', /must be a JSON object/],
    ['no inputs', {}, /`inputs` must be a list of one tensor, `items`/],
    ['another name', { inputs: [{ name: 'x' }] }, /the model takes `items`, not "x"/],
    [
      'another shape',
      { inputs: [{ name: 'items', shape: [1, 16], datatype: 'UINT8', data: [] }] },
      /`shape` must be \[n, 4, 4\] with n from 1, not \[1, 16\]/
    ],
    ['no items', { inputs: [{ name: 'items', shape: [0, 4, 4], datatype: 'UINT8', data: [] }] }, /with n from 1/],
    [
      'another type',
      { inputs: [{ name: 'items', shape: [1, 4, 4], datatype: 'BOOL', data: [] }] },
      /`datatype` must be UINT8 \(or FP32\), not "BOOL"/
    ],
    ['too few numbers', { inputs: [{ name: 'items', shape: [1, 4, 4], datatype: 'UINT8', data: [1] }] }, /has 1 numbers, and `shape` says 16/],
    [
      'what is no byte',
      { inputs: [{ name: 'items', shape: [1, 4, 4], datatype: 'UINT8', data: Array(16).fill(300) }] },
      /`data\[0\]` must be an integer from 0 to 255, not 300/
    ],
    [
      'what is no number',
      { inputs: [{ name: 'items', shape: [1, 4, 4], datatype: 'FP32', data: Array(16).fill('x') }] },
      /`data\[0\]` must be a number, not "x"/
    ],
    [
      'floats that are no bytes',
      { inputs: [{ name: 'items', shape: [1, 4, 4], datatype: 'FP32', data: Array(16).fill(0.5) }] },
      /integers 0 \.\. 255/
    ],
    [
      'an unknown output',
      { inputs: [{ name: 'items', shape: [1, 4, 4], datatype: 'UINT8', data: Array(16).fill(0) }], outputs: [{ name: 'lable' }] },
      /the model gives embedding, probabilities, label, not "lable"/
    ],
    ['a wrong length of the header', '{}', /must be an integer from 0 to 2/, { 'inference-header-content-length': '9' }],
    [
      'bytes of nothing',
      '{"inputs":[{"name":"items","shape":[1,4,4],"datatype":"UINT8","data":[]}]}xyz',
      /3 bytes follow the JSON/,
      { 'inference-header-content-length': '74' }
    ]
  ] as const) {
    it(`refuses ${what}`, async () => {
      const response = await infer(body, headers)
      const { error } = (await response.json()) as { error: string }
      assert.equal(response.status, 400, error)
      assert.match(error, message)
    })
  }

  it('refuses what is too large, of another kind, or nowhere', async () => {
    assert.equal((await infer('x'.repeat(30_000))).status, 413)
    assert.equal((await infer('{}', { 'content-type': 'text/xml' })).status, 415)
    for (const path of ['/', '/v3', '/v2/models/other', '/v2/models/__proto__', '/v2/models/small/infer'])
      assert.equal((await ask(path)).status, 404, path)
    assert.equal((await ask('/v2/models/other/infer', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })).status, 404)
  })

  it('refuses who is too slow', async () => {
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST /v2/models/small/infer HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{')
    let answer = ''
    for await (const bytes of socket) answer += String(bytes)
    assert.match(answer, /^HTTP\/1\.1 408 /)
  })

  it('tells who comes when too many wait, and goes on', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => infer({ inputs: [input(8)], outputs: [{ name: 'label' }] })))
    const statuses = new Set(answers.map(({ status }) => status))
    assert.ok([...statuses].every(status => status === 200 || status === 503) && statuses.has(200), [...statuses].join())
    for (const answer of answers.filter(({ status }) => status === 503)) {
      assert.equal(answer.headers.get('retry-after'), '1')
      assert.match(((await answer.json()) as { error: string }).error, /items wait for this model/)
    }
    assert.equal((await infer({ inputs: [input(1)] })).status, 200)
  })

  it('counts for Prometheus', async () => {
    const text = await (await ask('/metrics')).text()
    assert.match(text, /^deep_clustering_inference_seconds_count\{model="small"\} \d+$/m)
    assert.match(text, /^deep_clustering_failures_total\{model="small",status="400"\} \d+$/m)
    const items = Number(/^deep_clustering_items_total\{model="small"\} (\d+)$/m.exec(text)![1])
    await infer({ inputs: [input(3)] })
    assert.equal(Number(/^deep_clustering_items_total\{model="small"\} (\d+)$/m.exec(await (await ask('/metrics')).text())![1]), items + 3)
  })

  it('answers what is there when it is stopped, and then nobody', async () => {
    await using other = await OnnxModel.load(smallModel(), { threads: 1 })
    const stopped = await serve({ other }, { port: 0 })
    const body = JSON.stringify({ inputs: [input(n)] })
    const asked = fetch(`${stopped.url}/v2/models/other/infer`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    await sleep(20)
    await stopped.close()
    assert.equal((await asked).status, 200)
    await assert.rejects(fetch(stopped.url))
    assert.equal(other.disposed, false)
  })

  it('with a token answers only who has it', async () => {
    const token = 'a token of some length'
    const guarded = await serve({ small: model }, { port: 0, token })
    try {
      const status = async (path: string, authorization?: string): Promise<number> =>
        (await fetch(`${guarded.url}${path}`, { headers: authorization === undefined ? {} : { authorization } })).status
      assert.equal(await status('/v2/health/ready'), 200)
      for (const path of ['/v2', '/v2/models/small', '/metrics', '/nowhere']) {
        assert.equal(await status(path), 401, path)
        assert.equal(await status(path, 'Bearer a token of some lengtH'), 401)
      }
      assert.equal(await status('/v2', `Bearer ${token}`), 200)
    } finally {
      await guarded.close()
    }
  })

  it('refuses wrong options, and any address but the loopback without a token', async () => {
    for (const [options, message] of [
      [{ host: '0.0.0.0', port: 0 }, /an address of the loopback, or a `token`, for `host`/],
      [{ host: '192.168.0.1', port: 0 }, /`token`/],
      [{ token: 'short' }, /at least 16 characters/],
      [{ port: 70_000 }, /0 to 65535/],
      [{ ports: 1 }, /did you mean `port`/]
    ] as const) {
      await assert.rejects(serve({ small: model }, options as ServeOptions), { message })
    }
  })

  it('serves decoders and models without clusters', async () => {
    await using decoder = await OnnxModel.load(smallDecoder(), { threads: 1 })
    await using coder = await OnnxModel.load(smallAutoencoder(), { threads: 1 })
    const both = await serve({ decoder, coder }, { port: 0 })
    try {
      const post = async (name: string, inputs: Json): Promise<Json> =>
        (await (
          await fetch(`${both.url}/v2/models/${name}/infer`, {
            method: 'POST',
            body: JSON.stringify({ inputs: [inputs] }),
            headers: { 'content-type': 'application/json' }
          })
        ).json()) as Json
      const code = await post('coder', { name: 'items', shape: [2, 4, 4], datatype: 'FP32', data: Array(32).fill(1) })
      assert.deepEqual(code.outputs[0].shape, [2, 2])
      const { name, shape } = (await post('decoder', { name: 'embedding', shape: [2, 2], datatype: 'FP32', data: code.outputs[0].data })).outputs[0]
      assert.deepEqual([name, shape], ['reconstruction', [2, 4, 4]])
    } finally {
      await both.close()
    }
  })
})
