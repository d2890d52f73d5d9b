/** An addon that trains nothing: it behaves as the contract of `src/native/addon.ts` says, and lets tests steer it. */

import type { Addon, DeviceReport, Frames, ModelSpec, NativeEvent, NativeModel, OptionValues, Tensor, Tensors } from '../../src/native/addon.js'
import { replaceAddonSource } from '../../src/native/runtime.js'

export function nativeFailure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

export class FakeModel implements NativeModel {
  static made: FakeModel[] = []
  /** What the next fit of any model ends with, after its first epoch. */
  static failure: Error | undefined
  /** Clusters that get no item. */
  static dead: readonly number[] = []
  /** What the graph of a run with this seed has for a normalised cut; without it there is no graph. */
  static cutOf: ((seed: number) => number) | undefined
  /** Called before each operation that needs no items. */
  static beforeGenerate: () => unknown = () => undefined
  /** Called before each step of a fit. */
  static beforeStep: (model: FakeModel) => unknown = () => undefined

  readonly spec: ModelSpec
  readonly fits: Tensor[] = []
  readonly asked: (Frames | undefined)[] = []
  readonly generated: { readonly operation: string; readonly values: OptionValues }[] = []
  epoch = 0
  cancelled = 0
  running = false
  disposed = false
  #stop = false

  constructor(spec: ModelSpec) {
    this.spec = spec
    FakeModel.made.push(this)
  }

  async fit(data: Tensor, onEvent: (event: NativeEvent) => void, frames?: Frames): Promise<Tensors> {
    this.fits.push(data)
    this.asked.push(frames)
    this.running = true
    this.#stop = false
    const epochs = 3
    const [steps, samples] = [4, data.shape[0]!]
    try {
      if (FakeModel.cutOf && this.epoch === 0) {
        onEvent({
          type: 'epoch',
          phase: 'graph',
          epoch: 1,
          epochs: 1,
          seconds: 0,
          samples: 0,
          values: { normalisedCut: FakeModel.cutOf(this.spec.seed) }
        })
      }
      onEvent({ type: 'phase', phase: 'joint', epochs, steps, samples })
      while (this.epoch < epochs) {
        const epoch = this.epoch + 1
        for (let step = 1; step <= steps; step++) {
          await FakeModel.beforeStep(this)
          await turn()
          if (this.#stop) throw nativeFailure('ABORTED', 'The run was aborted')
          onEvent({ type: 'step', phase: 'joint', epoch, epochs, step, steps })
        }
        this.epoch = epoch
        onEvent({
          type: 'epoch',
          phase: 'joint',
          epoch,
          epochs,
          seconds: 0.5,
          samples,
          values: { reconstruction: 1 / epoch },
          ...(frames && { codes: new Float32Array(2 * frames.items.data.length).fill(epoch) })
        })
        const failure = FakeModel.failure
        FakeModel.failure = undefined
        if (failure) throw failure
      }
      onEvent({ type: 'phase-end', phase: 'joint', seconds: 1.5 })
      return { labels: this.#labels(samples), assignments: this.#labels(samples), inertia: { data: Float64Array.of(7), shape: [] } }
    } finally {
      this.running = false
    }
  }

  cancel(): void {
    this.cancelled++
    this.#stop = true
  }

  async infer(operation: string, input: Tensor): Promise<Tensors> {
    this.#stop = false
    this.running = true
    await turn()
    this.running = false
    if (this.#stop) throw nativeFailure('ABORTED', 'The run was aborted')
    if (FakeModel.failure) {
      const failure = FakeModel.failure
      FakeModel.failure = undefined
      throw failure
    }
    const n = input.shape[0]!
    const floats = (size: number): Tensor => ({ data: new Float32Array(n * size).fill(this.epoch), shape: [n, size] })
    if (operation === 'predict') return { labels: this.#labels(n) }
    if (operation === 'predictProba') return { probabilities: floats(this.#clusters) }
    if (operation === 'reconstruct') return { reconstruction: { data: new Float32Array(input.data.length), shape: input.shape } }
    return { embedding: floats(2) }
  }

  async generate(operation: string, values: OptionValues): Promise<Tensors> {
    FakeModel.beforeGenerate()
    this.generated.push({ operation, values })
    const [rows, features] = [operation === 'sample' ? (values.count as number) : this.#clusters, 2]
    const floats = (...shape: number[]): Tensor => ({ data: new Float32Array(shape.reduce((a, b) => a * b)), shape })
    if (operation === 'prototypes') return { prototypes: floats(rows, ...this.spec.shape) }
    if (operation === 'mixture') return { weights: floats(rows), means: floats(rows, features), variances: floats(rows, features) }
    return { samples: floats(rows, features), latents: floats(rows, features), labels: this.#labels(rows) }
  }

  state(): Tensors | null {
    if (this.disposed) throw nativeFailure('ERR_DISPOSED', 'disposed')
    return this.epoch === 0 ? null : { 'progress.epoch': { data: Int32Array.of(this.epoch), shape: [1] } }
  }

  async restore(state: Tensors): Promise<void> {
    if (!state['progress.epoch']) throw nativeFailure('ERR_FILE_FORMAT', 'No `progress.epoch` in the state')
    this.epoch = Number(state['progress.epoch'].data[0])
  }

  dispose(): void {
    this.disposed = true
    this.#stop = true
  }

  get #clusters(): number {
    return (this.spec.options.clusters as number | undefined) ?? 1
  }

  #labels(n: number): Tensor {
    const alive = Array.from({ length: this.#clusters }, (_, cluster) => cluster).filter(cluster => !FakeModel.dead.includes(cluster))
    return { data: Int32Array.from({ length: n }, (_, item) => alive[item % alive.length]!), shape: [n] }
  }
}

export const cpuOnly: DeviceReport = {
  cpu: { capability: 'AVX2', bfloat16: false },
  cuda: { available: false, reason: 'no driver', gpus: 0, devices: [] }
}

const gpu = { name: 'Fake', totalMemory: 8e9, freeMemory: 7e9, capability: '9.0', bfloat16: true }
export const oneGpu: DeviceReport = { cpu: { capability: 'AMX', bfloat16: true }, cuda: { available: true, reason: '', gpus: 1, devices: [gpu] } }

/** A GPU that nothing was built for. */
export const idleGpu: DeviceReport = { ...cpuOnly, cuda: { ...cpuOnly.cuda, reason: 'no plugin', gpus: 1 } }

/** Lets the tests of a suite run on the fake; `report` is what it says about devices. */
export function useFakeAddon(report: { current: DeviceReport } = { current: cpuOnly }): { plugins: string[] } {
  const asked: string[] = []
  const addon: Addon = {
    torchVersion: '0.0.0',
    methods: ['autoencoder', 'dcn', 'kmeans'],
    devices(plugin) {
      asked.push(plugin)
      return report.current
    },
    selfTest() {},
    Model: FakeModel
  }
  let real: ReturnType<typeof replaceAddonSource>
  before(() => {
    real = replaceAddonSource({ addon: () => addon, cudaPlugin: () => '/plugin' })
  })
  beforeEach(() => {
    FakeModel.made = []
    FakeModel.failure = undefined
    FakeModel.dead = []
    FakeModel.cutOf = undefined
    FakeModel.beforeStep = () => undefined
    FakeModel.beforeGenerate = () => undefined
    asked.length = 0
  })
  after(() => void replaceAddonSource(real))
  return { plugins: asked }
}
