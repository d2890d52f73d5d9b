/**
 * `npm run bench -- growth [N…] --data TRAIN,TEST --labels TRAIN,TEST --folder DIR`: from a file to labels, by the number of items (70,000, 1,000,000
 * and 10,000,000): seconds, accuracy, and the most anonymous memory above libtorch's own. The items are randomly changed copies of the images of `--data`
 * (MNIST), made in `--folder` (a temporary one without it) once. Linux only: reads RssAnon. Each run is a process of its own.
 *
 *   --method dcn | vade --preset graph,augmented --seed 0 --set '{…}' --memory BYTES (0 leaves all items in their file)
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ClusterEstimator } from '../../src/estimator/cluster-estimator.js'
import type { EstimatorClass } from '../../src/estimator/estimator.js'
import type { ClusteringResult } from '../../src/estimator/types.js'
import { DCN } from '../../src/methods/dcn.js'
import { estimators } from '../../src/methods/index.js'
import { affineCopies } from './affine-copies.js'
import { readJoined, readJoinedLabels } from './joined.js'
import { machine } from './machine.js'

const { values: flags, positionals } = parseArgs({
  args: process.argv.slice(2),
  allowPositionals: true,
  options: {
    data: { type: 'string', default: 'mnist-test' },
    labels: { type: 'string', default: 'mnist-test' },
    folder: { type: 'string', default: join(tmpdir(), 'deep-clustering-growth') },
    method: { type: 'string', default: 'dcn' },
    preset: { type: 'string', default: 'graph' },
    seed: { type: 'string', default: '0' },
    set: { type: 'string', default: '{}' },
    memory: { type: 'string' },
    run: { type: 'string' }
  }
})

const anonymous = (): number => Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024

/** One run in this process; its figures as JSON on stdout. */
async function run(data: string, labels: string): Promise<void> {
  const type = estimators.find(({ method }) => method.name === flags.method) as EstimatorClass<ClusterEstimator<ClusteringResult>>
  // A network of one unit: libtorch, its thread pool and its product kernels are there, a model hardly.
  const tiny = new DCN({ clusters: 2, preset: 'plain', widths: [1], latent: 1, pretrainEpochs: 1, epochs: 1, kmeansRestarts: 1 })
  await tiny.fit({ data: new Uint8Array(512 * 784).map((_, i) => i % 251), shape: [512, 784] })
  tiny.dispose()
  const before = anonymous()
  let most = before
  const watch = setInterval(() => (most = Math.max(most, anonymous())), 20)
  let first = 0
  const started = performance.now()
  const model = new type({ clusters: 10, preset: flags.preset, seed: Number(flags.seed), ...JSON.parse(flags.set) })
  const result = await model.fit(data, {
    labels,
    ...(flags.memory !== undefined && { memory: Number(flags.memory) }),
    onProgress: event => (first ||= event.type === 'step' ? performance.now() - started : 0)
  })
  clearInterval(watch)
  const phases = result.phases.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)}`).join(', ')
  console.log(JSON.stringify({ n: result.n, seconds: result.seconds, ...result.metrics, mib: most - before, first: first / 1000, phases }))
}

async function main(): Promise<void> {
  const images = await readJoined(flags.data)
  const labels = await readJoinedLabels(flags.labels)
  mkdirSync(flags.folder, { recursive: true })
  console.log(`Growth: ${flags.method}, seed ${flags.seed}, beside the preset ${flags.set}. ${machine()}\n`)
  console.log('| items | preset | seconds | ACC | NMI | first step, s | anonymous memory, MiB | |\n|---|---|---|---|---|---|---|---|')
  for (const n of positionals.length > 0 ? positionals.map(Number) : [70_000, 1_000_000, 10_000_000]) {
    const paths = await affineCopies(images, labels, n, flags.folder)
    for (const preset of flags.preset.split(',')) {
      const args = [
        ...(flags.memory === undefined ? [] : ['--memory', flags.memory]),
        '--run',
        paths.data,
        '--labels',
        paths.labels,
        '--method',
        flags.method,
        '--preset',
        preset,
        '--seed',
        flags.seed,
        '--set',
        flags.set
      ]
      const { stdout, stderr, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...args], { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
      const row = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<'seconds' | 'acc' | 'nmi' | 'first' | 'mib', number> & { phases: string }
      console.log(
        `| ${n.toLocaleString('en')} | \`${preset}\` | ${row.seconds.toFixed(0)} | ${row.acc.toFixed(4)} | ${row.nmi.toFixed(4)} | ${row.first.toFixed(1)} | ${row.mib.toFixed(0)} | ${row.phases} |`
      )
    }
  }
}

await (flags.run === undefined ? main() : run(flags.run, flags.labels))
