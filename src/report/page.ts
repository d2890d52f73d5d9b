/** The page of one run: its sections in turn, with the style, the script and the images that they share. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { grid } from '../data/index.js'
import { packageVersion } from '../native/build-info.js'
import type { SpriteData } from './browser/data.js'
import { clusterFacts } from './clusters.js'
import { dataUri, reducedTo } from './images.js'
import { html, json, Markup } from './markup.js'
import { clustersOf, type Run } from './run.js'
import { card, seconds } from './sections/card.js'
import { comparison } from './sections/comparison.js'
import { confusion } from './sections/confusion.js'
import { curves } from './sections/curves.js'
import { findings } from './sections/findings.js'
import { generated } from './sections/generated.js'
import { latent } from './sections/latent.js'
import { members } from './sections/members.js'
import { merging } from './sections/merging.js'
import { profile } from './sections/profile.js'
import type { Section } from './sections/section.js'
import { style } from './style.js'

const sections: readonly Section[] = [findings, latent, members, generated, profile, merging, confusion, curves, card]

/** `browser/page.ts`, compiled. */
const browserScript = new URL('./browser/page.js', import.meta.url)

/** Images in a row of the one that holds all kept items. */
const spriteColumns = 50

/** Pixels of that image, at most: beyond, its parts are made smaller. */
const mostPixels = 2_500_000

interface Part {
  readonly id: string
  readonly title: string
  readonly body: Markup
}

/**
 * A whole document. Nothing in it can ask anything of a network: the policy allows its own style, its one script, and images that
 * it carries itself.
 */
export function documentOf(title: string, lead: Markup, parts: readonly Part[], extra: Markup = html``): string {
  const script = readFileSync(browserScript, 'utf8')
  const hash = createHash('sha256').update(script).digest('base64')
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
${extra}</head>
<body>
<header><h1>${title}</h1>${lead}</header>
<nav aria-label="Sections"><ul>${parts.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main>
${parts.map(({ id, title: name, body }) => html`<section id="${id}"><h2>${name}</h2>${body}</section>`)}
</main>
<footer>Made by deep-clustering ${packageVersion()}.</footer>
<script type="module">${new Markup(script)}</script>
</body>
</html>
`.text
}

export function runPage(run: Run, title: string | undefined, maps: number): string {
  const shown = { run, facts: clusterFacts(run), maps }
  const parts = sections.flatMap(({ id, title: name, body }) => {
    const content = body(shown)
    return content ? [{ id, title: name, body: content }] : []
  })
  return documentOf(title ?? `${run.method.title}: ${run.name}`, numbers(run), parts, sprite(run))
}

/** A page that compares runs. */
export function comparisonPage(runs: readonly Run[], title: string | undefined): string {
  const methods = [...new Set(runs.map(({ method }) => method.title))]
  return documentOf(
    title ?? `${runs.length} runs of ${methods.join(', ')}`,
    html`<p class="lead">What differs between them, how they did, and how far they agree.</p>`,
    comparison(runs)
  )
}

function numbers(run: Run): Markup {
  const { config, recording } = run
  const total = config.phases.reduce((sum, phase) => sum + phase.seconds, 0)
  const used = recording?.sizes?.filter(size => size > 0).length
  const entries: readonly (readonly [string, string])[] = [
    [config.n.toLocaleString('en'), 'items'],
    ...(clustersOf(run) > 0
      ? ([[used === undefined || used === clustersOf(run) ? String(clustersOf(run)) : `${used} of ${clustersOf(run)}`, 'clusters']] as const)
      : []),
    ...(config.metrics
      ? ([
          [config.metrics.acc.toFixed(3), 'accuracy'],
          [config.metrics.nmi.toFixed(3), 'NMI']
        ] as const)
      : []),
    [seconds(total), 'training']
  ]
  return html`<ul class="numbers">${entries.map(([value, name]) => html`<li><b>${value}</b>${name}</li>`)}</ul>${!recording && html`<p>This run was not recorded: there is no latent space and no image to show. A fit with a folder records; see docs/report.md.</p>`}`
}

/** The kept items as one image, which the sections and the script show parts of. */
function sprite({ recording, pixels }: Run): Markup | undefined {
  if (!recording || !pixels) return undefined
  const count = recording.data.shape[0]!
  const whole = grid(recording.data, pixels, spriteColumns)
  const small = Math.sqrt(mostPixels / (count * pixels.channels))
  const [width, height] = [Math.min(pixels.width, Math.max(1, Math.floor(small))), Math.min(pixels.height, Math.max(1, Math.floor(small)))]
  const image = reducedTo(whole, pixels, { width, height })
  const data: SpriteData = { columns: spriteColumns, rows: Math.ceil(count / spriteColumns), width, height }
  return html`<style>:root { --sprite: url(${dataUri(image)}); }</style><script type="application/json" id="sprite-data">${json(data)}</script>`
}
