/** Decides where a model runs and in which precision. */

import { availableParallelism } from 'node:os'
import { DeepClusteringError, expected } from '../errors.js'
import type { Device } from '../options/table.js'
import type { DeviceReport } from './addon.js'
import { addonSource } from './runtime.js'

/** What a caller asks for; see the run options in the docs. */
export interface Placement {
  readonly device: Device
  readonly precision: 'auto' | 'float32' | 'bfloat16'
  /** 0 takes all cores. */
  readonly threads: number
  readonly tf32: boolean
  readonly capture: boolean
}

/** Where a model runs, `auto` decided. */
export interface ResolvedPlacement {
  /** `cpu` or `cuda:N`. */
  readonly device: string
  readonly precision: 'float32' | 'bfloat16'
  /** At least 1. */
  readonly threads: number
  readonly tf32: boolean
  readonly capture: boolean
}

/**
 * What this machine offers: the CPU's capability and the CUDA GPUs, or why there are none to use.
 * @throws DeepClusteringError ERR_ADDON_NOT_BUILT or ERR_LIBTORCH_NOT_FOUND if the addon cannot be loaded
 */
export function devices(): DeviceReport {
  const source = addonSource()
  return source.addon().devices(source.cudaPlugin())
}

/**
 * @param bfloat16 whether `precision: 'auto'` may take bfloat16
 * @throws DeepClusteringError ERR_DEVICE_UNAVAILABLE, with the reason, if the device that was asked for cannot be used
 */
export function resolvePlacement(asked: Placement, bfloat16: boolean): ResolvedPlacement {
  const { tf32, capture } = asked
  const rest = { threads: asked.threads === 0 ? availableParallelism() : asked.threads, tf32, capture }
  const source = addonSource()
  // Without the plugin's path nothing of CUDA is opened: who asks for the CPU does not pay for it.
  const report = source.addon().devices(asked.device === 'cpu' ? '' : source.cudaPlugin())
  const device = resolveDevice(asked.device, report)
  if (asked.precision !== 'auto') return { device, precision: asked.precision, ...rest }
  const fast = device === 'cpu' ? report.cpu.bfloat16 : report.cuda.devices[gpuIndex(device)]!.bfloat16
  return { device, precision: bfloat16 && fast ? 'bfloat16' : 'float32', ...rest }
}

function gpuIndex(device: string): number {
  return device === 'cuda' ? 0 : Number(device.slice('cuda:'.length))
}

function resolveDevice(asked: Device, { cuda }: DeviceReport): string {
  if (asked === 'cpu') return 'cpu'
  if (asked === 'auto') return cuda.available ? 'cuda:0' : 'cpu'
  if (!cuda.available) {
    throw new DeepClusteringError('ERR_DEVICE_UNAVAILABLE', `The device \`${asked}\` cannot be used: ${cuda.reason}. Use 'cpu', or 'auto' to let the package choose`)
  }
  const index = gpuIndex(asked)
  if (index >= cuda.devices.length) {
    throw new DeepClusteringError('ERR_DEVICE_UNAVAILABLE', expected(`a device up to 'cuda:${cuda.devices.length - 1}'`, 'device', asked))
  }
  return `cuda:${index}`
}
