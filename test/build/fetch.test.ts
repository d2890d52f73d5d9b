/** Fetching, with a stand-in for pip that makes small wheels of what it is asked for. */

import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fetchedLibtorch, fetchLibtorch, fetchToolchain } from '../../src/build/libtorch/fetch.js'
import { pins, torchVersion } from '../../src/build/libtorch/pins.js'

const pip = `#!/usr/bin/env python3
import os, subprocess, sys, zipfile
arguments = sys.argv[1:]
if arguments[:2] != ['-m', 'pip']:
    sys.exit(subprocess.call(['python3', *arguments]))
if arguments[2] == 'download':
    folder = arguments[arguments.index('-d') + 1]
    for requirement in [a for a in arguments if '==' in a]:
        name, version = requirement.split('==')
        with open(os.environ['ASKED'], 'a') as asked:
            asked.write(requirement + '\\n')
        if 'CPU_ONLY' in os.environ:
            if name != 'torch':
                sys.exit('ERROR: No matching distribution found for ' + requirement)
            version += '+cpu'
        with zipfile.ZipFile(f'{folder}/{name.replace("-", "_")}-{version}-py3-none-any.whl', 'w') as wheel:
            for member in ['torch/lib/libtorch_cpu.so', 'torch/lib/libtorch_cuda.so', 'torch/lib/libtorch_python.so', 'torch/include/ATen/ATen.h', '../outside']:
                if name == 'torch':
                    wheel.writestr(member, member)
            if name != 'torch':
                wheel.writestr(f'nvidia/cu13/lib/lib{name}.so.13', name)
                wheel.writestr(f'nvidia/cu13/include/{name}.h', name)
`

