/** Reports as text: what they hold, and that they need neither addon nor data. */

import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { DeepClusteringError } from '../../src/errors.js'
import { replaceAddonSource } from '../../src/native/runtime.js'
import { renderPlot, renderReport } from '../../src/report/index.js'
import { html, json } from '../../src/report/markup.js'
import { aligned, principal } from '../../src/report/projection.js'
import { hostile, type TrainedRuns, trainedRuns } from './runs.js'

const sectionsOf = (page: string): readonly string[] => [...page.matchAll(/<section id="([\w-]+)"/g)].map(match => match[1]!)

describe('markup', () => {
  it('escapes what is put into a template, and not what is markup already', () => {
    assert.equal(
      html`<p title="${'"<&\'>'}">${html`<b>${1}</b>`}${undefined}${false}${['<', html`<i>`]}</p>`.text,
      '<p title="&quot;&lt;&amp;&#39;&gt;"><b>1</b>&lt;<i></p>'
    )
  })

  it('of JSON ends no script element, and reads back', () => {
    const value = ['</script><!--', '\u2028&']
    assert.doesNotMatch(json(value).text, /[<>&\u2028]/)
    assert.deepEqual(JSON.parse(json(value).text), value)
  })
})

describe('projections', () => {
  it('principal components are those of a covariance known by hand', () => {
    // Along (3, 4, 0) / 5 with deviation 10, across it with deviation 1.
    const codes = {
      data: Float32Array.from({ length: 300 }, (_, i) => [0.6, 0.8, 0][i % 3]! * along(i) + [-0.8, 0.6, 0][i % 3]! * across(i)),
      shape: [100, 3]
    }
    const layout = principal(codes)
    const items = Array.from({ length: 100 }, (_, item) => item)
    assert.ok(
      Math.abs(
        correlation(
          items.map(item => layout[2 * item]!),
          items.map(item => along(3 * item))
        )
      ) > 0.999
    )
    assert.ok(
      Math.abs(
        correlation(
          items.map(item => layout[2 * item + 1]!),
          items.map(item => across(3 * item))
        )
      ) > 0.99
    )
  })

  it('of constant and of one-dimensional codes are finite', () => {
    for (const shape of [
      [5, 1],
      [5, 3],
      [1, 4]
    ] as const) {
      const layout = principal({ data: new Float32Array(shape[0] * shape[1]).fill(2), shape })
      assert.deepEqual([layout.length, layout.every(Number.isFinite)], [2 * shape[0], true])
    }
  })

  it('are turned and mirrored onto another layout', () => {
    const layout = Float64Array.of(1, 0, 0, 2, -3, 1, 2, 2)
    const turned = (mirror: number): Float64Array => layout.map((_, i) => (i % 2 === 0 ? -mirror * layout[i + 1]! : layout[i - 1]!))
    for (const mirror of [1, -1]) for (const [i, value] of aligned(turned(mirror), layout).entries()) assert.ok(Math.abs(value - layout[i]!) < 1e-12)
  })
})

const along = (i: number): number => 10 * Math.cos(Math.floor(i / 3) + 0.3)
const across = (i: number): number => Math.sin(Math.floor(i / 3) + 0.3)

function correlation(a: readonly number[], b: readonly number[]): number {
  const centred = (values: readonly number[]): readonly number[] =>
    values.map(value => value - values.reduce((sum, other) => sum + other, 0) / values.length)
  const [x, y] = [centred(a), centred(b)]
  const product = (p: readonly number[], q: readonly number[]): number => p.reduce((sum, value, i) => sum + value * q[i]!, 0)
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y))
}

