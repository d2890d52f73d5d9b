/**
 * Makes the pictures of docs/gallery: `npm run gallery`, or with a folder of finished runs (`vade`, `jule`, `dcn`, `infogan`, `gan`) to draw these. Needs
 * sharp for the drawings, and Chromium for the pages.
 */

import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { readData, readLabels } from '../src/data/index.js'
import type { Estimator } from '../src/estimator/estimator.js'
import type { FitResult } from '../src/estimator/types.js'
import { DCN } from '../src/methods/dcn.js'
import { GAN } from '../src/methods/gan.js'
import { InfoGAN } from '../src/methods/infogan.js'
import { JULE } from '../src/methods/jule.js'
import { VaDE } from '../src/methods/vade.js'
import { type PlotOptions, renderPlot, renderReport } from '../src/report/index.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const gallery = join(root, 'docs', 'gallery')
const runs = process.argv[2] ?? join(tmpdir(), 'deep-clustering-gallery')
const run = { clusters: 10, seed: 0 } as const

/** Every epoch of each is recorded: these are pictures, not benchmarks. */
const record = { share: 1, frames: 60, data: 'mnist-test' } as const

const makes: Readonly<Record<string, () => Estimator<FitResult>>> = {
  vade: () => new VaDE({ ...run }),
  jule: () => new JULE({ ...run, epochs: 2 }),
  dcn: () => new DCN({ ...run }),
  infogan: () => new InfoGAN({ ...run, epochs: 15 }),
  gan: () => new GAN({ seed: 0, epochs: 15 })
}

const drawings: readonly (readonly [file: string, run: string, picture: string, options: PlotOptions])[] = [
  ['vade-latent', 'vade', 'latent', { frames: 4, scale: 1, layout: 'umap' }],
  ['vade-accuracy', 'vade', 'acc', { scale: 2 }],
  ['vade-generated', 'vade', 'generated', { scale: 1 }],
  ['vade-clusters', 'vade', 'clusters', { count: 16, scale: 1 }],
  ['dcn-latent', 'dcn', 'latent', { frames: 4, scale: 1 }],
  ['dcn-prototypes', 'dcn', 'prototypes', { scale: 2 }],
  ['dcn-confusion', 'dcn', 'confusion', { scale: 1 }],
  ['jule-tree', 'jule', 'tree', { scale: 1 }],
  ['jule-periods', 'jule', 'periods', { scale: 1 }],
  ['infogan-latent', 'infogan', 'latent', { frames: 4, scale: 1 }]
]

const images = await readData('mnist-test')
const { labels } = await readLabels('mnist-test')
for (const [name, make] of Object.entries(makes)) {
  if (existsSync(join(runs, name, 'recording.safetensors'))) continue
  console.log(`training ${name}`)
  using model = make()
  await model.fit(images, { ...('clusters' in model.options && { labels }), record, checkpoint: join(runs, name) })
}

mkdirSync(gallery, { recursive: true })
for (const [file, name, picture, options] of drawings)
  writeFileSync(join(gallery, `${file}.png`), await renderPlot(join(runs, name), picture, { ...options, format: 'png' }))

/** What is shown of a page: the section that is scrolled to, how light it is, and how much of it. */
const shots: readonly (readonly [file: string, runs: readonly string[], section: string, scheme: 'light' | 'dark', height: number])[] = [
  ['report-latent', ['vade'], 'latent', 'light', 820],
  ['report-clusters', ['vade'], 'clusters', 'dark', 820],
  ['report-merging', ['jule'], 'merging', 'light', 820],
  ['report-comparison', ['dcn', 'vade', 'jule'], 'runs', 'light', 820],
  ['report-codes', ['infogan', 'gan'], 'generated', 'light', 2380]
]
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
for (const [file, names, section, colorScheme, height] of shots) {
  const path = join(runs, `${names.join('-')}.html`)
  writeFileSync(path, await renderReport(names.map(name => join(runs, name))))
  const page = await browser.newPage({ viewport: { width: 1100, height }, colorScheme })
  await page.goto(`${pathToFileURL(path).href}#${section}`)
  await page.waitForTimeout(1200)
  await page.screenshot({ path: join(gallery, `${file}.png`) })
  await page.close()
}
await browser.close()
const sizes = [...drawings, ...shots].map(([file]) => statSync(join(gallery, `${file}.png`)).size)
console.log(`${sizes.length} pictures in docs/gallery, ${(sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(2)} MB`)