describe('fetching libtorch', function () {
  if (pins.cuda === undefined) return
  this.timeout(60_000)
  let root: string
  let saved: NodeJS.ProcessEnv
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dc-fetch-'))
    saved = { ...process.env }
    process.env['DEEP_CLUSTERING_CACHE'] = join(root, 'cache')
    process.env['ASKED'] = join(root, 'asked')
    process.env['PYTHON'] = join(root, 'python')
    writeFileSync(process.env['PYTHON'], pip)
    chmodSync(process.env['PYTHON'], 0o755)
  })
  afterEach(() => {
    process.env = saved
    rmSync(root, { recursive: true })
  })

  const quiet = { allowUnpinned: true, log: () => undefined }

  /** What pip was asked for since the last question. */
  function asked(): string[] {
    const path = join(root, 'asked')
    const lines = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : []
    rmSync(path, { force: true })
    return lines
  }

  it('unpacks only what is needed, and asks nobody the second time', async () => {
    const torch = await fetchLibtorch(quiet)
    assert.equal(torch, fetchedLibtorch())
    assert.deepEqual(readdirSync(join(torch, 'lib')), ['libtorch_cpu.so'])
    assert.ok(existsSync(join(torch, 'include', 'ATen', 'ATen.h')))
    assert.deepEqual(
      asked(),
      pins.cpu!.map(({ name, version }) => `${name}==${version}`)
    )
    await fetchLibtorch(quiet)
    assert.deepEqual(asked(), [])
    assert.deepEqual(readdirSync(join(root, 'cache', 'libtorch')), [`${torchVersion}-pip`])
  })

  it('adds the CUDA part and nvcc to it, downloading torch once for both parts', async () => {
    await fetchLibtorch({ ...quiet, cuda: true })
    assert.equal(asked().filter(name => name.startsWith('torch==')).length, 1)
    assert.deepEqual(readdirSync(join(fetchedLibtorch(), 'lib')).sort(), ['libtorch_cpu.so', 'libtorch_cuda.so'])
    await fetchToolchain(quiet)
    assert.ok(asked().some(name => name.startsWith('nvidia-cuda-nvcc==')))
    const include = join(dirname(fetchedLibtorch()), 'nvidia', 'cu13', 'include')
    assert.ok(existsSync(join(include, 'nvidia-cuda-nvcc.h')) && existsSync(join(include, 'nvidia-cuda-runtime.h')))
  })

  it('fetches again a part whose pins have changed', async () => {
    await fetchLibtorch(quiet)
    asked()
    writeFileSync(join(dirname(fetchedLibtorch()), '.cpu'), 'torch==2.14.0\n')
    await fetchLibtorch(quiet)
    assert.equal(asked().length, pins.cpu!.length)
  })

  it('refuses a wheel with another digest, and leaves nothing behind', async () => {
    await assert.rejects(fetchLibtorch({ log: () => undefined }), {
      code: 'ERR_LIBTORCH_NOT_FOUND',
      message: /the wheel of torch .* has the SHA-256 .*, pinned is .*--allow-unpinned/
    })
    assert.deepEqual(readdirSync(join(root, 'cache', 'libtorch')), [])
  })

  describe('from a CPU-only index', () => {
    beforeEach(() => {
      process.env['CPU_ONLY'] = '1'
    })

    it('refuses its torch and names the option that takes it', async () => {
      await assert.rejects(fetchLibtorch({ log: () => undefined }), {
        code: 'ERR_LIBTORCH_NOT_FOUND',
        message: /a CPU-only index, for example\), pass --allow-unpinned$/
      })
    })

    it('takes its torch if that is allowed, and needs nothing of NVIDIA', async () => {
      await fetchLibtorch(quiet)
      assert.deepEqual(asked(), [`torch==${torchVersion}`])
      assert.deepEqual(readdirSync(dirname(fetchedLibtorch())).sort(), ['.cpu', 'torch'])
      await fetchLibtorch(quiet)
      assert.deepEqual(asked(), [])
    })

    it('cannot give the CUDA part, and what it gave is replaced where another index can', async () => {
      await fetchLibtorch(quiet)
      await assert.rejects(fetchLibtorch({ ...quiet, cuda: true }), { code: 'ERR_LIBTORCH_NOT_FOUND', message: /serves a CPU-only torch/ })
      delete process.env['CPU_ONLY']
      asked()
      await fetchLibtorch({ ...quiet, cuda: true })
      assert.ok(asked().includes('nvidia-cuda-runtime==' + pins.cpu![1]!.version))
      assert.ok(existsSync(join(fetchedLibtorch(), 'lib', 'libtorch_cuda.so')))
    })
  })

  it('leaves alone what a fetch of another version is making', async () => {
    const other = join(root, 'cache', 'libtorch', '2.14.0-pip.1.tmp')
    const own = join(root, 'cache', 'libtorch', `${torchVersion}-pip.999999999.tmp`)
    for (const folder of [other, own]) mkdirSync(folder, { recursive: true })
    await fetchLibtorch(quiet)
    assert.deepEqual([existsSync(other), existsSync(own)], [true, false])
  })

  it('stops pip when its signal says so, and leaves nothing behind', async () => {
    const pid = join(root, 'pid')
    writeFileSync(process.env['PYTHON']!, `#!/bin/sh\ncase "$*" in *download*) echo $$ > '${pid}'; exec sleep 300;; esac\n`)
    const stop = new AbortController()
    const fetched = fetchLibtorch({ ...quiet, signal: stop.signal })
    while (!existsSync(pid) || !readFileSync(pid, 'utf8').endsWith('\n')) await new Promise(done => setTimeout(done, 10))
    const reason = new Error('enough')
    stop.abort(reason)
    await assert.rejects(fetched, error => error === reason)
    assert.throws(() => process.kill(Number(readFileSync(pid, 'utf8')), 0), { code: 'ESRCH' })
    assert.deepEqual(readdirSync(join(root, 'cache', 'libtorch')), [])
  })

  it('tells what pip said when it fails', async () => {
    writeFileSync(process.env['PYTHON']!, '#!/bin/sh\ncase "$*" in *download*) echo "ERROR: no matching distribution"; exit 1;; esac\n')
    await assert.rejects(fetchLibtorch(quiet), {
      code: 'ERR_LIBTORCH_NOT_FOUND',
      message: /pip could not download torch==.*\n.*no matching distribution/s
    })
    assert.deepEqual(readdirSync(join(root, 'cache', 'libtorch')), [])
  })
})
