/**
 * `npm run bench -- graph [ROUNDS] [--data PATH] [--codes CODES.npy]`: the neighbour graph (k = 20) of `--data` (the bundled
 * digits) against faiss IndexFlatL2, alternating, with what both found compared; and, where `--codes` are given, spectral
 * clustering of them against scikit-learn's. `--random N,D` is something else: the exact and the approximate graph of N points of
 * D dimensions in eight normal groups, made here (`--search` takes one of them), with recall and seconds of all threads. Python is `$PYTHON` or `python3`; a peer that it lacks is skipped, with the reason.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Dataset, readData, readNpy, writeNpy } from '../../src/data/index.js'
import { KnnGraph, type KnnGraphResult } from '../../src/methods/knn-graph.js'
import { SpectralClustering } from '../../src/methods/spectral.js'
import { machine } from './machine.js'
import { randomPoints } from './random-points.js'
import { median } from './statistics.js'

const { values: flags, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: { data: { type: 'string', default: 'mnist-test' }, codes: { type: 'string' }, random: { type: 'string' }, search: { type: 'string' } }
})
const rounds = Number(positionals[0] ?? 3)
const neighbours = 20
const python = process.env['PYTHON'] ?? 'python3'
const script = fileURLToPath(new URL('../../../scripts/bench/graph_peers.py', import.meta.url))
const has = (module: string): boolean => spawnSync(python, ['-c', `import ${module}`]).status === 0
const peer = (...args: string[]): number =>
  (JSON.parse(execFileSync(python, [script, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })) as { seconds: number }).seconds
const residentMiB = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024

async function ours(items: Dataset, precision: 'float32' | 'auto'): Promise<{ seconds: number; result: KnnGraphResult }> {
  using model = new KnnGraph({ neighbours, precision })
  const result = await model.fit(items)
  return { seconds: result.phases.find(({ name }) => name === 'graph')!.seconds, result }
}

// Libtorch and its product kernels are there before anything is measured.
await new KnnGraph({ neighbours: 2 }).fit({ data: new Uint8Array(64 * 64).map((_, i) => (i * 37) % 251), shape: [64, 64] })

if (flags.random !== undefined) {
  const [n, d] = flags.random.split(',').map(Number)
  const points = randomPoints(n!, d!)
  const searches = flags.search === undefined ? (['exact', 'approximate'] as const) : [flags.search as 'exact' | 'approximate' | 'auto']
  console.log(`Neighbour graph, ${n} x ${d}, k = ${neighbours}. ${machine()}. ${rounds} rounds.\n`)
  console.log('| search | recall | seconds, median | of all threads | peak MiB above the data, so far |\n|---|---|---|---|---|')
  const start = residentMiB('VmRSS')
  for (const search of searches) {
    const times: number[] = []
    const cpu: number[] = []
    let took = ''
    for (let round = 0; round < rounds; round++) {
      using model = new KnnGraph({ neighbours, search })
      const before = process.cpuUsage()
      const result = await model.fit(points)
      const { user, system } = process.cpuUsage(before)
      cpu.push((user + system) / 1e6)
      times.push(result.phases.find(({ name }) => name === 'graph')!.seconds)
      took = `${result.search} | ${result.recall.toFixed(4)}`
    }
    console.log(`| ${took} | ${median(times).toFixed(1)} | ${median(cpu).toFixed(1)} | ${(residentMiB('VmHWM') - start).toFixed(0)} |`)
  }
  process.exit()
}

const items = await readData(flags.data)
const before = residentMiB('VmRSS')
await ours(items, 'auto')
const above = residentMiB('VmHWM') - before
const folder = mkdtempSync(join(tmpdir(), 'deep-clustering-bench-'))
const seconds: Record<string, number[]> = { float32: [], auto: [] }
try {
  const path = join(folder, 'items.npy')
  // What is seen with scaling `auto`: bytes become 0..1.
  const unit = items.data instanceof Uint8Array ? Float32Array.from(items.data, value => value / 255) : items.data
  await writeNpy(path, { data: unit, shape: items.shape })
  const faiss = has('faiss')
  if (faiss) seconds['faiss IndexFlatL2'] = []
  else console.log(`faiss is skipped: ${python} has none (set PYTHON).`)
  let largest = 0
  for (let round = 0; round < rounds; round++) {
    for (const precision of ['float32', 'auto'] as const) {
      const run = await ours(items, precision)
      seconds[precision]!.push(run.seconds)
      if (!faiss || round > 0) continue
      const found = join(folder, 'distances.npy')
      peer('faiss', path, String(neighbours), found)
      const wanted = (await readNpy(found)).data
      const { data } = run.result.distances
      for (let i = 0; i < data.length; i++) largest = Math.max(largest, Math.abs(data[i]! - Number(wanted[i]!)) / Math.max(1, data[i]!))
    }
    if (faiss) seconds['faiss IndexFlatL2']!.push(peer('faiss', path, String(neighbours), join(folder, 'distances.npy')))
  }
  console.log(
    `Neighbour graph, ${items.shape.join(' x ')}, k = ${neighbours}. ${machine()}. ${rounds} rounds.\n\n| | seconds, median | times faiss' rate |\n|---|---|---|`
  )
  for (const [name, times] of Object.entries(seconds)) {
    const ratio = faiss ? median(times.map((time, i) => seconds['faiss IndexFlatL2']![i]! / time)).toFixed(2) : ''
    console.log(`| ${name} | ${median(times).toFixed(2)} | ${ratio} |`)
  }
  if (faiss) console.log(`\nLargest difference of a sorted distance from faiss', relative to max(1, distance): ${largest.toExponential(1)}`)
  console.log(`Peak memory above the data (${(items.data.byteLength / 2 ** 20).toFixed(0)} MiB): ${above.toFixed(0)} MiB`)
} finally {
  rmSync(folder, { recursive: true })
}

if (flags.codes !== undefined) {
  const codes = await readData(flags.codes)
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    using model = new SpectralClustering({ clusters: 10 })
    const result = await model.fit(codes)
    times.push(result.phases.find(({ name }) => name === 'graph')!.seconds)
  }
  console.log(`\nSpectral clustering, ${codes.shape.join(' x ')}, 10 clusters: ${median(times).toFixed(1)} s`)
  if (has('sklearn')) {
    const theirs = peer('sklearn', flags.codes, '10')
    console.log(
      `scikit-learn's SpectralClustering(assign_labels='kmeans', affinity='nearest_neighbors'): ${theirs.toFixed(1)} s, ${(theirs / median(times)).toFixed(1)} times ours`
    )
  } else console.log(`scikit-learn is skipped: ${python} has none (set PYTHON).`)
}
