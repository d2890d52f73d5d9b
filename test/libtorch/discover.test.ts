import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { candidates, findLibtorch, judge } from '../../src/libtorch/discover.js'
import { readVersion } from '../../src/libtorch/version.js'

describe('libtorch discovery', () => {
  if (process.platform !== 'linux') return
  let root: string
  let saved: NodeJS.ProcessEnv
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dc-libtorch-'))
    saved = { ...process.env }
    for (const name of ['LIBTORCH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'DEEP_CLUSTERING_SKIP_VERSION_CHECK']) delete process.env[name]
    process.env['DEEP_CLUSTERING_CACHE'] = join(root, 'cache')
    // No Python answers.
    process.env['PATH'] = root
  })
  afterEach(() => {
    process.env = saved
    rmSync(root, { recursive: true })
  })

  function put(path: string, content = ''): void {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }

  /** A tree that looks like the torch folder of a wheel. */
  function wheel(folder: string, version: string, cuda: string | null = null): string {
    put(`${folder}/torch/lib/libtorch_cpu.so`)
    put(`${folder}/torch/include/ATen/ATen.h`)
    put(`${folder}/torch/version.py`, `__version__ = '${version}'\ncuda: Optional[str] = ${cuda ? `'${cuda}'` : 'None'}\n`)
    return join(root, folder, 'torch')
  }

  const verdict = (path: string): string => judge({ source: 'test', path }).verdict

  it('takes a whole one in the range', () => {
    assert.equal(verdict(wheel('a', '2.11.0')), 'usable: torch 2.11.0')
    assert.equal(verdict(wheel('b', '2.15.3+cpu')), 'usable: torch 2.15.3')
  })

  it('says why it refuses', () => {
    assert.equal(verdict(join(root, 'none')), 'refused: there is no such folder')
    assert.equal(verdict(wheel('old', '2.10.1')), 'refused: 2.10.1 is older than 2.11')
    assert.equal(verdict(wheel('new', '2.16.0')), 'refused: 2.16.0 is newer than 2.15, the newest that this version was built with')
    const bare = wheel('bare', '2.13.0')
    rmSync(join(bare, 'include'), { recursive: true })
    assert.equal(verdict(bare), 'refused: no headers (include/ATen/ATen.h)')
    rmSync(join(bare, 'lib'), { recursive: true })
    assert.equal(verdict(bare), 'refused: no library (lib/libtorch_cpu.so)')
    const nameless = wheel('nameless', '2.13.0')
    rmSync(join(nameless, 'version.py'))
    assert.equal(verdict(nameless), 'refused: its version is not known')
  })

  it('refuses one for another machine', () => {
    const path = wheel('elf', '2.13.0')
    const machine = (number: number): void => {
      const header = Buffer.alloc(64)
      header.write('\x7fELF', 'latin1')
      header.writeUInt16LE(number, 18)
      writeFileSync(join(path, 'lib', 'libtorch_cpu.so'), header)
    }
    machine(process.arch === 'x64' ? 62 : 183)
    assert.equal(verdict(path), 'usable: torch 2.13.0')
    machine(process.arch === 'x64' ? 183 : 62)
    assert.equal(verdict(path), `refused: it is made for ${process.arch === 'x64' ? 'arm64' : 'x64'}, this Node for ${process.arch}`)
    machine(243)
    assert.equal(verdict(path), `refused: it is made for another machine, this Node for ${process.arch}`)
  })

  it('refuses what is made for glibc where the C library is musl, but for the libtorch of the system itself', () => {
    const path = wheel('glibc', '2.13.0')
    const { getReport } = process.report
    try {
      process.report.getReport = () => ({ header: {} }) as never
      assert.equal(verdict(path), 'refused: it is made for glibc, and the C library of this system is musl')
      assert.equal(judge({ source: 'system', path }).usable, true)
    } finally {
      process.report.getReport = getReport
    }
  })

  it("finds conda-forge's, which lies in the environment itself", () => {
    put('conda/lib/libtorch_cpu.so')
    put('conda/include/ATen/ATen.h')
    put('conda/include/torch/headeronly/version.h', '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 12\n#define TORCH_VERSION_PATCH 1\n')
    process.env['CONDA_PREFIX'] = join(root, 'conda')
    const { chosen } = findLibtorch()
    assert.deepEqual([chosen?.source, chosen?.path, chosen?.version], ['CONDA_PREFIX', join(root, 'conda'), '2.12.1'])
  })

  it('the range can be overruled', () => {
    process.env['DEEP_CLUSTERING_SKIP_VERSION_CHECK'] = '1'
    assert.equal(verdict(wheel('new', '2.16.0')), 'usable: torch 2.16.0')
  })

  it('a CUDA build needs its two small libraries beside it', () => {
    const path = wheel('cuda', '2.15.0', '13.2')
    if (!verdict(path).startsWith('usable')) assert.match(verdict(path), /^refused: a CUDA build whose libcudart and libcupti cannot be found/)
    put('cuda/nvidia/cu13/lib/libcudart.so.13')
    put('cuda/nvidia/cu13/lib/libcupti.so.13')
    assert.equal(verdict(path), 'usable: torch 2.15.0, CUDA 13.2')
  })

  it('refuses what cannot be read with the reason, and overlooks places that are no folders', () => {
    const path = wheel('odd', '2.15.0', '13.2')
    put('a-file')
    put('odd/nvidia/cu13/lib/libcudart.so.13')
    put('odd/nvidia/cu13/lib/libcupti.so.13')
    process.env['LD_LIBRARY_PATH'] = join(root, 'a-file')
    assert.equal(verdict(path), 'usable: torch 2.15.0, CUDA 13.2')
    rmSync(join(path, 'version.py'))
    mkdirSync(join(path, 'version.py'))
    assert.match(verdict(path), /^refused: it cannot be read \(EISDIR/)
    process.env['DEEP_CLUSTERING_CACHE'] = process.env['VIRTUAL_ENV'] = join(root, 'a-file')
    assert.doesNotThrow(() => findLibtorch())
  })

  it('asks Python for its own torch, not for one that lies in the current folder', () => {
    put('here/torch/__init__.py')
    put('site/torch/__init__.py')
    const script = `import(${JSON.stringify(new URL('../../src/libtorch/discover.js', import.meta.url).href)})
      .then(({ candidates }) => console.log(JSON.stringify(candidates().filter(({ source }) => source === 'python3'))))`
    const env = { ...saved, LIBTORCH: '', PYTHONPATH: join(root, 'site') }
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { cwd: join(root, 'here'), encoding: 'utf8', env })
    assert.deepEqual(JSON.parse(stdout), [{ source: 'python3', path: join(root, 'site', 'torch') }], stderr)
  })

  it('reads the version from an archive and from the headers', () => {
    put('zip/build-version', '2.13.1+cu130\n')
    assert.deepEqual(readVersion(join(root, 'zip')), { version: '2.13.1', cuda: '13.0' })
    put(
      'headers/include/torch/headeronly/version.h',
      '#define TORCH_VERSION_MAJOR 2\n#define TORCH_VERSION_MINOR 12\n#define TORCH_VERSION_PATCH 0\n'
    )
    assert.deepEqual(readVersion(join(root, 'headers')), { version: '2.12.0', cuda: null })
  })

  it('asks only the named one, else the cache, newest first, then environments', () => {
    wheel('cache/libtorch/2.11.0-pip', '2.11.0')
    wheel('cache/libtorch/2.15.0-pip', '2.15.0')
    put('cache/libtorch/2.15.0-pip.cpu.99.tmp/tree/x')
    wheel('venv/lib/python3.11/site-packages', '2.13.0')
    process.env['VIRTUAL_ENV'] = join(root, 'venv')
    const found = candidates()
    assert.deepEqual(
      found.slice(0, 3).map(({ source, path }) => [source, path.slice(root.length + 1)]),
      [
        ['cache', 'cache/libtorch/2.15.0-pip/torch'],
        ['cache', 'cache/libtorch/2.11.0-pip/torch'],
        ['VIRTUAL_ENV', 'venv/lib/python3.11/site-packages/torch']
      ]
    )
    process.env['LIBTORCH'] = join(root, 'mine')
    assert.deepEqual(candidates(), [{ source: 'LIBTORCH', path: join(root, 'mine') }])
    assert.deepEqual(candidates('/other'), [{ source: '--libtorch', path: '/other' }])
  })

  it('takes the first usable one and keeps all verdicts', () => {
    wheel('cache/libtorch/2.16.0-pip', '2.16.0')
    const good = wheel('cache/libtorch/2.12.0-pip', '2.12.0')
    const { chosen, verdicts } = findLibtorch()
    assert.equal(chosen?.path, good)
    assert.ok(verdicts.length >= 2 && verdicts[0]!.verdict.startsWith('refused: 2.16.0'))
  })
})
