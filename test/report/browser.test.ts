/** Reports in a real browser: Debian's Chromium, driven by playwright-core. */

import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { readData } from '../../src/data/index.js'
import { DCN } from '../../src/methods/dcn.js'
import { type ReportWatch, renderReport, watchReport } from '../../src/report/index.js'
import { hostile, type TrainedRuns, trainedRuns } from './runs.js'

const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  path => path && existsSync(path)
)

/** What runs inside the page; the compiler knows no browser's types here. */
declare const document: any
declare const getComputedStyle: any
declare const DOMMatrix: any
declare const MutationObserver: any

describe('a report in a browser', () => {
  let runs: TrainedRuns
  let browser: Browser
  let page: Page
  let troubles: string[]

  before(async function () {
    if (!executablePath) {
      console.log('      skipped: no Chromium (apt-get install chromium, or CHROMIUM=PATH)')
      this.skip()
    }
    runs = await trainedRuns()
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  })
  after(() => browser?.close())
  beforeEach(() => void (troubles = []))
  afterEach(() => page?.close())

  /** @param early what runs in the page before anything of its own */
  async function open(folders: string | readonly string[], name: string, early: () => void = () => undefined): Promise<void> {
    const path = `${runs.folder}/${name}.html`
    writeFileSync(path, await renderReport(folders, { maps: 1, title: hostile }))
    const address = pathToFileURL(path).href
    page = await browser.newPage({ viewport: { width: 1100, height: 800 } })
    await page.addInitScript(early)
    page.on('console', message => void (['error', 'warning'].includes(message.type()) && troubles.push(message.text())))
    page.on('pageerror', error => void troubles.push(error.message))
    page.on('request', request => void (!request.url().startsWith('data:') && request.url() !== address && troubles.push(request.url())))
    await page.goto(address)
  }

  /** Where the first dots stand, once they have come to rest. */
  async function places(): Promise<readonly string[]> {
    await page.waitForTimeout(900)
    return page.evaluate(() => [...document.querySelectorAll('.stage circle')].slice(0, 20).map((dot: any) => dot.style.transform as string))
  }

  for (const name of ['dcn', 'vade', 'jule', 'infogan', 'gan', 'linkage', 'vectors-0']) {
    it(`of ${name}: no error, nothing asked of a network, no markup of the user's run`, async () => {
      await open(runs.of(name), name)
      assert.equal(await page.title(), hostile)
      assert.equal(await page.evaluate(() => (globalThis as { broken?: number }).broken), undefined)
      assert.ok((await page.locator('.stage circle').count()) >= 200)
      assert.deepEqual(troubles, [])
    })
  }

  it('shows the dots in their places from the first draw on, on screen and in print; later ones move there', async () => {
    // As a browser does with a long page, or on a slow machine: the drawing is styled before the script moves its dots.
    await open(runs.of('dcn'), 'first-draw', () => {
      const style = (): void => document.querySelectorAll('.stage circle').forEach((dot: any) => getComputedStyle(dot).transform)
      new MutationObserver(style).observe(document, { childList: true, subtree: true })
    })
    /** How far the dots are from where they belong, as the browser draws them now. */
    const astray = (): Promise<number> =>
      page.evaluate(() =>
        Math.max(
          ...[...document.querySelectorAll('.stage circle')].map((dot: any) => {
            const [x, y] = dot.style.transform.match(/-?[\d.]+/g).map(Number) as [number, number]
            const { m41, m42 } = new DOMMatrix(getComputedStyle(dot).transform)
            return Math.hypot(m41 - x, m42 - y)
          })
        )
      )
    assert.ok((await astray()) < 0.1)
    const animations = (): Promise<number> => page.evaluate(() => document.getAnimations().length as number)
    assert.equal(await animations(), 0)
    await page.emulateMedia({ media: 'print' })
    assert.ok((await astray()) < 0.1)
    await page.emulateMedia({ media: 'screen' })
    await page.getByLabel('Recorded epoch').fill('0')
    assert.ok((await animations()) > 0)
    await page.waitForTimeout(900)
    assert.ok((await astray()) < 0.1)
  })

  // The names of the last and the first epoch that were recorded.
  for (const [name, last, first] of [
    ['dcn', /^joint, epoch \d+ · ACC 0\.\d{3}$/, /^pretrain, epoch 1$/],
    ['vade', /^joint, epoch 4 · ACC 0\.\d{3}$/, /^pretrain, epoch 1$/],
    ['jule', /^merge [2-9] · ACC 0\.\d{3}$/, /^merge 1$/],
    ['infogan', /^train, epoch \d+ · ACC 0\.\d{3}$/, /^train, epoch 1 · ACC 0\.\d{3}$/]
  ] as const) {
    it(`of ${name}: the slider moves the items from epoch to epoch and says which it is; pointing at an item shows its image and its true label`, async () => {
      await open(runs.of(name), `slider-${name}`)
      const shown = async (): Promise<string> => (await page.locator('output').textContent())!
      const slider = page.getByLabel('Recorded epoch')
      const end = await places()
      assert.match(await shown(), last)
      await slider.fill('0')
      assert.match(await shown(), first)
      assert.notDeepEqual(await places(), end)
      await slider.focus()
      await page.keyboard.press('End')
      assert.deepEqual(await places(), end)

      await page.locator('.stage circle').nth(7).scrollIntoViewIfNeeded()
      const box = (await page.locator('.stage circle').nth(7).boundingBox())!
      await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
      const tip = page.locator('.tip')
      assert.equal(await tip.isVisible(), true)
      assert.match((await tip.textContent())!, /^item \d+\ncluster \d\ntrue label \d <img src=x/)
      const picture = await tip
        .locator('i')
        .evaluate((element: any) => ({ image: getComputedStyle(element).backgroundImage as string, width: element.offsetWidth as number }))
      assert.match(picture.image, /^url\("data:image\/png;base64,/)
      assert.equal(picture.width, 96)
      await page.mouse.move(2, 2)
      assert.equal(await tip.isVisible(), false)

      await page.getByLabel('Layout').selectOption('umap')
      assert.notDeepEqual(await places(), end)
      await page.getByRole('button', { name: 'Play' }).click()
      assert.deepEqual(troubles, [])
    })
  }

  it('a click on a cluster holds it out, and the colours may be those of the true labels', async () => {
    await open(runs.of('dcn'), 'legend')
    const faint = (): Promise<number> =>
      page.evaluate(
        () => [...document.querySelectorAll('.stage circle')].filter((dot: any) => Number(dot.getAttribute('fill-opacity')) < 0.1).length as number
      )
    assert.equal(await faint(), 0)
    await page.locator('.legend button').first().click()
    assert.ok((await faint()) > 100)
    await page.getByLabel('Colour').selectOption('truth')
    assert.equal(await faint(), 0)
    assert.equal(await page.locator('.legend button').first().textContent(), `0 ${hostile}`)
    assert.deepEqual(troubles, [])
  })

  it('offers no colours where there are neither clusters nor labels', async () => {
    await open(runs.of('gan'), 'colourless')
    assert.deepEqual([await page.getByLabel('Colour').isVisible(), await page.getByLabel('Layout').isVisible()], [false, true])
    await open(runs.of('infogan'), 'coloured')
    assert.equal(await page.getByLabel('Colour').isVisible(), true)
  })

  it('of InfoGAN beside a plain GAN: the walks along each code of both', async () => {
    await open([runs.of('infogan'), runs.of('gan')], 'codes')
    for (const [code, walk] of [
      ['c1', /^Code c1 from 0 to 9,/],
      ['c2', /^Code c2 from −2 to 2,/],
      ['c3', /^Code c3 from −2 to 2,/]
    ] as const) {
      assert.equal(await page.getByRole('heading', { name: walk }).count(), 1)
      for (const name of ['infogan', 'gan']) {
        const drawn = page.getByAltText(`traversal.${code} of ${name}`)
        assert.deepEqual(await drawn.evaluate((image: any) => [image.naturalWidth > 280, image.naturalHeight > 280]), [true, true])
      }
    }
    assert.deepEqual(troubles, [])
  })

  it('of several runs: no error, nothing asked of a network', async () => {
    await open([runs.of('dcn'), runs.of('vade'), runs.of('jule')], 'comparison')
    assert.equal(await page.locator('#runs tr').count(), 4)
    assert.deepEqual(troubles, [])
  })

  it('fits on a narrow screen, dark or light', async () => {
    await open(runs.of('dcn'), 'narrow')
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width: 390, height: 800 })
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth as number)) <= 390)
    }
    const [ground, text] = await page.evaluate(() => [
      getComputedStyle(document.body).backgroundColor as string,
      getComputedStyle(document.body).color as string
    ])
    assert.deepEqual([ground, text], ['rgb(20, 23, 27)', 'rgb(230, 233, 237)'])
  })

  it('of a run that goes on follows it, and keeps its last state', async function () {
    this.timeout(60_000)
    const folder = `${runs.folder}/watched`
    await using watch = await watched(folder)
    page = await browser.newPage({ viewport: { width: 1100, height: 800 } })
    page.on('console', message => void (message.type() === 'error' && troubles.push(message.text())))
    page.on('pageerror', error => void troubles.push(error.message))
    await page.goto(watch.url)
    await page.getByText('Waiting for the first checkpoint').waitFor()
    const shown = page.frameLocator('iframe.shown')
    /** What the page that is shown says of the epochs so far, whenever that changes. */
    const seen = new Set<string>()
    const { data } = await readData('mnist-test')
    const items = { data: (data as Uint8Array).slice(0, 1000 * 784), shape: [1000, 28, 28] }
    const trained = (pretrainEpochs: number, signal?: AbortSignal): Promise<unknown> => {
      const model = new DCN({ clusters: 10, preset: 'graph', widths: [64], pretrainEpochs, epochs: 4, batchSize: 64, device: 'cpu', threads: 1 })
      return model.fit(items, { signal, checkpoint: { path: folder, seconds: 0.2 }, record: true }).finally(() => model.dispose())
    }
    // It goes on until two states were seen, however slow the browser is.
    const enough = new AbortController()
    const stopped = assert.rejects(trained(100_000, enough.signal), { name: 'AbortError' })
    try {
      while (seen.size < 2) {
        const text = await shown
          .locator('main')
          .textContent({ timeout: 500 })
          .catch(() => null)
        if (text) seen.add(text)
        await page.waitForTimeout(100)
      }
    } finally {
      enough.abort()
    }
    await stopped
    await trained(2)
    await watch.close()
    await shown.locator('.stage circle').first().waitFor()
    assert.match((await shown.locator('main').textContent()) ?? '', /joint/)
    assert.deepEqual(troubles, [])
  })

  it('that is watched answers nobody else', async () => {
    await using watch = await watched(runs.of('dcn'))
    const answers = await Promise.all([
      fetch(`${watch.url}nothing`),
      fetch(watch.url, { method: 'POST' }),
      fetch(watch.url),
      fetch(`${watch.url}page`)
    ])
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 405, 200, 404]
    )
    const { status } = await new Promise<{ status: number | undefined }>((done, fail) =>
      get(watch.url, { headers: { host: 'evil.example' } }, answer => {
        answer.resume()
        done({ status: answer.statusCode })
      }).on('error', fail)
    )
    assert.equal(status, 421)
  })
})

/** As `watchReport`, closed at the end of the block. */
async function watched(folder: string): Promise<ReportWatch & AsyncDisposable> {
  const watch = await watchReport(folder)
  return { url: watch.url, close: () => watch.close(), [Symbol.asyncDispose]: () => watch.close() }
}
