import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { chooseNvcc, cudaToolchain, findNvccs } from '../../src/build/cuda.js'

describe('CUDA toolchain', () => {
  if (process.platform !== 'linux') return
  let root: string
  let saved: NodeJS.ProcessEnv
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dc-cuda-'))
    saved = { ...process.env }
    for (const name of ['CUDACXX', 'CUDA_HOME', 'CUDA_PATH']) delete process.env[name]
    process.env['DEEP_CLUSTERING_CACHE'] = join(root, 'cache')
    process.env['PATH'] = join(root, 'bin')
  })
  afterEach(() => {
    process.env = saved
    rmSync(root, { recursive: true })
  })

  function put(path: string, content = ''): string {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }

  /** A program that calls itself nvcc of a version. */
  function nvcc(path: string, version: string): string {
    const file = put(path, `#!/bin/sh\necho "Cuda compilation tools, release ${version}, V${version}.1"\n`)
    chmodSync(file, 0o755)
    return file
  }

  const own = (): { path: string; source: string; version: string }[] =>
    findNvccs(join(root, 'site/torch')).filter(({ path }) => path.startsWith(root))

  it('is looked for in the environment, beside the libtorch, in the cache and on the search path, in this order', () => {
    const paths = [
      'named',
      'home/bin/nvcc',
      'old/bin/nvcc',
      'site/nvidia/cu13/bin/nvcc',
      'cache/libtorch/2.15.0-pip/nvidia/cu13/bin/nvcc',
      'bin/nvcc'
    ].map((path, i) => nvcc(path, `13.${i}`))
    process.env['CUDACXX'] = paths[0]
    process.env['CUDA_HOME'] = join(root, 'home')
    process.env['CUDA_PATH'] = join(root, 'old')
    assert.deepEqual(
      own().map(({ path, source, version }) => [path, source, version]),
      ['CUDACXX', 'CUDA_HOME', 'CUDA_PATH', 'pip', 'pip', 'PATH'].map((source, i) => [paths[i], source, `13.${i}`])
    )
  })

  it('names each nvcc once, also where it was named twice', () => {
    process.env['CUDA_HOME'] = process.env['CUDA_PATH'] = root
    nvcc('bin/nvcc', '13.2')
    assert.deepEqual(
      own().map(({ source }) => source),
      ['CUDA_HOME']
    )
  })

  it('is of the major version of the libtorch', () => {
    const found = ['', '12.8', '13.0', '13.2'].map(version => ({ path: version, source: 'PATH', version }))
    assert.equal(chooseNvcc(found, '13.2')?.version, '13.0')
    assert.equal(chooseNvcc(found, '12.6')?.version, '12.8')
    assert.equal(chooseNvcc(found, '11.8'), undefined)
    assert.equal(chooseNvcc(found, null)?.version, '12.8')
  })

  it('takes the headers of nvcc and the runtime beside the libtorch, by full path', async () => {
    const path = (process.env['CUDACXX'] = nvcc('toolkit/bin/nvcc', '13.2'))
    put('toolkit/include/cuda_runtime_api.h')
    put('toolkit/include/crt/host_defines.h')
    // pip's runtime alone has no crt/: such headers are not whole.
    put('site/nvidia/cu13/include/cuda_runtime_api.h')
    const runtime = put('site/nvidia/cu13/lib/libcudart.so.13')
    const libtorch = { source: 'test', path: join(root, 'site/torch'), usable: true, verdict: '', version: '2.15.0', cuda: '13.2' }
    const told: string[] = []
    assert.deepEqual(await cudaToolchain(libtorch, { log: line => told.push(line) }), {
      CMAKE_CUDA_COMPILER: path,
      DC_CUDA_INCLUDE: join(root, 'toolkit/include'),
      DC_CUDART: runtime
    })
    assert.deepEqual(told, [`device code by nvcc 13.2 at ${path} (CUDACXX)`])
    rmSync(runtime)
    await assert.rejects(cudaToolchain(libtorch, { log: () => undefined }), {
      code: 'ERR_BUILD_FAILED',
      message: /The CUDA runtime and its headers were not found in .*cu13/
    })
  })
})
