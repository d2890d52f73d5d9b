/** `inspect`: what a build and a run would find on this machine, and what to mend. With a path: what a model holds. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { arch, cpus, platform, release } from 'node:os'
import { chooseNvcc, findNvccs, type Nvcc } from '../build/cuda.js'
import { findCMake, findCompiler, findTool } from '../build/tools.js'
import { findLibtorch } from '../libtorch/discover.js'
import type { DeviceReport } from '../native/addon.js'
import { idleGpus } from '../native/device.js'
import { addonStatus, buildCommand, cudaPluginPath, prebuiltAddonWaits, setupCommand } from '../native/loader.js'
import { helpOf } from '../options/describe.js'
import { optionTable } from '../options/table.js'
import { outputOptions, readArguments } from './arguments.js'
import type { Command, CommandContext } from './command.js'
import { inspectModel } from './inspect-model.js'
import { inspectOnnx } from './inspect-onnx.js'
import { isOnnxPath } from './open-model.js'

/** What the doctor found. */
interface Report {
  readonly node: string
  readonly system: string
  readonly cpu: string
  readonly cmake: string | null
  readonly compiler: string | null
  readonly pip: string | null
  readonly libtorch: readonly { readonly source: string; readonly path: string; readonly verdict: string; readonly usable: boolean }[]
  readonly cuda: {
    /** Every nvcc that was found; `fits` if it is of the libtorch's CUDA. A build takes the first that fits, or fetches one. */
    readonly nvcc: readonly (Nvcc & { readonly fits: boolean })[]
    readonly gpus: readonly string[]
    readonly plugin: boolean
    readonly available: boolean
    readonly reason: string
  }
  readonly addon: {
    readonly path: string
    readonly built: boolean
    readonly works: boolean
    /** Why it does not work; empty if it does. */
    readonly problem: string
    readonly torch: string | null
    readonly methods: readonly string[]
    /** Fast bfloat16 on this CPU. */
    readonly bfloat16: boolean | null
  }
  readonly verdict: string
  /** The command that mends the first problem; null if there is none. */
  readonly cure: string | null
}

const { json } = outputOptions
const options = optionTable({ json })

const help = `deep-clustering inspect                the machine: tools, libtorch, CUDA, the addon
deep-clustering inspect DIR            a saved model
deep-clustering inspect FILE.onnx      inputs, outputs, nodes, constants and metadata of an .onnx file

${helpOf(options)}
`

export const inspect: Command = {
  name: 'inspect',
  summary: 'Tell what this machine offers and what is missing, or what a saved model holds',
  help: () => help,
  async run(args, context) {
    const { values, positionals } = readArguments(options, args, ['[DIR|FILE.onnx]'])
    const [path] = positionals
    if (path !== undefined) return (isOnnxPath(path) ? inspectOnnx : inspectModel)(path, values.json ?? false, context)
    const report = examine()
    if (values.json) context.stdout.write(`${JSON.stringify(report)}\n`)
    else print(report, context)
    return report.addon.works ? 0 : 1
  }
}

interface Trial {
  readonly torch: string
  readonly methods: readonly string[]
  readonly devices: DeviceReport
}

/** Loads the addon in a child process: a crash there does not take the doctor down. */
function tryAddon(): { readonly trial?: Trial; readonly problem: string } {
  const loader = new URL('../native/loader.js', import.meta.url).href
  const script = `import(${JSON.stringify(loader)}).then(({ loadAddon, cudaPluginPath }) => {
    const addon = loadAddon()
    addon.selfTest()
    console.log(JSON.stringify({ torch: addon.torchVersion, methods: addon.methods, devices: addon.devices(cudaPluginPath()) }))
  }).catch(error => { console.error(error.message); process.exitCode = 1 })`
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8', timeout: 120_000 })
  if (status === 0) return { trial: JSON.parse(stdout.trim().split('\n').at(-1)!) as Trial, problem: '' }
  return { problem: signal ? `it crashed the process (${signal})` : stderr.trim().split('\n')[0] || `the process ended with ${status}` }
}

function gpus(): string[] {
  const { status, stdout } = spawnSync('nvidia-smi', ['--query-gpu=name,driver_version,memory.total', '--format=csv,noheader'], { encoding: 'utf8' })
  return status === 0
    ? stdout
        .trim()
        .split('\n')
        .filter(line => line !== '')
    : []
}

