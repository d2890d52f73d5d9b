import assert from 'node:assert/strict'
import { duration, progressOn } from '../../src/cli/progress.js'
import type { FitEvent } from '../../src/estimator/types.js'
import { caught } from './run-command.js'

const events: readonly FitEvent[] = [
  {
    type: 'start',
    method: 'dcn',
    n: 1000,
    shape: [28, 28],
    preset: 'graph',
    seed: 3,
    device: 'cpu',
    precision: 'float32',
    options: {},
    given: {},
    threads: 1,
    tf32: true,
    capture: true
  },
  { type: 'phase', phase: 'joint', epochs: 2, steps: 4, samples: 1000 },
  { type: 'step', phase: 'joint', epoch: 1, epochs: 2, step: 2, steps: 4, samplesPerSecond: 41200, secondsLeft: 95 },
  {
    type: 'epoch',
    phase: 'joint',
    epoch: 1,
    epochs: 2,
    seconds: 1,
    samples: 1000,
    values: { reconstruction: 31.2 },
    samplesPerSecond: 1000,
    secondsLeft: 1
  },
  { type: 'warning', message: 'careful' },
  { type: 'phase-end', phase: 'joint', seconds: 2 }
]

function shown(terminal: boolean, quiet: boolean, environment: NodeJS.ProcessEnv): string {
  const { stream, text } = caught()
  const progress = progressOn(Object.assign(stream, { isTTY: terminal, columns: 100 }), quiet, environment)
  for (const event of events) progress.show(event)
  progress.close()
  return text()
}

describe('progressOn', () => {
  it('shows on a terminal how far data have been read, and nothing of it afterwards', () => {
    const { stream, text } = caught()
    const progress = progressOn(Object.assign(stream, { isTTY: true, columns: 100 }), false, { NO_COLOR: '1' })
    progress.show({ type: 'reading', items: 3000, share: 0.5, to: 'file' })
    progress.close()
    assert.equal(text(), `\r\u001b[Kreading ${'█'.repeat(12)}${'░'.repeat(12)}  50 %  3,000 items, written to the cache\r\u001b[K`)
  })

  it('shows on a terminal how far work on items is, and nothing of it afterwards', () => {
    const { stream, text } = caught()
    const progress = progressOn(Object.assign(stream, { isTTY: true, columns: 100 }), false, { NO_COLOR: '1' })
    progress.work('applying', 2000, 8000)
    progress.close()
    assert.equal(text(), `\r\u001b[Kapplying ${'█'.repeat(6)}${'░'.repeat(18)}  25 %  2,000 of 8,000 items\r\u001b[K`)
  })

  it('writes one line for each epoch where there is no terminal, or under CI', () => {
    const lines = shown(false, false, {})
    assert.deepEqual(lines.split('\n'), [
      'dcn: 1,000 items of shape [28, 28] on cpu in float32, preset graph, seed 3',
      'joint 1/2  reconstruction 31.20  1,000 samples/s  0:01 left',
      'warning: careful',
      'joint took 2.0 s',
      ''
    ])
    assert.equal(shown(true, false, { CI: 'true' }), lines)
  })

  it('draws a bar with phase, epoch, loss, rate and time left on a terminal', () => {
    const text = shown(true, false, {})
    assert.match(text, /\r\u001b\[Kjoint \u001b\[36m█{6}░{18}\u001b\[39m {2}25 % {2}epoch 1\/2 {2}41,200 samples\/s {2}1:35 left/)
    assert.match(text, /reconstruction 31\.20/)
    assert.match(text, /\r\u001b\[Kwarning: careful\n/)
  })

  it('uses no colour with NO_COLOR', () => assert.doesNotMatch(shown(true, false, { NO_COLOR: '1' }), /\u001b\[\d+m/))

  it('never draws beyond the width of the terminal', () => {
    for (const line of shown(true, false, { NO_COLOR: '1' }).split('\r\u001b[K')) assert.ok(line.split('\n')[0]!.length < 100)
  })

  it('shows warnings only when quiet', () => assert.equal(shown(true, true, {}), 'warning: careful\n'))
})

describe('duration', () => {
  it('reads as a clock', () => assert.deepEqual([0, 9.4, 95, 3600, 86399].map(duration), ['0:00', '0:09', '1:35', '1:00:00', '23:59:59']))
})
