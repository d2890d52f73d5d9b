/** What an editor shows of options, in a project of a user. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/native/build-info.js'
import { LanguageServer, type Position } from './language-server.js'

describe('an editor', function () {
  this.timeout(120_000)
  const lines = [
    "import { DCN } from 'deep-clustering'",
    "new DCN({ clusters: 10, lambda: 0.1, widths: [500, 10], pretrainOptimizer: 'adam' })",
    "new DCN({ clusters: 10, start: '' })",
    'new DCN({ clusters: 10,  })',
    ''
  ]
  let folder: string
  let file: string
  let server: LanguageServer

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dc-editor-'))
    file = join(folder, 'use.ts')
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(packageRoot, join(folder, 'node_modules', 'deep-clustering'))
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
    writeFileSync(join(folder, 'tsconfig.json'), '{"compilerOptions": {"module": "nodenext", "target": "es2022", "strict": true}}')
    writeFileSync(file, lines.join('\n'))
    server = await LanguageServer.start(folder)
    server.open(file, lines.join('\n'))
  })
  after(() => {
    server?.stop()
    rmSync(folder, { recursive: true })
  })

  const following = (line: number, text: string): Position => ({ line, character: lines[line]!.indexOf(text) + text.length })

  for (const [name, meaning, range, fallback] of [
    ['lambda', 'Weight of the clustering term', 'A number from 0.', '0.1'],
    ['widths', 'Hidden layers of the encoder', 'A list of integers, each from 1', '[500,500,2000]'],
    ['pretrainOptimizer', 'Optimiser', "'adam' or 'sgd'", '"adam"']
  ] as const) {
    it(`shows of ${name} its meaning, range and default`, async () => {
      const said = await server.hover(file, following(1, name.slice(0, 3)))
      for (const part of [meaning, range, 'default', fallback]) assert.ok(said.toLowerCase().includes(part.toLowerCase()), said)
    })
  }

  it('completes options and their words', async () => {
    const names = await server.completions(file, following(3, '10, '))
    for (const name of ['lambda', 'pretrainEpochs', 'graphItems', 'preset', 'seed'])
      assert.ok(
        names.some(label => label.replace('?', '') === name),
        names.join(' ')
      )
    const words = await server.completions(file, following(2, "start: '"))
    assert.deepEqual(words.map(word => word.replaceAll("'", '')).sort(), ['graph', 'kmeans', 'linkage'])
  })
})
