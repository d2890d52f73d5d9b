/** Fetching, from a package index on the loopback with small wheels and with faults, and with a stand-in for pip. */

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { findLibtorch } from '../../src/libtorch/discover.js'
import { fetchedLibtorch, fetchForLinking, fetchLibtorch, fetchToolchain } from '../../src/libtorch/fetch.js'
import { platform, sharesOf, torchVersion, wheelPlatforms } from '../../src/libtorch/pins.js'
import { noise, WheelIndex, wheelOf, zip } from './wheel-index.js'

const pip = `#!/bin/sh
[ "$3" = --version ] && exit
for last; do [ "$previous" = -d ] && folder=$last; previous=$last; done
echo "$last" >> "$ASKED"
name=$(echo "$last" | sed 's/==/-/; s/nvidia-cuda-/nvidia_cuda_/')
cp "$WHEELS"/$name*.whl "$folder" || { echo "ERROR: no matching distribution for $last"; exit 1; }
`

describe('fetching libtorch', function () {
  if (sharesOf('cuda', torchVersion) === undefined) return
  this.timeout(60_000)
  const tag = wheelPlatforms()[0]!
  const torchWheel = `torch-${torchVersion}-cp312-cp312-${tag}.whl`
  const large = noise(3 << 20)
  let root: string
  let saved: NodeJS.ProcessEnv
  let index: WheelIndex
  let quiet: { readonly allowUnpinned: true; readonly log: (line: string) => void }
  let said: string[]

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'dc-fetch-'))
    index = await new WheelIndex().listen()
    saved = { ...process.env }
    for (const name of Object.keys(process.env)) if (/^(PIP_|.*_proxy$)/i.test(name)) delete process.env[name]
    process.env['PIP_CONFIG_FILE'] = '/dev/null'
    process.env['PIP_INDEX_URL'] = index.url
    process.env['DEEP_CLUSTERING_CACHE'] = join(root, 'cache')
    said = []
    quiet = { allowUnpinned: true, log: line => said.push(line) }
    index.files.set(
      torchWheel,
      wheelOf('torch', torchVersion, {
        'torch/lib/libtorch_python.so': noise(5 << 20, 2),
        'torch/lib/libtorch_cpu.so': large,
        'torch/lib/libtorch_cuda.so': noise(1 << 20, 3),
        'torch/version.py': `__version__ = '${torchVersion}'\n`,
        'torch/include/ATen/ATen.h': '// headers\n',
        'torch/bin/protoc': noise(2 << 20, 4)
      })
    )
    for (const part of ['cpu', 'cuda', 'toolchain'] as const) {
      for (const { pin } of sharesOf(part, torchVersion)!.filter(({ pin }) => pin.name !== 'torch')) {
        const lib = pin.name === 'nvidia-cuda-cupti' ? 'libcupti' : pin.name === 'nvidia-cuda-runtime' ? 'libcudart' : `lib${pin.name}`
        const files = { [`nvidia/cu13/lib/${lib}.so.13`]: pin.name, [`nvidia/cu13/include/${pin.name}.h`]: pin.name }
        // NVIDIA's wheel of the compiler's back end promises an older glibc than the others.
        const own = pin.name === 'nvidia-nvvm' ? tag.replace('manylinux_2_28', 'manylinux2010') : tag
        index.files.set(`${pin.name.replaceAll('-', '_')}-${pin.version}-py3-none-${own}.whl`, wheelOf(pin.name, pin.version, files))
      }
    }
  })
  afterEach(() => {
    process.env = saved
    index.close()
    rmSync(root, { recursive: true })
  })

  const cache = (): string[] => (existsSync(join(root, 'cache', 'libtorch')) ? readdirSync(join(root, 'cache', 'libtorch')) : [])
  const library = (): Buffer => readFileSync(join(fetchedLibtorch(), 'lib', 'libtorch_cpu.so'))

  /** Runs a fetch in another process; resolves with what it printed. */
  function elsewhere(env: NodeJS.ProcessEnv = {}): { readonly pid: number; readonly ended: Promise<string> } {
    const script = `import(${JSON.stringify(new URL('../../src/libtorch/fetch.js', import.meta.url).href)})
      .then(({ fetchLibtorch }) => fetchLibtorch({ allowUnpinned: true, log: line => console.log(line) }))
      .then(() => console.log('fetched'), error => console.log(error.code, error.message))`
    const child = spawn(process.execPath, ['-e', script], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.on('data', (text: Buffer) => {
      output += text
    })
    return { pid: child.pid!, ended: new Promise(done => child.on('close', () => done(output))) }
  }

  it('takes what a CPU needs by ranges and leaves the rest on the server, says how much comes, and asks nobody the second time', async () => {
    const progress: number[][] = []
    const torch = await fetchLibtorch({ ...quiet, progress: (done, total) => progress.push([done, total]) })
    assert.equal(torch, fetchedLibtorch())
    assert.deepEqual(readdirSync(join(torch, 'lib')), ['libtorch_cpu.so'])
    assert.ok(library().equals(large))
    assert.deepEqual(readdirSync(torch).sort(), ['lib', 'version.py'])
    assert.deepEqual(readdirSync(join(dirname(torch), 'nvidia', 'cu13', 'lib')).sort(), ['libcudart.so.13', 'libcupti.so.13'])
    // The library, its neighbours as far as its first and last block reach, and the directory.
    assert.ok(index.sent > large.length && index.sent < large.length + (2 << 20), String(index.sent))
    assert.match(said.join('\n'), new RegExp(`^fetching libtorch ${torchVersion.replaceAll('.', '\\.')}: [23]\\.\\d MB$`))
    assert.equal(progress.at(-1)![0], progress.at(-1)![1])
    assert.deepEqual(cache(), [`${torchVersion}-pip`])
    index.asked = []
    await fetchLibtorch(quiet)
    assert.deepEqual(index.asked, [])
  })

  it('adds headers to build with, the CUDA part and nvcc', async () => {
    await fetchLibtorch(quiet)
    await fetchLibtorch({ ...quiet, headers: true, cuda: true })
    assert.deepEqual(readdirSync(join(fetchedLibtorch(), 'lib')).sort(), ['libtorch_cpu.so', 'libtorch_cuda.so'])
    assert.ok(existsSync(join(fetchedLibtorch(), 'include', 'ATen', 'ATen.h')))
    await fetchToolchain(quiet)
    const include = join(dirname(fetchedLibtorch()), 'nvidia', 'cu13', 'include')
    assert.ok(existsSync(join(include, 'nvidia-cuda-nvcc.h')) && existsSync(join(include, 'nvidia-cuda-runtime.h')))
  })

  it('keeps apart what prebuilt addons are linked with, which is for any platform and never loaded here', async () => {
    const other = platform === 'linux-arm64' ? 'linux-x64' : 'linux-arm64'
    const wheels = sharesOf('cpu', torchVersion, other)!.map(({ pin }) => {
      const file = join(root, `${pin.name.replaceAll('-', '_')}-${pin.version}-cp312-cp312-${wheelPlatforms(other)[0]}.whl`)
      writeFileSync(file, wheelOf(pin.name, pin.version, { 'torch/lib/libtorch_cpu.so': other, 'torch/lib/libc10_cuda.so': other }))
      return file
    })
    const torch = await fetchForLinking(other, { ...quiet, version: torchVersion, wheels })
    assert.equal(readFileSync(join(torch, 'lib', 'libtorch_cpu.so'), 'utf8'), other)
    assert.deepEqual(index.asked, [])
    assert.deepEqual(readdirSync(join(torch, 'lib')), other === 'linux-x64' ? ['libc10_cuda.so', 'libtorch_cpu.so'] : ['libtorch_cpu.so'])
    assert.equal(findLibtorch().verdicts.filter(({ source }) => source === 'cache').length, 0)
    // A wheel for another platform is none for this one.
    await fetchLibtorch({ ...quiet, wheels })
    assert.ok(library().equals(large))
  })

  it('reads an index of HTML, sends the password in its address, and asks further ones', async () => {
    const empty = await new WheelIndex().listen()
    try {
      index.faults.html = true
      process.env['PIP_INDEX_URL'] = empty.url
      process.env['PIP_EXTRA_INDEX_URL'] = index.url.replace('//', '//me:se%40cret@')
      await fetchLibtorch(quiet)
      assert.equal(index.authorization, `Basic ${Buffer.from('me:se@cret').toString('base64')}`)
      assert.ok(empty.asked.includes('/simple/torch/'))
    } finally {
      empty.close()
    }
  })

  it('goes through the proxy of the environment', async () => {
    delete process.env['PIP_INDEX_URL']
    process.env['PIP_CONFIG_FILE'] = join(root, 'pip.conf')
    // No such host: only the proxy can know it.
    writeFileSync(process.env['PIP_CONFIG_FILE'], '[global]\nindex-url = http://wheels.invalid/simple\n')
    process.env['http_proxy'] = index.origin
    await fetchLibtorch(quiet)
    assert.ok(index.tunnels.length > 0 && index.tunnels.every(host => host === 'wheels.invalid:80'), String(index.tunnels))
  })

  it('refuses a wheel with another RECORD than the pinned one, and leaves nothing behind', async () => {
    await assert.rejects(fetchLibtorch({ log: () => undefined }), {
      code: 'ERR_LIBTORCH_NOT_FOUND',
      message: /the RECORD in the wheel of torch .* has the SHA-256 .*, pinned is .*--allow-unpinned/
    })
    assert.deepEqual(cache(), [])
  })

  it('refuses a whole wheel with another digest, where no RECORD is pinned', async () => {
    await fetchLibtorch(quiet)
    const [name, bytes] = [...index.files].find(([file]) => file.startsWith('nvidia_cuda_nvcc'))!
    writeFileSync(join(root, name), bytes)
    await assert.rejects(
      fetchToolchain({ wheels: [join(root, name)], log: () => undefined }),
      /the wheel of nvidia-cuda-nvcc .* has the SHA-256 .*, pinned is .*--allow-unpinned/
    )
    assert.deepEqual(cache(), [`${torchVersion}-pip`])
    assert.equal(existsSync(join(dirname(fetchedLibtorch()), '.toolchain')), false)
  })

  describe('with faults', () => {
    it('goes on where a connection broke, again and again', async () => {
      index.faults = { breakAfter: 700_000, breaks: 4 }
      await fetchLibtorch(quiet)
      assert.ok(library().equals(large))
      // Nothing that came came again, but for the blocks in which it broke.
      assert.ok(index.sent < large.length + (4 << 20), String(index.sent))
    })

    it('gives up where nothing comes, keeps what came, and begins there the next time', async () => {
      index.faults = { breakAfter: 1_500_000, breaks: 1 }
      const first = fetchLibtorch({ ...quiet, progress: done => done > 1_000_000 && Object.assign(index.faults, { status: 503 }) })
      await assert.rejects(first, { code: 'ERR_LIBTORCH_NOT_FOUND', message: /connection broke 5 times in a row \(.*status 503\).*PIP_INDEX_URL/ })
      assert.deepEqual(cache(), [`${torchVersion}-pip.part`])
      index.faults = {}
      index.sent = 0
      await fetchLibtorch(quiet)
      assert.ok(library().equals(large))
      assert.ok(index.sent < large.length - 500_000, String(index.sent))
      assert.deepEqual(cache(), [`${torchVersion}-pip`])
    })

    it('goes on with what a process that was killed had', async () => {
      index.faults = { breakAfter: 2_000_000, breaks: 1 }
      const { pid, ended } = elsewhere()
      while (index.sent < 2_000_000) await new Promise(done => setTimeout(done, 5))
      process.kill(pid, 'SIGKILL')
      await ended
      index.faults = {}
      await fetchLibtorch(quiet)
      assert.ok(library().equals(large))
      assert.deepEqual(cache(), [`${torchVersion}-pip`])
    })

    it('takes the whole wheel where a server has no ranges', async () => {
      index.faults = { noRanges: true }
      await fetchLibtorch(quiet)
      assert.ok(library().equals(large))
      assert.deepEqual(readdirSync(join(fetchedLibtorch(), 'lib')), ['libtorch_cpu.so'])
      assert.equal(index.asked.filter(path => path.includes(torchWheel)).length, 1)
    })

    it('refuses wrong bytes, in a file and in the directory of the wheel, and leaves nothing behind', async () => {
      const whole = index.files.get(torchWheel)!
      // Stored under its own digest no longer: another file of the same size, with the old RECORD.
      const record = wheelOf('torch', torchVersion, { 'torch/lib/libtorch_cpu.so': large })
      const lying = Buffer.from(record)
      lying[1_000_000]! ^= 1
      for (const [bytes, what] of [
        [lying, /libtorch_cpu\.so .* its RECORD says|damaged on its way/],
        [whole.subarray(0, whole.length - 100), /cannot be unpacked .* damaged on its way/],
        [zip({ '../outside': 'x' }), /cannot be unpacked \(invalid relative path: \.\.\/outside\)/],
        [zip({ 'torch/lib/libtorch_cpu.so': 'x' }), /has no RECORD|RECORD/]
      ] as const) {
        index.files.set(torchWheel, bytes)
        await assert.rejects(fetchLibtorch({ log: () => undefined, allowUnpinned: bytes !== whole && !what.source.includes('no RECORD') }), {
          code: 'ERR_LIBTORCH_NOT_FOUND',
          message: what
        })
        assert.deepEqual(cache(), [])
      }
    })

    it('tells that the disk is full, and leaves nothing on it', async function () {
      const small = join(root, 'cache')
      mkdirSync(small)
      if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small]).status !== 0) this.skip()
      try {
        await assert.rejects(fetchLibtorch(quiet), {
          code: 'ERR_LIBTORCH_NOT_FOUND',
          message: /the disk is full\. Make room, or .*DEEP_CLUSTERING_CACHE/
        })
        assert.deepEqual(cache(), [])
      } finally {
        assert.equal(spawnSync('umount', [small]).status, 0)
      }
    })

    it('two processes at once fetch once', async () => {
      index.faults = { delay: 20 }
      const outputs = await Promise.all([elsewhere().ended, elsewhere().ended])
      assert.deepEqual(
        outputs.map(output => output.trim().split('\n').at(-1)),
        ['fetched', 'fetched']
      )
      assert.equal(outputs.join('').match(/waiting for another process that fetches libtorch/g)?.length, 1)
      assert.equal(index.asked.filter(path => path === '/simple/torch/').length, 1)
      assert.ok(library().equals(large))
    })

    it('stops when its signal says so, and goes on from there', async () => {
      const stop = new AbortController()
      const reason = new Error('enough')
      const fetched = fetchLibtorch({ ...quiet, signal: stop.signal, progress: done => done > 1_000_000 && stop.abort(reason) })
      await assert.rejects(fetched, error => error === reason)
      assert.deepEqual(cache(), [`${torchVersion}-pip.part`])
      await fetchLibtorch(quiet)
      assert.deepEqual(cache(), [`${torchVersion}-pip`])
    })

    it('says what the server said where it is not there, and that no index is known', async () => {
      index.faults = { status: 403 }
      await assert.rejects(fetchLibtorch(quiet), /torch .*status 403/)
      index.files.clear()
      await assert.rejects(fetchLibtorch(quiet), /the package index has no wheel of torch/)
      const gone = await new WheelIndex().listen()
      process.env['PIP_INDEX_URL'] = gone.url
      gone.close()
      await assert.rejects(fetchLibtorch(quiet), /torch .*ECONNREFUSED.*Is the package index reachable\?/)
      process.env['PIP_NO_INDEX'] = '1'
      await assert.rejects(fetchLibtorch(quiet), /ask no package index\. Name the wheels with --wheel/)
      assert.deepEqual(cache(), [])
    })
  })

  it('needs no network where the wheels are files here, or the cache was copied', async () => {
    const wheels = [...index.files].map(([name, bytes]) => {
      writeFileSync(join(root, name), bytes)
      return join(root, name)
    })
    delete process.env['PIP_INDEX_URL']
    process.env['PIP_NO_INDEX'] = '1'
    await fetchLibtorch({ ...quiet, wheels, headers: true })
    assert.ok(library().equals(large))
    assert.ok(existsSync(join(fetchedLibtorch(), 'include', 'ATen', 'ATen.h')))
    await fetchLibtorch(quiet)
    await assert.rejects(fetchLibtorch({ ...quiet, cuda: true, wheels: [join(root, 'nowhere.whl')] }), /there is no .*nowhere\.whl/)
    assert.deepEqual(index.asked, [])
  })

  it('fetches again a part whose pins have changed', async () => {
    await fetchLibtorch(quiet)
    index.asked = []
    writeFileSync(join(dirname(fetchedLibtorch()), '.cpu'), 'torch==2.14.0\n')
    await fetchLibtorch(quiet)
    assert.ok(index.asked.includes('/simple/torch/'))
  })

  it('fetches another supported version beside it, and says which there are', async () => {
    index.files.set(`torch-2.13.0-cp312-cp312-${tag}.whl`, wheelOf('torch', '2.13.0', { 'torch/lib/libtorch_cpu.so': 'of 2.13' }))
    assert.equal(await fetchLibtorch({ ...quiet, version: '2.13.0' }), fetchedLibtorch('2.13.0'))
    assert.deepEqual(cache(), ['2.13.0-pip'])
    await assert.rejects(
      fetchLibtorch({ ...quiet, version: '2.3.0' }),
      new RegExp(`no cpu wheels of torch 2\\.3\\.0 for ${platform} \\(torch 2\\.15\\.0, .*2\\.11\\.0 are known\\)`)
    )
  })

  it('leaves alone what a fetch of another version is making', async () => {
    const other = join(root, 'cache', 'libtorch', '2.14.0-pip.1.tmp')
    const own = join(root, 'cache', 'libtorch', `${torchVersion}-pip.999999999.tmp`)
    for (const folder of [other, own]) mkdirSync(folder, { recursive: true })
    await fetchLibtorch(quiet)
    assert.deepEqual([existsSync(other), existsSync(own)], [true, false])
  })

  describe('from a CPU-only index', () => {
    let cuda: Map<string, Buffer>
    beforeEach(() => {
      cuda = new Map(index.files)
      index.files.clear()
      index.files.set(
        `torch-${torchVersion}+cpu-cp312-cp312-${tag}.whl`,
        wheelOf('torch', `${torchVersion}+cpu`, { 'torch/lib/libtorch_cpu.so': large })
      )
    })

    it('refuses its torch and names the option that takes it', async () => {
      await assert.rejects(fetchLibtorch({ log: () => undefined }), {
        code: 'ERR_LIBTORCH_NOT_FOUND',
        message: /a CPU-only index, for example\), pass --allow-unpinned$/
      })
    })

    it('takes its torch if that is allowed, and needs nothing of NVIDIA', async () => {
      await fetchLibtorch(quiet)
      assert.deepEqual(
        index.asked.filter(path => path.startsWith('/simple')),
        ['/simple/torch/']
      )
      assert.deepEqual(readdirSync(dirname(fetchedLibtorch())).sort(), ['.cpu', 'torch'])
      index.asked = []
      await fetchLibtorch(quiet)
      assert.deepEqual(index.asked, [])
    })

    it('cannot give the CUDA part, and what it gave is replaced where another index can', async () => {
      await fetchLibtorch(quiet)
      await assert.rejects(fetchLibtorch({ ...quiet, cuda: true }), { code: 'ERR_LIBTORCH_NOT_FOUND', message: /serves a CPU-only torch/ })
      index.files.clear()
      for (const [name, bytes] of cuda) index.files.set(name, bytes)
      await fetchLibtorch({ ...quiet, cuda: true })
      assert.ok(existsSync(join(dirname(fetchedLibtorch()), 'nvidia', 'cu13', 'lib', 'libcudart.so.13')))
      assert.ok(existsSync(join(fetchedLibtorch(), 'lib', 'libtorch_cuda.so')))
    })
  })

  describe('with pip', () => {
    const options = (): typeof quiet & { pip: true } => ({ ...quiet, pip: true })
    beforeEach(() => {
      process.env['ASKED'] = join(root, 'asked')
      process.env['PYTHON'] = join(root, 'python')
      process.env['WHEELS'] = join(root, 'wheels')
      mkdirSync(process.env['WHEELS'])
      for (const [name, bytes] of index.files) writeFileSync(join(process.env['WHEELS'], name), bytes)
      writeFileSync(process.env['PYTHON'], pip)
      chmodSync(process.env['PYTHON'], 0o755)
    })

    it('lets it download whole wheels, of which only what is needed is kept', async () => {
      await fetchLibtorch(options())
      assert.deepEqual(
        readFileSync(join(root, 'asked'), 'utf8').trim().split('\n'),
        sharesOf('cpu', torchVersion)!.map(({ pin }) => `${pin.name}==${pin.version}`)
      )
      assert.deepEqual(readdirSync(join(fetchedLibtorch(), 'lib')), ['libtorch_cpu.so'])
      assert.deepEqual([cache(), index.asked], [[`${torchVersion}-pip`], []])
    })

    it('stops it when its signal says so, and leaves nothing behind', async () => {
      const pid = join(root, 'pid')
      writeFileSync(process.env['PYTHON']!, `#!/bin/sh\ncase "$*" in *download*) echo $$ > '${pid}'; exec sleep 300;; esac\n`)
      const stop = new AbortController()
      const fetched = fetchLibtorch({ ...options(), signal: stop.signal })
      while (!existsSync(pid) || !readFileSync(pid, 'utf8').endsWith('\n')) await new Promise(done => setTimeout(done, 10))
      const reason = new Error('enough')
      stop.abort(reason)
      await assert.rejects(fetched, error => error === reason)
      assert.throws(() => process.kill(Number(readFileSync(pid, 'utf8')), 0), { code: 'ESRCH' })
      assert.deepEqual(cache(), [])
    })

    it('tells what it said when it fails', async () => {
      writeFileSync(process.env['PYTHON']!, '#!/bin/sh\ncase "$*" in *download*) echo "ERROR: no matching distribution"; exit 1;; esac\n')
      await assert.rejects(fetchLibtorch(options()), {
        code: 'ERR_LIBTORCH_NOT_FOUND',
        message: /pip could not download torch==.*\n.*no matching distribution/s
      })
      assert.deepEqual(cache(), [])
    })

    it('knows the index that it asks by itself', async () => {
      delete process.env['PIP_INDEX_URL']
      const help = `-i, --index-url <url>  Base URL of the Python Package Index (default\\n    ${index.url}). This`
      writeFileSync(process.env['PYTHON']!, `#!/bin/sh\n[ "$4" = --help ] && printf '%b\\n' '${help}'\nexit 0\n`)
      await fetchLibtorch(quiet)
      assert.ok(index.asked.includes('/simple/torch/'))
    })
  })
})
