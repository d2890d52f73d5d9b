/** Decides where a model runs and in which precision. */

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { DeepClusteringError, expected } from '../errors.js'
import type { Device } from '../options/table.js'
import type { DeviceReport } from './addon.js'
import { buildCommand } from './loader.js'
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
  const report = reportFor(asked.device)
  const device = resolveDevice(asked.device, report)
  if (asked.precision !== 'auto') return { device, precision: asked.precision, ...rest }
  return { device, precision: bfloat16 && hasFastBfloat16(device, report) ? 'bfloat16' : 'float32', ...rest }
}

/** What to say of a precision that makes training slower on its device than float32 would. */
export function precisionWarning({ device, precision }: Pick<ResolvedPlacement, 'device' | 'precision'>): string | undefined {
  if (precision === 'float32' || hasFastBfloat16(device, reportFor(device))) return undefined
  return `The device \`${device}\` is no faster with \`precision: 'bfloat16'\`: its instructions for it are slow or missing; 'auto' takes 'float32' here`
}

/**
 * Why a machine's GPUs lie idle, and the command that mends it if one does; `undefined` where they can be used, or there are none.
 * @param pluginBuilt whether the plugin is there at all; why one that is there cannot be used, `cuda.reason` says
 */
export function idleGpus(
  { available, gpus, reason }: DeviceReport['cuda'],
  pluginBuilt: boolean
): { readonly problem: string; readonly cure: string | null } | undefined {
  if (available || !(gpus > 0)) return undefined
  const problem = `this machine has ${gpus} GPU(s) that cannot be used: ${pluginBuilt ? reason : 'the CUDA plugin is not built'}`
  return { problem, cure: pluginBuilt ? null : buildCommand('--cuda') }
}

/** What to say where `auto` chose the CPU on a machine that has a GPU. */
export function fallbackWarning(asked: Device, { device }: Pick<ResolvedPlacement, 'device'>): string | undefined {
  if (asked !== 'auto' || device !== 'cpu') return undefined
  const idle = idleGpus(devices().cuda, existsSync(addonSource().cudaPlugin()))
  return idle && `\`device: 'auto'\` takes the CPU: ${idle.problem}${idle.cure === null ? '' : `. Build it with \`${idle.cure}\``}`
}

// Without the plugin's path nothing of CUDA is opened: who asks for the CPU does not pay for it.
function reportFor(device: string): DeviceReport {
  const source = addonSource()
  return source.addon().devices(device === 'cpu' ? '' : source.cudaPlugin())
}

function hasFastBfloat16(device: string, { cpu, cuda }: DeviceReport): boolean {
  return device === 'cpu' ? cpu.bfloat16 : cuda.devices[gpuIndex(device)]!.bfloat16
}

function gpuIndex(device: string): number {
  return device === 'cuda' ? 0 : Number(device.slice('cuda:'.length))
}

function resolveDevice(asked: Device, { cuda }: DeviceReport): string {
  if (asked === 'cpu') return 'cpu'
  if (asked === 'auto') return cuda.available ? 'cuda:0' : 'cpu'
  if (!cuda.available) {
    throw new DeepClusteringError(
      'ERR_DEVICE_UNAVAILABLE',
      `The device \`${asked}\` cannot be used: ${cuda.reason}. Use 'cpu', or 'auto' to let the package choose`,
      { device: asked }
    )
  }
  const index = gpuIndex(asked)
  if (index >= cuda.devices.length) {
    throw new DeepClusteringError('ERR_DEVICE_UNAVAILABLE', expected(`a device up to 'cuda:${cuda.devices.length - 1}'`, 'device', asked), {
      device: asked
    })
  }
  return `cuda:${index}`
}
