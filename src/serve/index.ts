/** Models over HTTP: KServe's open inference protocol v2 on fastify. Built on the package's public API alone; an example of it, too. */

import { timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { expected, isDeepClusteringError } from '../errors.js'
import type { OnnxModel, OnnxOutputs } from '../onnx/index.js'
import { checkNames } from '../options/check.js'
import { loadPeer } from '../peers.js'
import { BadRequest, datatypes, type ResultTensor, readRequest, writeResponse } from './tensors.js'

/** Options of {@link serve}. */
export interface ServeOptions {
  /** Address to listen on; `127.0.0.1` by default. Any other than the loopback's needs a `token`. */
  readonly host?: string | undefined
  /** 8000 by default; 0 takes a free one. */
  readonly port?: number | undefined
  /** What a request must carry as `Authorization: Bearer TOKEN`; only `/v2/health/…` needs none. At least 16 characters. */
  readonly token?: string | undefined
  /** Bytes of a request's body, at most; 16 MiB by default. Larger ones get 413. */
  readonly maxBody?: number | undefined
  /** Seconds in which a request must have come whole; 30 by default. Slower ones get 408. */
  readonly requestTimeout?: number | undefined
}

/** A server that runs. */
export interface ModelServer {
  readonly url: string
  /** Takes no more requests, answers those that are there, and resolves when all is done. The models stay. */
  close(): Promise<void>
}

const megabyte = 2 ** 20
const leastToken = 16

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

interface Settings {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
  readonly maxBody: number
  readonly requestTimeout: number
}

function checked(options: ServeOptions): Settings {
  checkNames(options, ['host', 'port', 'token', 'maxBody', 'requestTimeout'])
  const { host = '127.0.0.1', port = 8000, token, maxBody = 16 * megabyte, requestTimeout = 30 } = options as ServeOptions
  if (typeof host !== 'string' || host === '') throw new TypeError(expected('an address', 'host', host))
  if (!Number.isSafeInteger(port) || port < 0 || port > 65535) throw new RangeError(expected('an integer from 0 to 65535', 'port', port))
  if (!Number.isSafeInteger(maxBody) || maxBody < 1) throw new RangeError(expected('an integer from 1', 'maxBody', maxBody))
  if (typeof requestTimeout !== 'number' || !(requestTimeout > 0))
    throw new RangeError(expected('a number above 0', 'requestTimeout', requestTimeout))
  if (token !== undefined && (typeof token !== 'string' || token.length < leastToken))
    throw new RangeError(`Expected a text of at least ${leastToken} characters for \`token\``)
  if (token === undefined && !isLoopback(host)) throw new RangeError(expected('an address of the loopback, or a `token`,', 'host', host))
  return { host, port, token, maxBody, requestTimeout }
}

/** Seconds of an inference, by the upper ends of a histogram's buckets. */
const buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

async function metricsOf(models: Readonly<Record<string, OnnxModel>>) {
  const { Counter, Histogram, Registry, collectDefaultMetrics } = await loadPeer('serve', () => import('prom-client'))
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'deep_clustering_' })
  const labelNames = ['model'] as const
  const registers = [registry]
  const seconds = new Histogram({
    name: 'deep_clustering_inference_seconds',
    help: 'Time of an inference, waiting included',
    labelNames,
    buckets,
    registers
  })
  const items = new Counter({ name: 'deep_clustering_items_total', help: 'Items that were answered', labelNames, registers })
  const failures = new Counter({ name: 'deep_clustering_failures_total', help: 'Inferences that failed', labelNames: ['model', 'status'], registers })
  for (const model of Object.keys(models)) items.inc({ model }, 0)
  return { registry, seconds, items, failures }
}

/** What fastify, and what a model throws, as HTTP has it. */
function statusOf(error: FastifyError | Error): number {
  if ('statusCode' in error && error.statusCode !== undefined) return error.statusCode
  if (isDeepClusteringError(error)) return error.code === 'ERR_OVERLOADED' || error.code === 'ERR_DISPOSED' ? 503 : 500
  return error instanceof TypeError || error instanceof RangeError ? 400 : 500
}

/**
 * Serves models, each under its name at `/v2/models/NAME`, until `close`. `/metrics` has their times and counts for Prometheus.
 * @throws TypeError or RangeError for bad options; DeepClusteringError ERR_FASTIFY_MISSING; the system's error where the port is taken
 *
 * @example
 * const model = await OnnxModel.load('digits.onnx', { batching: true })
 * const server = await serve({ digits: model }, { port: 8000 })
 * process.once('SIGTERM', () => server.close())
 */
