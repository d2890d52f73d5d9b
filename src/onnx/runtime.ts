/** onnxruntime-node, an optional peer: loaded at the first need, with a session on the execution provider that was asked for. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeepClusteringError } from '../errors.js'
import type { ExecutionProvider, Parcel, Start } from './worker-protocol.js'

/** What is used of onnxruntime-node. Its own declarations need those of a browser, which no project on Node has. */
export interface Runtime {
  readonly InferenceSession: { create(bytes: Uint8Array, settings?: SessionSettings): Promise<Session> }
  readonly Tensor: new (type: string, data: Parcel['data'], shape: readonly number[]) => RuntimeTensor
  listSupportedBackends(): readonly { readonly name: string }[]
}

export interface Session {
  run(feeds: Readonly<Record<string, RuntimeTensor>>, outputs?: readonly string[]): Promise<Readonly<Record<string, RuntimeTensor>>>
  endProfiling(): void
  release(): Promise<void>
}

export interface RuntimeTensor {
  readonly type: string
  readonly data: Parcel['data']
  readonly dims: readonly number[]
}

export interface SessionSettings {
  readonly executionProviders?: readonly ExecutionProvider[]
  readonly intraOpNumThreads?: number
  /** 4: nothing but what ends the process. */
  readonly logSeverityLevel?: number
  readonly enableProfiling?: boolean
  readonly profileFilePrefix?: string
}

/** A variable, so that the compiler does not read the declarations. */
const runtimeName: string = 'onnxruntime-node'

/**
 * @throws DeepClusteringError ERR_ONNXRUNTIME_MISSING with the command that mends it
 */
export async function loadRuntime(): Promise<Runtime> {
  try {
    const module = (await import(runtimeName)) as Runtime & { default?: Runtime }
    return module.default ?? module
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${runtimeName}'`)
    const why = missing ? 'onnxruntime-node, which runs .onnx files, is not installed' : `onnxruntime-node cannot be loaded (${message})`
    throw new DeepClusteringError('ERR_ONNXRUNTIME_MISSING', `${why}. Install it with \`npm install onnxruntime-node\``, { cause })
  }
}

/** A session and the execution provider that runs its nodes. */
export interface Started {
  readonly session: Session
  readonly provider: string
}

const nameOf = (provider: ExecutionProvider): string => (typeof provider === 'string' ? provider : provider.name)

/**
 * Starts a session on the first of the execution providers that can be had. onnxruntime itself would go on without those that it
 * lacks, and say so in a log only.
 * @throws DeepClusteringError ERR_DEVICE_UNAVAILABLE if there is none, ERR_FILE_FORMAT if onnxruntime refuses the model
 */
export async function startSession(runtime: Runtime, { bytes, executionProviders, threads, example }: Start): Promise<Started> {
  const offered = runtime.listSupportedBackends().map(({ name }) => name)
  const refused: string[] = []
  for (const provider of executionProviders) {
    const name = nameOf(provider)
    if (!offered.includes(name)) {
      refused.push(`${name}: this onnxruntime-node offers ${offered.join(', ')}`)
      continue
    }
    const settings: SessionSettings = {
      executionProviders: [provider],
      ...(threads > 0 && { intraOpNumThreads: threads }),
      logSeverityLevel: 4
    }
    try {
      if (name === 'cpu') return { session: await runtime.InferenceSession.create(bytes, settings), provider: name }
      const ran = await providersUsed(runtime, bytes, settings, example)
      if (ran.some(used => used.startsWith(name))) return { session: await runtime.InferenceSession.create(bytes, settings), provider: name }
      refused.push(`${name}: onnxruntime ran every node on ${ran.join(', ') || 'nothing'}`)
    } catch (cause) {
      if (name === 'cpu') throw new DeepClusteringError('ERR_FILE_FORMAT', `onnxruntime refuses the model: ${(cause as Error).message}`, { cause })
      const fetch = /shared library/.test((cause as Error).message)
        ? " (onnxruntime-node's installation script fetches it: `node node_modules/onnxruntime-node/script/install`)"
        : ''
      refused.push(`${name}: ${(cause as Error).message.trim()}${fetch}`)
    }
  }
  throw new DeepClusteringError('ERR_DEVICE_UNAVAILABLE', `No execution provider that was asked for can be used. ${refused.join('. ')}`)
}

/**
 * The execution providers that run the nodes of a model, lowercased (`cpu`, `cuda`, …), by the profile that onnxruntime writes of one
 * run: it has no call that tells.
 */
export async function providersUsed(
  runtime: Runtime,
  bytes: Uint8Array,
  settings: SessionSettings,
  example: Readonly<Record<string, Parcel>>
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'deep-clustering-onnx-'))
  try {
    const session = await runtime.InferenceSession.create(bytes, { ...settings, enableProfiling: true, profileFilePrefix: join(folder, 'profile') })
    try {
      await session.run(feedsOf(runtime, example))
      session.endProfiling()
    } finally {
      await session.release()
    }
    const [file] = await readdir(folder)
    if (file === undefined) throw new Error('onnxruntime wrote no profile')
    const events = JSON.parse(await readFile(join(folder, file), 'utf8')) as readonly { readonly args?: { readonly provider?: string } }[]
    const providers = events.flatMap(({ args }) => (args?.provider ? [args.provider.replace(/ExecutionProvider$/, '').toLowerCase()] : []))
    return [...new Set(providers)]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Arrays as onnxruntime takes them. */
export function feedsOf(runtime: Runtime, parcels: Readonly<Record<string, Parcel>>): Record<string, RuntimeTensor> {
  return Object.fromEntries(Object.entries(parcels).map(([name, { type, data, shape }]) => [name, new runtime.Tensor(type, data, shape)]))
}
