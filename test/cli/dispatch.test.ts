import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { commands } from '../../src/cli/dispatch.js'
import { constructorOptions } from '../../src/estimator/method.js'
import { estimators } from '../../src/methods/index.js'
import { flagOf } from '../../src/options/flags.js'
import { jsonOf, runCommand } from './run-command.js'

describe('deep-clustering', () => {
  it('--help lists the commands', async () => {
    const { code, stdout, stderr } = await runCommand(['--help'])
    assert.deepEqual([code, stderr], [0, ''])
    for (const name of ['demo', 'train', 'predict', 'evaluate', 'inspect', 'build']) assert.match(stdout, new RegExp(`^  ${name} `, 'm'))
  })

  it('--version prints the version of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
    assert.deepEqual(await runCommand(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' })
  })

  for (const command of commands) {
    it(`${command.name} --help explains the command on stdout`, async () => {
      const { code, stdout, stderr } = await runCommand([...command.name.split(' '), '--help'])
      assert.deepEqual([code, stderr], [0, ''])
      assert.equal(stdout, command.help())
    })
  }

  it('no column of any --help runs a name and its text together', async () => {
    for (const words of [[], ...commands.map(({ name }) => name.split(' '))]) {
      const { stdout } = await runCommand([...words, '--help'])
      // A name alone, a flag with its value, or a name and two spaces before the text.
      for (const line of stdout.split('\n').filter(text => /^ {2}\S/.test(text)))
        assert.match(line, /^ {2}\S+( \S+)?( {2,}\S.*)?$/, `${words.join(' ')}: ${line}`)
    }
  })

  for (const { method } of estimators) {
    it(`train ${method.name} --help names every option and preset`, async () => {
      const { stdout } = await runCommand(['train', method.name, '--help'])
      for (const [name, row] of Object.entries(constructorOptions(method))) {
        assert.ok(stdout.includes(row.type === 'boolean' ? flagOf(name).slice(2) : `${flagOf(name)} `), name)
      }
      for (const name of Object.keys(method.presets)) assert.match(stdout, new RegExp(`^  ${name} `, 'm'))
    })
  }

  const misuse: readonly (readonly [string, readonly string[], string])[] = [
    ['an unknown command', ['trian'], 'Unknown command `trian`: did you mean `train`?'],
    ['an unknown method', ['train', 'dnc'], 'Unknown method `dnc`: did you mean `dcn`?'],
    ['no method', ['train', '--data', 'x'], `METHOD is missing: train ${estimators.map(({ method }) => method.name).join('|')} …`],
    ['an unknown option', ['train', 'kmeans', '--data', 'x', '--clustres', '3'], 'Unknown option `--clustres`: did you mean `--clusters`?'],
    ['an unknown option of build', ['build', '--froce'], 'Unknown option `--froce`: did you mean `--force`?'],
    ['an option of build without its value', ['build', '--libtorch'], '`--libtorch` needs a value'],
    ['an operand of build', ['build', 'all'], 'Unexpected argument "all"'],
    ['an unknown option of inspect', ['inspect', '--jsno'], 'Unknown option `--jsno`: did you mean `--json`?'],
    ['an operand too many of inspect', ['inspect', 'a', 'b'], 'Unexpected argument "b"'],
    ['a missing option', ['train', 'kmeans', '--clusters', '3', '--out', 'x'], '`--data PATH` is missing'],
    [
      'a wrong value',
      ['train', 'kmeans', '--data', 'x', '--out', 'y', '--clusters', '0'],
      'Expected an integer from 1 for `--clusters` but received 0'
    ],
    [
      'values that do not agree',
      ['train', 'dcn', '--data', 'x', '--out', 'y', '--clusters', '3', '--loss', 'bernoulli', '--scaling', 'standard'],
      'for `scaling` but received "standard"'
    ],
    ['an operand too many', ['predict', 'a', 'b', '--data', 'x', '--out', '-'], 'Unexpected argument "b"'],
    ['a missing operand', ['predict', '--data', 'x', '--out', '-'], 'DIR is missing'],
    ['two outputs on stdout', ['predict', 'a', '--data', 'x', '--out', '-', '--json'], '`--json` and `--out -`'],
    ['an output of an unknown kind', ['predict', 'a', '--data', 'x', '--out', 'a.txt'], '`--out` must end in .npy or .csv'],
    [
      'labels for a method without clusters',
      ['train', 'autoencoder', '--data', 'x', '--out', 'y', '--labels', 'z'],
      '`--labels` is for methods with clusters'
    ]
  ]
  for (const [what, args, message] of misuse) {
    it(`answers ${what} with exit code 2`, async () => {
      const { code, stderr } = await runCommand(args)
      assert.equal(code, 2)
      assert.ok(stderr.startsWith('error: ') && stderr.includes(message) && stderr.includes('[ERR_USAGE]'), stderr)
    })
  }

  it('without a word prints help on stderr with exit code 2', async () => {
    const { code, stdout } = await runCommand([])
    assert.deepEqual([code, stdout], [2, ''])
  })

  it('--json makes an error the one object on stdout too', async () => {
    const ran = await runCommand(['evaluate', '/nowhere', '--data', 'mnist-test', '--labels', 'mnist-test', '--json'])
    assert.equal(ran.code, 1)
    const { error } = jsonOf(ran) as { error: { code: string; message: string } }
    assert.ok(ran.stderr.includes(`[${error.code}]`))
    assert.ok(ran.stderr.includes(error.message))
    assert.deepEqual(error, { code: 'ERR_FILE_NOT_FOUND', message: error.message, path: '/nowhere/config.json' })
  })
})