export async function serve(models: Readonly<Record<string, OnnxModel>>, options: ServeOptions = {}): Promise<ModelServer> {
  const { host, port, token, maxBody, requestTimeout } = checked(options)
  const { default: fastify } = await loadPeer('serve', () => import('fastify'))
  const metrics = await metricsOf(models)
  const app: FastifyInstance = fastify({
    bodyLimit: maxBody,
    requestTimeout: requestTimeout * 1000,
    forceCloseConnections: 'idle',
    // Node looks for slow requests every half minute unless it is told to do so more often.
    http: {
      requestTimeout: requestTimeout * 1000,
      headersTimeout: requestTimeout * 1000,
      connectionsCheckingInterval: Math.min(1000, requestTimeout * 500)
    }
  })
  let ready = true

  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['application/json', 'application/octet-stream'], { parseAs: 'buffer' }, (_, body, done) => done(null, body))
  app.setErrorHandler((error: FastifyError, _, reply) => {
    const status = statusOf(error)
    if (status === 503) void reply.header('retry-after', '1')
    void reply.code(status).send({ error: status === 500 ? 'the model failed' : error.message })
  })
  app.setNotFoundHandler((_, reply) => void reply.code(404).send({ error: 'there is nothing here; /v2 tells what the server has' }))
  if (token !== undefined) {
    const wanted = Buffer.from(`Bearer ${token}`)
    app.addHook('onRequest', async (request, reply) => {
      if (request.url.startsWith('/v2/health/')) return
      const given = Buffer.from(request.headers.authorization ?? '')
      if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
      await reply.code(401).header('www-authenticate', 'Bearer').send({ error: 'a token is needed: Authorization: Bearer …' })
    })
  }

  const modelOf = (request: FastifyRequest): { readonly name: string; readonly model: OnnxModel } => {
    const { name } = request.params as { readonly name: string }
    if (!Object.hasOwn(models, name))
      throw Object.assign(new Error(`there is no model ${JSON.stringify(name)}; there are ${Object.keys(models).join(', ')}`), { statusCode: 404 })
    return { name, model: models[name]! }
  }

  app.get('/v2', () => ({ name: 'deep-clustering', extensions: ['binary_tensor_data'], models: Object.keys(models) }))
  app.get('/v2/health/live', () => ({ live: true }))
  app.get('/v2/health/ready', (_, reply) => reply.code(ready ? 200 : 503).send({ ready }))
  app.get('/v2/models/:name/ready', request => ({ name: modelOf(request).name, ready: !modelOf(request).model.disposed }))
  app.get('/v2/models/:name', request => {
    const { name, model } = modelOf(request)
    const told = (ports: OnnxModel['inputs']): object[] =>
      ports.map(port => ({ name: port.name, datatype: datatypes[port.type], shape: [-1, ...port.shape] }))
    return { name, platform: 'onnx_onnxv1', inputs: told(model.inputs), outputs: told(model.outputs), parameters: model.metadata }
  })
  app.get('/metrics', async (_, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()))
  app.post('/v2/models/:name/infer', async (request, reply) => {
    const { name, model } = modelOf(request)
    const end = metrics.seconds.startTimer({ model: name })
    try {
      const answer = await infer(name, model, request, reply)
      metrics.items.inc({ model: name }, answer.count)
      return answer.sent
    } catch (error) {
      metrics.failures.inc({ model: name, status: String(statusOf(error as Error)) })
      throw error
    } finally {
      end()
    }
  })

  const url = await app.listen({ host, port })
  return {
    url,
    close: async () => {
      ready = false
      await app.close()
    }
  }
}

async function infer(
  name: string,
  model: OnnxModel,
  request: FastifyRequest,
  reply: FastifyReply
): Promise<{ readonly count: number; readonly sent: FastifyReply }> {
  const [input, ...more] = model.inputs
  if (!input || more.length > 0) throw new BadRequest(`${name} is the file of a generator, which takes no items`)
  const length = request.headers['inference-header-content-length']
  const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0)
  const asked = readRequest(body, length === undefined ? undefined : Number(length), { input, outputs: model.outputs })
  // Who has gone waits for no answer.
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the client has gone')))
  const results = await model.infer(asked.input, [...asked.outputs.keys()] as (keyof OnnxOutputs)[], { signal: gone.signal })
  const count = asked.input.shape[0]!
  const tensors = [...asked.outputs.keys()].map((output): ResultTensor => {
    const result = results[output as keyof OnnxOutputs]
    const { type, shape } = model.outputs.find(port => port.name === output)!
    return { name: output, datatype: datatypes[type], shape: [count, ...shape], data: result instanceof Int32Array ? result : result.data }
  })
  const { body: answer, headerLength } = writeResponse({ model_name: name, ...(asked.id !== undefined && { id: asked.id }) }, tensors, asked.outputs)
  if (headerLength !== undefined) void reply.header('inference-header-content-length', String(headerLength))
  return { count, sent: reply.type(headerLength === undefined ? 'application/json' : 'application/octet-stream').send(answer) }
}
