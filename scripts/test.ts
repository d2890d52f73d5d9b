/** `npm test`: builds what is missing, runs the native tests and mocha, and adds up what they say. */

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build, nativeTests } from '../src/build/build.js'
import { packageRoot } from '../src/native/build-info.js'
import { format } from './format.js'
import { type Count, mochaCount, nativeCount } from './test-counts.js'

/** Runs a program, passing its output on, and hands back all of it. */
function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: packageRoot, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk)
      output += chunk.toString()
    })
    child.on('error', failed)
    child.on('close', code => done({ code, output }))
  })
}

/** A suite that ended badly without saying so has failed once. */
function counted(name: string, code: number | null, count: Count): Count {
  if (code === 0 || count.failed > 0) return count
  console.log(`${name} ended with ${code}`)
  return { ...count, failed: 1 }
}

async function native(folder: string, name: string): Promise<Count> {
  console.log(`\n${name}\n`)
  const { code, output } = await run(join(folder, name), [])
  const count = nativeCount(output)
  return counted(name, count.passed + count.failed + count.skipped === 0 ? 1 : code, count)
}

async function mocha(): Promise<Count> {
  const tests = join(packageRoot, 'dist', 'test')
  const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.test.js'))
  const { code, output } = await run(process.execPath, [
    join(packageRoot, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    '--timeout',
    '120000',
    '--forbid-only',
    ...files.sort().map(name => join(tests, name))
  ])
  const count = mochaCount(output)
  return counted('mocha', count.passed === 0 ? 1 : code, count)
}

/** A suite that could not be run at all has failed once, too. */
function notRun(error: Error): Count {
  console.log(error.message)
  return { passed: 0, failed: 1, skipped: 0 }
}

async function allNative(): Promise<Count[]> {
  const { folder } = await build({ tests: true })
  const counts: Count[] = []
  for (const name of nativeTests) counts.push(await native(folder, name).catch(notRun))
  return counts
}

/** Formatter and linter, each as one test. */
function style(): Count {
  const contents = Object.entries(format(false))
  for (const [name, content] of contents) console.log(`${content ? 'ok' : 'FAILED'}  ${name}`)
  const passed = contents.filter(([, content]) => content).length
  return { passed, failed: contents.length - passed, skipped: 0 }
}

const counts = await allNative().catch(error => [notRun(error as Error)])
counts.push(await mocha().catch(notRun), style())
const sum = (key: keyof Count): number => counts.reduce((total, count) => total + count[key], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exitCode = sum('failed') > 0 ? 1 : 0
