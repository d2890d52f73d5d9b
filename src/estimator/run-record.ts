/** The record of a run: history, timings and warnings, gathered from native events, and the pace for people to read. */

import type { EvaluationResult } from '../metrics/index.js'
import type { NativeEvent } from '../native/addon.js'
import type { Counted } from './scores.js'
import type { EpochRecord, FitEvent, FitResult, PhaseTiming } from './types.js'

/** A phase as it is saved. */
export interface PhaseRecord {
  readonly name: string
  readonly epochs: number
  readonly seconds: number
  readonly samples: number
}

interface OpenPhase {
  epochs: number
  samples: number
  /** Wall time of closed visits to the phase. */
  closedSeconds: number
  /** Epochs since the phase was last opened, which count until `phase-end` gives its wall time. */
  openSeconds: number
}

export class RunRecord {
  readonly history: EpochRecord[]
  readonly warnings: string[]
  readonly #phases = new Map<string, OpenPhase>()
  #pace = new Pace(0, 0)
  #mayRepeat: boolean

  /** Starts empty, or from what an earlier run left, which this one resumes. */
  constructor(history: readonly EpochRecord[] = [], phases: readonly PhaseRecord[] = [], warnings: readonly string[] = []) {
    this.history = [...history]
    this.warnings = [...warnings]
    this.#mayRepeat = history.length > 0
    for (const { name, epochs, samples, seconds } of phases) this.#phases.set(name, { epochs, samples, closedSeconds: seconds, openSeconds: 0 })
  }

  /** Takes in a native event, with what was counted of its assignments where it has some, and returns what users see of it. */
  take(event: NativeEvent, counted?: Counted): Exclude<FitEvent<FitResult>, { type: 'start' | 'checkpoint' | 'end' }> {
    switch (event.type) {
      case 'phase': {
        const phase = this.#phase(event.phase)
        phase.closedSeconds += phase.openSeconds
        phase.openSeconds = 0
        this.#pace = new Pace(event.epochs * event.steps, event.steps > 0 ? event.samples / event.steps : 0)
        return event
      }
      case 'step':
        return { ...event, ...this.#pace.at((event.epoch - 1) * event.steps + event.step, event.steps) }
      case 'epoch': {
        const { codes: _, ...shown } = event // for the recorder
        const { phase: name, epoch, epochs, seconds, samples } = event
        const values = { ...event.values, ...(counted?.metrics && scoresOf(counted.metrics)) }
        this.#forgetFrom(name, epoch)
        this.history.push({ phase: name, epoch, seconds, values, ...(counted && { sizes: counted.sizes }) })
        const phase = this.#phase(name)
        phase.epochs++
        phase.samples += samples
        phase.openSeconds += seconds
        const samplesPerSecond = seconds > 0 ? samples / seconds : 0
        return { ...shown, values, ...(counted && { sizes: counted.sizes }), samplesPerSecond, secondsLeft: (epochs - epoch) * seconds }
      }
      case 'phase-end': {
        const phase = this.#phase(event.phase)
        phase.closedSeconds += event.seconds
        phase.openSeconds = 0
        return event
      }
      case 'warning':
        this.warnings.push(event.message)
        return event
    }
  }

  get phaseRecords(): readonly PhaseRecord[] {
    return [...this.#phases].map(([name, { epochs, samples, closedSeconds, openSeconds }]) => ({
      name,
      epochs,
      samples,
      seconds: closedSeconds + openSeconds
    }))
  }

  get phases(): readonly PhaseTiming[] {
    return this.phaseRecords.map(({ name, epochs, seconds, samples }) => ({
      name,
      epochs,
      seconds,
      samplesPerSecond: seconds > 0 ? samples / seconds : 0
    }))
  }

  #phase(name: string): OpenPhase {
    let phase = this.#phases.get(name)
    if (!phase) this.#phases.set(name, (phase = { epochs: 0, samples: 0, closedSeconds: 0, openSeconds: 0 }))
    return phase
  }

  /** A resumed run begins by repeating the epochs that its state did not hold yet. */
  #forgetFrom(phase: string, epoch: number): void {
    if (!this.#mayRepeat) return
    this.#mayRepeat = false
    const repeated = this.history.findIndex(entry => entry.phase === phase && entry.epoch >= epoch)
    if (repeated >= 0) this.history.splice(repeated)
  }
}

/** The scores of an epoch. */
const scoresOf = ({ acc, nmi, ari }: EvaluationResult): Readonly<Record<string, number>> => ({ acc, nmi, ari })

/** Clusters of items; -1 for those that have none. `of` are the items that the assignments are of, ascending, where they are not all. */
export function clustersOf(items: Int32Array, assignments: Int32Array, of: Int32Array | undefined): Int32Array {
  if (!of) return Int32Array.from(items, item => assignments[item]!)
  return Int32Array.from(items, item => {
    const place = placeIn(of, item)
    return of[place] === item ? assignments[place]! : -1
  })
}

/** The first place of an ascending list that holds `value` or more. */
function placeIn(list: Int32Array, value: number): number {
  let [from, to] = [0, list.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (list[middle]! < value) from = middle + 1
    else to = middle
  }
  return from
}

/** Rate and time left of a phase, from the steps done since it was opened. */
class Pace {
  readonly #steps: number
  readonly #samplesPerStep: number
  readonly #started = performance.now()
  #firstStep: number | undefined

  constructor(steps: number, samplesPerStep: number) {
    this.#steps = steps
    this.#samplesPerStep = samplesPerStep
  }

  at(step: number, stepsPerEpoch: number): { samplesPerSecond: number; secondsLeft: number | null } {
    // A resumed phase begins at a later epoch: its earlier steps took no time in this run.
    this.#firstStep ??= stepsPerEpoch > 0 ? Math.floor((step - 1) / stepsPerEpoch) * stepsPerEpoch : 0
    const seconds = (performance.now() - this.#started) / 1000
    const done = step - this.#firstStep
    if (done <= 0 || seconds <= 0) return { samplesPerSecond: 0, secondsLeft: null }
    return { samplesPerSecond: (done * this.#samplesPerStep) / seconds, secondsLeft: (Math.max(0, this.#steps - step) * seconds) / done }
  }
}
