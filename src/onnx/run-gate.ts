/**
 * Whether a model's thread is inside a run, and whether it may begin another: known to both threads at once. Node ends threads when
 * the process exits, and a thread that is ended inside onnxruntime's binding takes the process down with an abort.
 */

const closed = 0
const running = 1

/** Longest wait for a run, a batch of bounded size, at the exit of the process. */
const patience = 10_000 // ms

export type RunGate = Int32Array<SharedArrayBuffer>

export function runGate(): RunGate {
  return new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT))
}

/** On the model's thread: whether a run may begin. If it may, {@link leave} ends it. */
export function enter(gate: RunGate): boolean {
  Atomics.store(gate, running, 1)
  if (Atomics.load(gate, closed) === 0) return true
  leave(gate)
  return false
}

export function leave(gate: RunGate): void {
  Atomics.store(gate, running, 0)
  Atomics.notify(gate, running)
}

/** On the other thread: no run begins from here on, and the one that runs has ended. */
function close(gate: RunGate): void {
  Atomics.store(gate, closed, 1)
  Atomics.wait(gate, running, 1, patience)
}

const open = new Set<RunGate>()

/** Closes the gate when the process exits; the function that comes back ends that. */
export function closeAtExit(gate: RunGate): () => void {
  if (open.size === 0) process.on('exit', closeAll)
  open.add(gate)
  return () => {
    open.delete(gate)
    if (open.size === 0) process.off('exit', closeAll)
  }
}

function closeAll(): void {
  for (const gate of open) close(gate)
}
