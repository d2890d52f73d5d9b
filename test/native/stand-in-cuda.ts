/** A driver and CUDA plugins for machines that have none, each a few lines of C; the plugins against native/cuda/plugin.h. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { findCompiler } from '../../src/build/tools.js'
import { packageRoot } from '../../src/native/build-info.js'

/** A libcuda.so.1 that knows of GPUs. */
export const driver = (gpus: number): string => `
int cuInit(unsigned flags) { return 0; }
int cuDeviceGetCount(int* count) { *count = ${gpus}; return 0; }`

/** One that reports an error. */
export const brokenDriver = `
int cuInit(unsigned flags) { return 999; }
int cuGetErrorName(int status, const char** name) { *name = "CUDA_ERROR_UNKNOWN"; return 0; }`

/** A CUDA plugin that lists GPUs. */
export const plugin = (abi: string, gpus: number): string => `
#include "cuda/plugin.h"
#include <stdio.h>
static int device_count(char* reason, size_t size) { snprintf(reason, size, "%s", ${gpus} ? "" : "no GPU today"); return ${gpus}; }
static int device_info(int device, DcCudaDevice* info) {
  snprintf(info->name, sizeof info->name, "GPU %d", device);
  info->total_memory = 80ull << 30;
  info->free_memory = 79ull << 30;
  info->major = device == 0 ? 9 : 7;
  info->minor = 0;
  return 0;
}
static const DcCudaPlugin functions = {${abi}, "2.15.0", device_count, device_info, 0};
const DcCudaPlugin* dc_cuda_plugin(void) { return &functions; }`

/** Compiles a shared library of C source. */
export function compileLibrary(source: string, path: string, ...flags: readonly string[]): void {
  const { status, stderr } = spawnSync(
    findCompiler()!.command,
    ['-x', 'c', '-shared', '-fPIC', '-I', join(packageRoot, 'native'), '-', '-o', path, '-x', 'none', ...flags],
    { input: source, encoding: 'utf8' }
  )
  assert.equal(status, 0, stderr)
}
