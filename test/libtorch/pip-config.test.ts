import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { indexSettings } from '../../src/libtorch/pip-config.js'

describe("pip's configuration", () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'dc-pip-'))
  })
  afterEach(() => rmSync(root, { recursive: true }))

  const file = (path: string, text: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    return join(root, path)
  }
  const settings = (env: NodeJS.ProcessEnv = {}): ReturnType<typeof indexSettings> =>
    indexSettings({ HOME: root, XDG_CONFIG_DIRS: join(root, 'xdg'), VIRTUAL_ENV: join(root, 'venv'), ...env })

  it('is read from variables, and from files of which a later one counts more', () => {
    file('xdg/pip/pip.conf', '[global]\nindex-url = https://site.example/simple\nproxy = http://proxy.example:3128\n')
    assert.deepEqual(
      [settings().index, settings().proxy, settings().furtherIndexes, settings().noIndex],
      ['https://site.example/simple', 'http://proxy.example:3128', [], false]
    )
    file(
      '.config/pip/pip.conf',
      '# mine\n[global]\nindex_url: https://user.example/simple\nextra-index-url =\n    https://a.example/simple\n    ; not this\n    https://b.example/simple\ncert = /ca.pem\n'
    )
    assert.deepEqual(
      [settings().index, settings().furtherIndexes, settings().certificates],
      ['https://user.example/simple', ['https://a.example/simple', 'https://b.example/simple'], '/ca.pem']
    )
    file('venv/pip.conf', '[global]\nindex-url = https://venv.example/simple\n')
    assert.equal(settings().index, 'https://venv.example/simple')
    const PIP_CONFIG_FILE = file('own.conf', '[global]\nindex-url = https://own.example/simple\nno-index = true\n')
    assert.deepEqual([settings({ PIP_CONFIG_FILE }).index, settings({ PIP_CONFIG_FILE }).noIndex], ['https://own.example/simple', true])
    assert.equal(settings({ PIP_CONFIG_FILE, PIP_INDEX_URL: 'https://env.example/simple' }).index, 'https://env.example/simple')
    assert.deepEqual(settings({ PIP_CONFIG_FILE: '/dev/null' }), {
      index: undefined,
      furtherIndexes: [],
      noIndex: false,
      proxy: undefined,
      certificates: undefined
    })
  })

  it('[download] counts more than [global], wherever it stands, and other commands do not count', () => {
    file('xdg/pip/pip.conf', '[download]\nindex-url = https://download.example/simple\n')
    file('.config/pip/pip.conf', '[global]\nindex-url = https://global.example/simple\n[install]\nproxy = http://no.example\n')
    assert.deepEqual([settings().index, settings().proxy], ['https://download.example/simple', undefined])
  })
})
