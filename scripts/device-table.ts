/** `npm run docs:device`: runs the steps of every method on the stand-in for CUDA and writes what each asks of a device into docs/cuda.md. */

import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from '../src/build/build.js'
import { packageRoot } from '../src/native/build-info.js'

const { folder } = await build({ tests: true })
const { status, stdout } = spawnSync(join(folder, 'device_tests'), ['within a step'], { encoding: 'utf8' })
if (status !== 0) throw new Error(stdout)
const table = stdout
  .split('\n')
  .filter(line => line.startsWith('|'))
  .join('\n')

const path = join(packageRoot, 'docs', 'cuda.md')
const page = readFileSync(path, 'utf8')
const [start, end] = ['<!-- steps: written by `npm run docs:device` -->', '<!-- /steps -->']
const [from, to] = [page.indexOf(start), page.indexOf(end)]
if (from < 0 || to < from) throw new Error(`docs/cuda.md has no place for the table: it needs the lines ${start} and ${end}`)
writeFileSync(path, `${page.slice(0, from + start.length)}\n\n${table}\n\n${page.slice(to)}`)