function examine(): Report {
  const cmake = findCMake()
  const compiler = findCompiler()
  const pip = findTool(['pip3', 'pip'], /pip (\S+)/)
  const { chosen, verdicts } = findLibtorch(undefined, 'run')
  const { path, built, info } = addonStatus()
  const { trial, problem } = tryAddon()
  const nvcc = findNvccs(chosen?.path).map(found => ({ ...found, fits: chooseNvcc([found], chosen?.cuda ?? null) !== undefined }))
  const plugin = existsSync(cudaPluginPath())
  let verdict = 'The addon works.'
  let cure: string | null = null
  if (!trial) {
    if (!chosen && prebuiltAddonWaits()) [verdict, cure] = ['No libtorch.', setupCommand()]
    else if (!compiler) [verdict, cure] = ['No C++ compiler.', 'apt install g++']
    else if (!cmake) [verdict, cure] = ['No CMake.', 'pip install cmake']
    else if (!built) [verdict, cure] = ['The addon is not built.', buildCommand()]
    else [verdict, cure] = [`The addon does not work: ${problem}`, buildCommand('--force')]
  } else if (trial.devices.cuda.available) {
    verdict = `The addon works, on the CPU and on ${trial.devices.cuda.devices.length} GPU(s).`
  } else {
    const idle = idleGpus(trial.devices.cuda, plugin)
    if (idle) [verdict, cure] = [`The addon works, but on the CPU alone: ${idle.problem}.`, idle.cure]
  }
  return {
    node: process.version,
    system: `${platform()} ${release()} ${arch()}`,
    cpu: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`,
    cmake: cmake?.version ?? null,
    compiler: compiler?.version ?? null,
    pip: pip?.version ?? null,
    libtorch: verdicts.map(({ source, path: folder, verdict: judged, usable }) => ({ source, path: folder, verdict: judged, usable })),
    cuda: {
      nvcc,
      gpus: gpus(),
      plugin,
      available: trial?.devices.cuda.available ?? false,
      reason: trial ? trial.devices.cuda.reason : 'the addon does not work'
    },
    addon: {
      path,
      built,
      works: trial !== undefined,
      problem,
      torch: trial?.torch ?? info?.torchVersion ?? null,
      methods: trial?.methods ?? [],
      bfloat16: trial?.devices.cpu.bfloat16 ?? null
    },
    verdict,
    cure
  }
}

function print(report: Report, { stdout }: CommandContext): void {
  const { cuda, addon } = report
  const rows: [string, string][] = [
    ['Node', report.node],
    ['system', report.system],
    ['CPU', `${report.cpu}${addon.bfloat16 === null ? '' : addon.bfloat16 ? ', fast bfloat16' : ', no fast bfloat16'}`],
    ['CMake', report.cmake ?? 'not found'],
    ['C++ compiler', report.compiler ?? 'not found'],
    ['pip', report.pip ?? 'not found'],
    ...(report.libtorch.length === 0
      ? [['libtorch', 'none found; setup fetches it, or a build'] as [string, string]]
      : report.libtorch.map(({ source, path, verdict }): [string, string] => ['libtorch', `${verdict} (${source}: ${path})`])),
    ...(cuda.nvcc.length === 0
      ? [['nvcc', 'not found; build --cuda fetches it'] as [string, string]]
      : cuda.nvcc.map(({ path, source, version, fits }): [string, string] => [
          'nvcc',
          `${fits ? 'usable' : "refused: not of libtorch's CUDA"}: ${version || 'unknown version'} (${source}: ${path})`
        ])),
    ['GPUs', cuda.gpus.length === 0 ? 'none that nvidia-smi shows' : cuda.gpus.join('; ')],
    ['CUDA plugin', cuda.plugin ? 'built' : 'not built'],
    ['cuda', cuda.available ? 'available' : `unavailable: ${cuda.reason}`],
    ['addon', addon.works ? `works, torch ${addon.torch}, ${addon.methods.join(', ')}` : addon.problem]
  ]
  for (const [name, value] of rows) stdout.write(`${name.padEnd(14)}${value}\n`)
  stdout.write(`\n${report.verdict}${report.cure === null ? '' : ` Mend it with:\n\n  ${report.cure}`}\n`)
}
