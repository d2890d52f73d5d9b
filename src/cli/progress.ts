/** Shows a fit's progress to people: one moving line on a terminal, one line for each epoch elsewhere. */

import type { FitEvent } from '../estimator/types.js'
import type { CommandContext } from './command.js'

type Stream = CommandContext['stderr']

export interface Progress {
  show(event: FitEvent): void
  /** Shows how many of n items something was done with. */
  work(name: string, done: number, n: number): void
  /** Ends the moving line, so that what follows stands on a line of its own. */
  close(): void
}

/** 95 becomes `1:35`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const tail = `${String(rest).padStart(2, '0')}`
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`
}

const number = (value: number): string => (Number.isInteger(value) ? String(value) : value.toPrecision(4))
const rate = (samplesPerSecond: number): string => (samplesPerSecond > 0 ? `${Math.round(samplesPerSecond).toLocaleString('en')} samples/s` : '')
const left = (seconds: number | null): string => (seconds === null ? '' : `${duration(seconds)} left`)
const losses = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${number(value)}`)
    .join(' ')
const joined = (...parts: readonly string[]): string => parts.filter(Boolean).join('  ')

function started(event: FitEvent & { type: 'start' }): string {
  const preset = event.preset === null ? '' : `, preset ${event.preset}`
  return `${event.method}: ${event.n.toLocaleString('en')} items of shape [${event.shape.join(', ')}] on ${event.device} in ${event.precision}${preset}, seed ${event.seed}`
}

class Lines implements Progress {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  show(event: FitEvent): void {
    if (event.type === 'start') this.#stream.write(`${started(event)}\n`)
    if (event.type === 'warning') this.#stream.write(`warning: ${event.message}\n`)
    if (event.type === 'epoch') {
      // A piece of work without epochs reports once, when it is done.
      const position = event.samples > 0 ? `${event.phase} ${event.epoch}/${event.epochs}` : event.phase
      const remaining = event.samples > 0 ? left(event.secondsLeft) : ''
      this.#stream.write(`${joined(position, losses(event.values), rate(event.samplesPerSecond), remaining)}\n`)
    }
    if (event.type === 'phase-end') this.#stream.write(`${event.phase} took ${event.seconds.toFixed(1)} s\n`)
  }

  work(): void {}

  close(): void {}
}

class Bar implements Progress {
  readonly #stream: Stream
  readonly #colour: boolean
  #values = ''
  #open = false
  /** Whether nothing of the line is to be left: reading, and work on items, say no more once they are done. */
  #passing = false

  constructor(stream: Stream, colour: boolean) {
    this.#stream = stream
    this.#colour = colour
  }

  show(event: FitEvent): void {
    this.#passing = event.type === 'reading'
    switch (event.type) {
      case 'reading':
        return this.#draw(
          'reading',
          event.share ?? 0,
          `${event.items.toLocaleString('en')} items${event.to === 'file' ? ', written to the cache' : ''}`
        )
      case 'start':
        return this.#line(started(event))
      case 'warning':
        return this.#line(`warning: ${event.message}`)
      case 'phase':
        this.#values = ''
        return this.#draw(event.phase, 0, '')
      case 'step': {
        const share = (event.epoch - 1 + event.step / Math.max(1, event.steps)) / Math.max(1, event.epochs)
        return this.#draw(
          event.phase,
          share,
          joined(`epoch ${event.epoch}/${event.epochs}`, this.#values, rate(event.samplesPerSecond), left(event.secondsLeft))
        )
      }
      case 'epoch':
        this.#values = losses(event.values)
        return this.#draw(
          event.phase,
          event.epoch / Math.max(1, event.epochs),
          joined(`epoch ${event.epoch}/${event.epochs}`, this.#values, rate(event.samplesPerSecond), left(event.secondsLeft))
        )
      case 'phase-end':
        return this.#line(joined(`${event.phase} took ${event.seconds.toFixed(1)} s`, this.#values))
    }
  }

  work(name: string, done: number, n: number): void {
    this.#passing = true
    this.#draw(name, done / n, `${done.toLocaleString('en')} of ${n.toLocaleString('en')} items`)
  }

  close(): void {
    if (this.#open) this.#stream.write(this.#passing ? '\r\u001b[K' : '\n')
    this.#open = false
  }

  /** A line that stays; the bar is drawn anew below it. */
  #line(text: string): void {
    this.#stream.write(`${this.#open ? '\r\u001b[K' : ''}${text}\n`)
    this.#open = false
  }

  #draw(phase: string, share: number, text: string): void {
    const width = 24
    const full = Math.round(Math.min(1, share) * width)
    const percent = `${Math.floor(Math.min(1, share) * 100)} %`.padStart(5)
    const tail = `${percent}  ${text}`
    const room = (this.#stream.columns ?? 80) - phase.length - width - 3
    const bar = '█'.repeat(full) + '░'.repeat(width - full)
    this.#stream.write(`\r\u001b[K${phase} ${this.#colour ? `\u001b[36m${bar}\u001b[39m` : bar} ${tail.slice(0, Math.max(0, room))}`)
    this.#open = true
  }
}

class Warnings implements Progress {
  readonly #stream: Stream

  constructor(stream: Stream) {
    this.#stream = stream
  }

  show(event: FitEvent): void {
    if (event.type === 'warning') this.#stream.write(`warning: ${event.message}\n`)
  }

  work(): void {}

  close(): void {}
}

/**
 * @param quiet shows warnings only
 * @param environment `CI` turns the moving line off, `NO_COLOR` its colour
 */
export function progressOn(stream: Stream, quiet: boolean, environment: NodeJS.ProcessEnv = process.env): Progress {
  if (quiet) return new Warnings(stream)
  if (stream.isTTY && !environment.CI && environment.TERM !== 'dumb') return new Bar(stream, !environment.NO_COLOR)
  return new Lines(stream)
}