describe('renderReport', () => {
  let runs: TrainedRuns
  let restore: ReturnType<typeof replaceAddonSource> | undefined
  before(async () => {
    runs = await trainedRuns()
    const missing = (): never => {
      throw new DeepClusteringError('ERR_ADDON_NOT_BUILT', 'A report needs no addon')
    }
    restore = replaceAddonSource({ addon: missing, cudaPlugin: missing })
  })
  after(() => void (restore && replaceAddonSource(restore)))

  const sections: Readonly<Record<string, readonly string[]>> = {
    dcn: ['findings', 'latent', 'clusters', 'confusion', 'curves', 'run'],
    vade: ['findings', 'latent', 'clusters', 'generated', 'confusion', 'curves', 'run'],
    jule: ['findings', 'latent', 'clusters', 'merging', 'confusion', 'curves', 'run'],
    linkage: ['findings', 'latent', 'clusters', 'merging', 'confusion', 'run'],
    infogan: ['findings', 'latent', 'clusters', 'generated', 'confusion', 'curves', 'run'],
    gan: ['findings', 'latent', 'generated', 'curves', 'run'],
    'vectors-0': ['findings', 'latent', 'clusters', 'profile', 'run']
  }
  for (const [name, expected] of Object.entries(sections)) {
    it(`of ${name} has its sections, no address and no markup of the user's`, async () => {
      const page = await renderReport(runs.of(name), { maps: 1, title: hostile })
      assert.deepEqual(sectionsOf(page), expected)
      // Nothing to load, but for what the page carries; namespaces are names.
      assert.deepEqual([...page.matchAll(/(?:src|href)="(?!data:|#)[^"]*"|url\((?!data:)/g)], [])
      assert.doesNotMatch(page.replaceAll('http://www.w3.org/2000/svg', '').replaceAll('http://www.w3.org/1999/xlink', ''), /https?:\/\//)
      assert.ok(!page.includes('<img src=x') && !page.includes('globalThis.broken=1</script>'))
      assert.ok(page.includes('&lt;img src=x onerror=&quot;globalThis.broken=1&quot;&gt;'))
      assert.ok(Buffer.byteLength(page) < 5_000_000)
    })
  }

  it('says what differs from the preset, and what the run ended with', async () => {
    const page = await renderReport(runs.of('dcn'), { maps: 0 })
    const { metrics, options } = JSON.parse(readFileSync(join(runs.of('dcn'), 'config.json'), 'utf8')) as {
      metrics: { acc: number }
      options: { widths: number[] }
    }
    assert.ok(page.includes(`<b>${metrics.acc.toFixed(4)}</b> ACC`))
    assert.match(page, /<td><code>pretrainEpochs<\/code><\/td><td>6<\/td><td>60<\/td>/)
    assert.match(page, new RegExp(`<td><code>widths</code></td><td>${options.widths.join(',')}</td>`))
    assert.doesNotMatch(page, /<td><code>lambda<\/code><\/td><td>[^<]*<\/td><td>/)
  })

  it('of several runs compares them: mean and deviation over seeds, agreement, what differs', async () => {
    const page = await renderReport([runs.of('vectors-0'), runs.of('vectors-1'), runs.of('dcn')])
    assert.deepEqual(sectionsOf(page), ['runs', 'agreement', 'latents'])
    assert.match(page, /Mean ± standard deviation over seeds/)
    assert.match(page, /<td>2<\/td><td>KMeans<\/td>/)
  })

  it('shows what a setting does among runs of one method, and not among several', async () => {
    const sweep = join(runs.folder, 'sweep')
    for (const [name, clusters] of [
      ['a', 4],
      ['b', 3],
      ['c', 8]
    ] as const) {
      cpSync(runs.of('dcn'), join(sweep, name), { recursive: true })
      const path = join(sweep, name, 'config.json')
      const config = JSON.parse(readFileSync(path, 'utf8')) as { options: object }
      writeFileSync(path, JSON.stringify({ ...config, options: { ...config.options, lambda: clusters } }))
    }
    const page = await renderReport(sweep)
    assert.ok(sectionsOf(page).includes('sweep'))
    // The line goes from left to right.
    const line = /aria-label="line"><path d="M([^"]+)"/.exec(page.slice(page.indexOf('ACC by lambda')))![1]!
    const places = line.split('L').map(point => Number(point.split(',')[0]))
    assert.deepEqual([places.length, places], [3, places.toSorted((a, b) => a - b)])
    assert.ok(!sectionsOf(await renderReport([runs.of('dcn'), runs.of('vade')])).includes('sweep'))
    rmSync(sweep, { recursive: true })
  })

  it('of a folder of runs compares those in it', async () => {
    const folder = join(runs.folder, 'several')
    for (const name of ['vectors-0', 'vectors-1']) cpSync(runs.of(name), join(folder, name), { recursive: true })
    assert.match(await renderReport(folder), /<h1>2 runs of KMeans<\/h1>/)
    rmSync(folder, { recursive: true })
  })

  it('of a run without a record shows what its model knows', async () => {
    const folder = join(runs.folder, 'bare')
    cpSync(runs.of('dcn'), folder, { recursive: true })
    rmSync(join(folder, 'recording.safetensors'))
    const page = await renderReport(folder)
    assert.deepEqual(
      sectionsOf(page).filter(id => id !== 'findings'),
      ['confusion', 'curves', 'run']
    )
    assert.match(page, /This run was not recorded/)
    rmSync(folder, { recursive: true })
  })

  it('names what is wrong', async () => {
    await assert.rejects(renderReport(join(runs.folder, 'nothing')), { code: 'ERR_FILE_NOT_FOUND', message: /there is no saved model here/ })
    await assert.rejects(renderReport([]), { name: 'TypeError', message: /`folders`/ })
    await assert.rejects(renderReport('x', { maps: -1 }), { name: 'RangeError', message: /`maps`/ })
    await assert.rejects(renderReport('x', { map: 1 } as never), { name: 'TypeError', message: /Unknown option `map`.*maps/ })
  })

  it('draws what belongs together in one chart, and lists what was read out beside the epochs', async () => {
    const page = await renderReport(runs.of('infogan'), { maps: 0 })
    const charts = [...page.slice(page.indexOf('<section id="curves"')).matchAll(/<figcaption>([^<]*)<\/figcaption>/g)].map(match => match[1]!)
    for (const title of ['The discriminator on real and generated items', 'Share of each code that items tell', 'Information of code c2, nats'])
      assert.equal(charts.filter(other => other === title).length, 1, title)
    assert.ok(!charts.some(title => /score|share$/.test(title)))
    const { history } = JSON.parse(readFileSync(join(runs.of('infogan'), 'config.json'), 'utf8')) as {
      history: { phase: string; values: Record<string, number> }[]
    }
    const { mutualInformation } = history.find(({ phase }) => phase === 'read-out')!.values
    assert.ok(page.includes(`<td>read-out</td><td>Mutual information</td><td class="number">${Number(mutualInformation!.toPrecision(5))}</td>`))
    // Two epochs are too few for clusters that changed copies agree on.
    assert.ok(mutualInformation! < Math.log(10) / 2)
    assert.ok(
      page.includes(`The clusters are unsure of real items: those of two views of an item share ${mutualInformation!.toFixed(2)} nats of the 2.30`)
    )
  })

  describe('renderPlot', () => {
    const pictures: readonly (readonly [string, readonly string[]])[] = [
      ['dcn', ['latent', 'clusters', 'prototypes', 'confusion', 'sizes', 'phases', 'reconstruction', 'acc']],
      ['vade', ['generated']],
      ['jule', ['tree', 'periods']],
      ['infogan', ['latent', 'realScore', 'generatedScore', 'c2Share', 'traversal.c1']],
      ['gan', ['latent', 'generated', 'traversal.c3']],
      ['linkage', ['tree']],
      ['vectors-0', ['profile', 'latent']]
    ]
    for (const [name, all] of pictures) {
      it(`of ${name} draws ${all.join(', ')}`, async () => {
        for (const picture of all) {
          const svg = (await renderPlot(runs.of(name), picture, { frames: 2 })).toString()
          assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<\/svg>$/)
          assert.doesNotMatch(svg.replace(/base64,[^"]*/g, ''), /NaN|undefined|var\(/)
        }
      })
    }

    it('writes PNG: pixels by themselves, drawings by sharp', async () => {
      const { width, height } = PNG.sync.read(await renderPlot(runs.of('dcn'), 'clusters', { format: 'png', count: 3, scale: 2 }))
      // Three images of 28 pixels in a row and two gaps of 2; ten rows and nine gaps, or fewer where clusters are empty.
      assert.equal(width, 2 * (3 * 28 + 2 * 2))
      assert.equal((height / 2 + 2) % 30, 0)
      assert.ok(PNG.sync.read(await renderPlot(runs.of('dcn'), 'latent', { format: 'png' })).width > 500)
    })

    it('says which pictures there are, and where a run has none', async () => {
      await assert.rejects(renderPlot(runs.of('dcn'), 'latents'), {
        name: 'RangeError',
        message: /Expected one of latent, clusters, .*reconstruction.* for `picture` but received "latents"/
      })
      await assert.rejects(renderPlot(runs.of('dcn'), 'tree'), { code: 'ERR_NOT_FITTED', message: /has no picture `tree`/ })
    })
  })

  it('shows walks along the codes of InfoGAN, its draws of each cluster, and those of a plain GAN', async () => {
    const page = await renderReport(runs.of('infogan'), { maps: 0 })
    for (const title of ['Generated, a cluster a row', 'Code c1 from 0 to 9, one step a column', 'Code c2 from −2 to 2, one step a column'])
      assert.ok(page.includes(`<figcaption>${title}</figcaption>`), title)
    assert.match((await renderPlot(runs.of('infogan'), 'traversal.c3')).toString(), /<image /)
    // The values of c2's ten steps stand above its columns.
    assert.match(page, /<div class="steps"><span>−2<\/span><span>−1.6<\/span>(?:<span>[^<]*<\/span>){7}<span>2<\/span><\/div>/)
    const plain = await renderReport(runs.of('gan'), { maps: 0 })
    for (const title of ['Generated', 'Code c1 from 0 to 9, one step a column']) assert.ok(plain.includes(`<figcaption>${title}</figcaption>`), title)
  })
})
