/** Building, with a package of one source file and a libtorch of empty files: every rule of a real build, in a second each. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BuildInfo } from '../../src/native/build-info.js'
import { packageRoot } from '../../src/native/build-info.js'

const cmake = `
cmake_minimum_required(VERSION 3.20)
project(small LANGUAGES CXX)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "\${DC_PRODUCTS}")
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "\${DC_PRODUCTS}")
add_library(deep_clustering SHARED addon.cpp)
set_target_properties(deep_clustering PROPERTIES PREFIX "" SUFFIX ".node")
if(DC_CUDA)
  add_library(deep_clustering_cuda SHARED addon.cpp)
  set_target_properties(deep_clustering_cuda PROPERTIES PREFIX "")
endif()
if(DC_TESTS)
  add_executable(native_tests test/main.cpp)
  add_executable(device_tests test/main.cpp)
  add_executable(gpu_tests test/main.cpp)
endif()
`

interface Outcome {
  /** What the build resolved with, if it did. */
  readonly built?: { readonly fresh: boolean; readonly info: BuildInfo }
  readonly code?: string
  readonly message?: string
  /** What it said on the way. */
  readonly said: string
}

describe('build', function () {
  this.timeout(60_000)
  let root: string
  let folder: string
  let libtorch: string
  let environment: NodeJS.ProcessEnv

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'dc-build-'))
    folder = join(root, 'package')
    libtorch = join(root, 'torch')
    environment = { ...process.env, LIBTORCH: libtorch, DEEP_CLUSTERING_CACHE: join(root, 'cache') }
    delete environment['CXX']
    cpSync(join(packageRoot, 'dist', 'src'), join(folder, 'dist', 'src'), { recursive: true })
    for (const file of ['package.json', 'native/package.json']) cpSync(join(packageRoot, file), join(folder, file))
    symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'))
    write('native/CMakeLists.txt', cmake)
    write('native/addon.cpp', 'int one() { return 1; }\n')
    mkdirSync(join(folder, 'native', 'test'))
    write('native/test/main.cpp', 'int main() { return 0; }\n')
    for (const file of ['lib/libtorch_cpu.so', 'lib/libtorch_cpu.dylib', 'include/ATen/ATen.h']) {
      mkdirSync(join(libtorch, file, '..'), { recursive: true })
      writeFileSync(join(libtorch, file), '')
    }
    writeFileSync(join(libtorch, 'build-version'), '2.13.0+cpu\n')
  })
  after(() => rmSync(root, { recursive: true }))

  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  const product = (name: string): string => join(folder, 'build', 'Release', name)
  const isLibrary = (name: string): boolean => readFileSync(product(name)).length > 1000

  function inFolder(script: string, env: NodeJS.ProcessEnv): { readonly stdout: string; readonly stderr: string } {
    return spawnSync(process.execPath, ['-e', script], { cwd: folder, encoding: 'utf8', env: { ...environment, ...env } })
  }

  function build(options: object = {}, env: NodeJS.ProcessEnv = {}): Outcome {
    const script = `import('./dist/src/build/build.js').then(({ build }) => build(${JSON.stringify(options)}))
      .then(built => ({ built }), ({ code, message }) => ({ code, message })).then(outcome => console.log(JSON.stringify(outcome)))`
    const { stdout, stderr } = inFolder(script, env)
    assert.notEqual(stdout, '', stderr)
    return { ...(JSON.parse(stdout) as object), said: stderr }
  }

  /** How the loader refuses what is in the folder. */
  function loaded(): string {
    return inFolder(
      "import('./dist/src/native/loader.js').then(({ loadAddon }) => loadAddon()).catch(({ code, message }) => console.log(code, message))",
      {}
    ).stdout
  }

  it('makes what is asked for, says with what, and does nothing the second time', () => {
    const { built, said } = build()
    assert.equal(built?.fresh, true)
    assert.ok(isLibrary('deep_clustering.node'))
    assert.match(said, /^building with torch 2\.13\.0 at .*torch, (gcc|clang) \d+/)
    const info = JSON.parse(readFileSync(product('build-info.json'), 'utf8')) as BuildInfo
    assert.deepEqual(info, built.info)
    assert.deepEqual([info.libtorch, info.torchVersion, info.cudaVersion, info.products], [libtorch, '2.13.0', null, ['deep_clustering.node']])
    const again = build()
    assert.deepEqual([again.built?.fresh, again.said], [false, ''])
  })

  it('keeps what was built before when more is asked for, and when it is forced', () => {
    assert.deepEqual(build({ tests: true }).built?.info.products, ['deep_clustering.node', 'device_tests', 'gpu_tests', 'native_tests'])
    assert.equal(build().built?.fresh, false)
    // What the loader tells users to do with an addon that does not load.
    write('build/Release/deep_clustering.node', 'damaged')
    assert.deepEqual(build({ force: true }).built?.info.products, ['deep_clustering.node', 'device_tests', 'gpu_tests', 'native_tests'])
    assert.ok(isLibrary('deep_clustering.node') && isLibrary('native_tests'))
  })

  it('tells the first error of a failed build, and leaves nothing that could be taken for a whole one', () => {
    write('native/addon.cpp', 'int one() { return no_such_name; }\n')
    const { code, message, said } = build()
    assert.equal(code, 'ERR_BUILD_FAILED')
    assert.match(message!, /^The compiler or the linker failed; the whole output is in .*build\.log$/)
    assert.match(said, /addon\.cpp:1:\d+: error: .*no_such_name/)
    assert.match(readFileSync(/in (.*)$/.exec(message!)![1]!, 'utf8'), /no_such_name/)
    assert.match(loaded(), /^ERR_ADDON_NOT_BUILT The last build of the native addon did not end.*npm run build/)
    // What there was before the failure is made again too: nothing old stays beside the new addon.
    write('native/addon.cpp', 'int one() { return 2; }\n')
    assert.deepEqual(build().built?.info.products, ['deep_clustering.node', 'device_tests', 'gpu_tests', 'native_tests'])
  })

  it("tells CMake's own error", () => {
    write('native/CMakeLists.txt', `${cmake}\nmessage(FATAL_ERROR "something is not there")\n`)
    const { code, message, said } = build()
    write('native/CMakeLists.txt', cmake)
    assert.equal(code, 'ERR_BUILD_FAILED')
    assert.match(message!, /^CMake could not configure the build/)
    assert.match(said, /something is not there/)
  })

  it('takes the compiler that is named now, not the one of the last build', () => {
    const compiler = join(root, 'other-c++')
    const used = join(root, 'used')
    writeFileSync(compiler, `#!/bin/sh\n[ "$1" = --version ] && echo 'g++ 99.1.0' && exit\necho yes > '${used}'\nexec c++ "$@"\n`)
    chmodSync(compiler, 0o755)
    assert.equal(build({}, { CXX: compiler }).built?.info.compiler, 'gcc 99.1.0')
    assert.ok(existsSync(used))
    assert.equal(build({}, { CXX: `env ${compiler}` }).built?.info.compiler, 'gcc 99.1.0', 'a compiler with a launcher before it')
  })

  it('builds where the package was moved to', () => {
    const moved = join(root, 'moved')
    renameSync(folder, moved)
    folder = moved
    write('native/addon.cpp', 'int one() { return 3; }\n')
    const { built, said } = build()
    assert.equal(built?.fresh, true, said)
  })

  it('one waits for the other', async () => {
    write('native/addon.cpp', 'int one() { return 4; }\n')
    const script =
      "Promise.all([1, 2].map(() => import('./dist/src/build/build.js').then(({ build }) => build()))).then(all => console.log(JSON.stringify(all.map(({ fresh }) => fresh))))"
    const { stdout, stderr } = inFolder(script, {})
    assert.match(stdout, /\[true,false\]/, stderr)
    assert.match(stderr, /waiting for another build in this folder \(process \d+ holds .*build\.lock\)/)
  })

  it('stops with the programs that it runs when its signal says so, leaves no record, and goes on from there', () => {
    write('native/addon.cpp', 'int one() { return 5; }\n')
    const compiler = join(root, 'slow-c++')
    const running = join(root, 'running')
    writeFileSync(compiler, `#!/bin/sh\ncase "$*" in *addon.cpp*) echo $$ > '${running}'; exec sleep 300 ;; esac\nexec c++ "$@"\n`)
    chmodSync(compiler, 0o755)
    const script = `import { existsSync, readFileSync } from 'node:fs'
      import { build } from './dist/src/build/index.js'
      const stop = new AbortController()
      const reason = new Error('enough')
      const watching = setInterval(() => existsSync('${running}') && readFileSync('${running}', 'utf8').endsWith('\\n') && stop.abort(reason), 20)
      const error = await build({ signal: stop.signal }).catch(error => error)
      clearInterval(watching)
      const ended = () => { try { process.kill(Number(readFileSync('${running}', 'utf8')), 0); return false } catch { return true } }
      // What has ended stays in the list of processes until init has taken note.
      for (let i = 0; i < 100 && !ended(); i++) await new Promise(done => setTimeout(done, 20))
      console.log(JSON.stringify([error === reason, ended()]))`
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 40_000,
      env: { ...environment, CXX: compiler }
    })
    assert.deepEqual([stdout.trim(), existsSync(product('build-info.json'))], ['[true,true]', false], stderr)
    assert.match(loaded(), /^ERR_ADDON_NOT_BUILT The last build of the native addon did not end/)
    assert.equal(existsSync(join(folder, 'build', 'build.lock')), false)
    assert.equal(build().built?.fresh, true)
  })

  it('names what is missing or too old, and how to get it', () => {
    const old = join(root, 'old-c++')
    writeFileSync(old, "#!/bin/sh\necho 'g++ 9.4.0'\n")
    chmodSync(old, 0o755)
    const tooOld = build({}, { CXX: old })
    assert.equal(tooOld.code, 'ERR_BUILD_FAILED')
    assert.match(tooOld.message!, /is gcc 9\.4\.0: libtorch needs C\+\+20, that is gcc 11 or clang 14\. Set CXX/)
    const none = build({}, { PATH: root })
    assert.deepEqual([none.code, /^CMake was not found\. Install it/.test(none.message!)], ['ERR_BUILD_FAILED', true])
  })

  it('refuses the libtorch that was named with the reason, and takes no other', () => {
    const { code, message } = build({ libtorch: join(root, 'nowhere') })
    assert.equal(code, 'ERR_LIBTORCH_NOT_FOUND')
    assert.match(message!, /--libtorch: .*nowhere: refused: there is no such folder/)
    assert.match(build({ cuda: true }).message!, /it has no CUDA part \(lib\/libtorch_cuda\.so\)/)
  })

  it('gives up a CUDA plugin of before for a libtorch that is named and has no CUDA, and says so', () => {
    write('build/Release/deep_clustering_cuda.so', 'of another libtorch')
    assert.match(build({ cuda: true }).message!, /it has no CUDA part/)
    assert.ok(existsSync(product('deep_clustering_cuda.so')))
    const { built, said } = build()
    assert.deepEqual(built?.info.products, ['deep_clustering.node', 'device_tests', 'gpu_tests', 'native_tests'])
    assert.match(said, /torch has no CUDA part: the CUDA plugin that was built before is removed/)
    assert.equal(existsSync(product('deep_clustering_cuda.so')), false)
  })

  it('finds again what was built of the same sources, in the same place or another one', () => {
    write('native/addon.cpp', 'int one() { return 6; }\n')
    rmSync(join(folder, 'build'), { recursive: true })
    assert.match(build().said, /built deep_clustering\.node/)
    const info = JSON.parse(readFileSync(product('build-info.json'), 'utf8')) as BuildInfo
    rmSync(join(folder, 'build'), { recursive: true })
    const again = build()
    assert.match(again.said, /^took what was built before of the same sources with torch 2\.13\.0/)
    assert.deepEqual(again.built?.info, info)
    assert.ok(isLibrary('deep_clustering.node'))
    assert.equal(build().built?.fresh, false)
    // The tests are no sources of the addon; they are not kept, and compiled where they are asked for.
    write('native/test/main.cpp', 'int main() { return 1 - 1; }\n')
    assert.match(build().said, /^took what was built before/)
    assert.match(build({ tests: true }).said, /built deep_clustering\.node, device_tests/)
    rmSync(join(folder, 'build'), { recursive: true })
    for (const [options, env] of [
      [{ force: true }, {}],
      [{}, { CXXFLAGS: '-O1' }]
    ] as const) {
      assert.match(build(options, env).said, /built deep_clustering\.node/)
      rmSync(join(folder, 'build'), { recursive: true })
    }
    write('native/addon.cpp', 'int one() { return 7; }\n')
    assert.match(build().said, /built deep_clustering\.node/)
  })

  it('says that an installed package has no native tests and benchmarks', () => {
    rmSync(join(folder, 'native', 'test'), { recursive: true })
    for (const options of [{ tests: true }, { bench: true }]) {
      const { code, message } = build(options)
      assert.equal(code, 'ERR_BUILD_FAILED')
      assert.match(message!, /^The native (tests|benchmarks) are not in the installed package; build them in a clone/)
    }
  })
})
