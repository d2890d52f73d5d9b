/**
 * Writes what comes from the source: the types of options from their tables, `docs/api.md` from the declarations, `docs/cli.md` from the commands, the option tables of each
 * method's page between its markers, and what a GPU is to run from the options. `npm run docs` runs it.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commands, help } from '../src/cli/dispatch.js'
import { errorCodes } from '../src/errors.js'
import { constructorOptions, type Method } from '../src/estimator/method.js'
import { estimators } from '../src/methods/index.js'
import { markdownOf } from '../src/options/describe.js'
import { interfaceOf, needsDevice, union } from '../src/options/typescript.js'
import { gpuRuns } from './bench/gpu-runs.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..')
const generated = (source: string): string => `<!-- Written by \`npm run docs\` from ${source}: change it there. -->`

/** Every file that is generated, whole or in part, by its path in the package. */
export function pages(): ReadonlyMap<string, string> {
  const methods = estimators.flatMap(({ method }) => [
    [`docs/${method.name}.md`, methodPage(method)] as const,
    [`src/methods/types/${method.name}.ts`, typesModule(method)] as const
  ])
  return new Map([
    ['docs/errors.md', errorsPage()],
    ['docs/api.md', apiPage()],
    ['docs/cli.md', cliPage()],
    ...methods,
    ['native/bench/gpu_runs.txt', gpuRuns()]
  ])
}

function methodPage(method: Method): string {
  const page = readFileSync(join(root, 'docs', `${method.name}.md`), 'utf8')
  const [start, end] = ['<!-- options: written by `npm run docs` -->', '<!-- /options -->']
  const [from, to] = [page.indexOf(start), page.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`docs/${method.name}.md has no place for its options: it needs the lines ${start} and ${end}`)
  return `${page.slice(0, from + start.length)}\n\n${presetTable(method)}${markdownOf(constructorOptions(method))}\n\n${page.slice(to)}`
}

/** The interface of a method's options, and the names that type its results. */
function typesModule(method: Method): string {
  const { name, title, presets, phases } = method
  const table = constructorOptions(method)
  const presetNames = Object.keys(presets)
  const page = `Options of {@link ${title}}; docs/${name}.md has them as a table.`
  return `/** Written by \`npm run docs\` from the tables in ../${name}.ts: change them there. */

${needsDevice(table) ? "import type { Device } from '../../options/table.js'\n\n" : ''}${interfaceOf(`${title}Options`, page, table)}
/** What types the results and events of {@link ${title}}. */
export interface ${title}Types {
  readonly method: '${name}'
  readonly options: ${title}Options
  readonly preset: ${presetNames.length > 0 ? union(presetNames) : 'null'}
  readonly phase:${wrapped(union(phases))}
}
`
}

/** A union as the formatter writes it after a member's name. */
const wrapped = (text: string): string => (text.length < 130 ? ` ${text}` : `\n    | ${text.replaceAll(' | ', '\n    | ')}`)

function presetTable({ presets, automatic }: Method): string {
  if (!automatic) return ''
  const rows = Object.entries(presets).map(([name, { adds, values, items }]) => {
    const settings = (given: object): string =>
      Object.entries(given)
        .map(([option, value]) => `${option} ${String(value)}`)
        .join(', ')
    const seen = Object.entries(items ?? {}).map(([option, count]) => `${option} at most as many as show ${count!.toLocaleString('en')} items`)
    return `| \`${name}\` | ${adds} | ${[settings(values), ...seen].join('; ')} |`
  })
  return `Presets; without one, images take \`${automatic.images}\` and other data \`${automatic.other}\`:\n\n| preset | what it adds | values |\n|---|---|---|\n${rows.join('\n')}\n\n`
}

function cliPage(): string {
  const sections = commands.map(command => `## ${command.name}\n\n\`\`\`\n${command.help().trimEnd()}\n\`\`\``)
  return `# Command line

${generated('the commands in src/cli')}

\`\`\`
${help().trimEnd()}
\`\`\`

Data go to stdout, everything else to stderr. With \`--json\`, stdout ends with one JSON object on one line; a failure is
\`{"error": {"code", "message"}}\`, with \`path\`, \`device\`, \`epoch\` and \`requiredBytes\` where they are known. Exit codes: 0, 1 for a failure (its
code is printed), 2 for wrong usage, 130 after Ctrl-C, which stops within one batch and saves what there is; a second Ctrl-C leaves at once.

${sections.join('\n\n')}
`
}

function errorsPage(): string {
  const sections = Object.entries(errorCodes).map(([code, { cause, cure }]) => `## ${code}\n\n${cause}\n\n${cure}`)
  return `# Errors

${generated('`errorCodes` in src/errors.ts')}

A mistake of the caller is a \`TypeError\` (the wrong type, an unknown name) or a \`RangeError\` (a value that is not accepted), with what was expected and what came. Everything else is a
\`DeepClusteringError\` with a \`code\`, which never changes its meaning between releases, and where they are known \`path\`, \`device\`, \`epoch\` and \`requiredBytes\`.
\`isDeepClusteringError(error)\` tells one, also one from another copy of the package. The command line prints the code, and with \`--json\` all of it; of its own it has
\`ERR_USAGE\` (exit code 2) and \`ERR_INTERRUPTED\` (130, after Ctrl-C).

${sections.join('\n\n')}
`
}

/** The line that begins an exported declaration, with its name. */
const declared = /^export (?:declare )?(?:abstract )?(?:class|interface|type|function|const) (\w+)/gm

interface Declaration {
  readonly name: string
  /** Its doc comment as text. */
  readonly doc: string
  readonly code: string
}

/** The declarations of `names` in a compiled module, in the module's order. */
function declarations(module: string, names: readonly string[]): readonly Declaration[] {
  const lines = declarationFile(module).split('\n')
  return lines.flatMap((line, start) => {
    const name = [...line.matchAll(declared)][0]?.[1]
    if (name === undefined || !names.includes(name)) return []
    const code = lines.slice(start, endOf(lines, start) + 1).join('\n')
    return [{ name, doc: docAbove(lines, start), code: publicPart(code.replace(/^export (declare )?/, '')) }]
  })
}

function declarationFile(module: string): string {
  return readFileSync(join(root, 'dist/src', module.replace(/\.js$/, '.d.ts')), 'utf8')
}

/** The line that ends the declaration that begins at `start`: all brackets closed, and nothing to follow. */
function endOf(lines: readonly string[], start: number): number {
  let depth = 0
  for (let index = start; index < lines.length; index++) {
    const line = lines[index]!
    if (!/^\s*(\/\*\*|\*)/.test(line)) for (const letter of line) depth += '{(['.includes(letter) ? 1 : '})]'.includes(letter) ? -1 : 0
    if (depth === 0 && /[;}]$/.test(line)) return index
  }
  throw new Error(`The declaration ${lines[start]} has no end`)
}

function docAbove(lines: readonly string[], start: number): string {
  if (!lines[start - 1]?.trimEnd().endsWith('*/')) return ''
  let first = start - 1
  while (!lines[first]!.startsWith('/**')) first--
  return docText(
    lines
      .slice(first, start)
      .join('\n')
      .replace(/^\/\*\*|\*\/$/g, '')
  )
}

function docText(comment: string): string {
  const text = comment
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim()
  const [prose, ...examples] = text.split(/^@example\n/m)
  const links = (part: string): string =>
    part
      .replace(/\{@link ([\w.]+)\}/g, '`$1`')
      .replace(/^@returns /gm, '\nReturns ')
      .replace(/^@param (\w+) /gm, '\n`$1`: ')
      .replace(/^@throws /gm, '\nThrows ')
  return [links(prose!.trim()), ...examples.map(example => `\`\`\`ts\n${example.trim()}\n\`\`\``)].join('\n\n')
}

/** A class without its private and protected members. */
function publicPart(code: string): string {
  return code.replace(/^ {4}#private;\n/gm, '').replace(/(?:^ {4}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^ {4}(?:protected|private) [\s\S]*?;\n/gm, '')
}

/** The names that each entry point of the package exports and none before it does. */
function apiPage(): string {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Record<string, { import: { types: string } } | string>
  }
  const told = new Set<string>()
  const parts = Object.entries(exports).flatMap(([entry, target]) => {
    if (typeof target === 'string') return []
    const sections = apiSections(target.import.types.replace('./dist/src/', ''), told)
    return entry === '.' || sections.length === 0 ? sections : [`# deep-clustering${entry.slice(1)}`, ...sections]
  })
  return `# API\n\n${generated('the declarations of the entry points in package.json')}\n\n${parts.join('\n\n')}\n`
}

function apiSections(entry: string, told: Set<string>): readonly string[] {
  const text = declarationFile(entry)
  const reexported = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';$/gm)].map(
    ([, list, module]) => [join(dirname(entry), module!), list!.split(',').map(name => name.trim().replace(/^type /, ''))] as const
  )
  const own = [...text.matchAll(declared)].map(match => match[1]!)
  return [...reexported, [entry, own] as const].flatMap(([module, all]) => {
    const names = all.filter(name => !told.has(name))
    const exported = moduleOf(module, names)
    const missing = names.filter(name => !exported.some(declaration => declaration.name === name))
    if (missing.length > 0) throw new Error(`No declaration of ${missing.join(', ')} in ${module}`)
    for (const name of names) told.add(name)
    return exported.map(({ name, doc, code }) => [`## ${name}`, doc, code && `\`\`\`ts\n${code.trim()}\n\`\`\``].filter(Boolean).join('\n\n'))
  })
}

/** What the API page says of the types that {@link typesModule} writes: their members stand on the method's own page. */
function aboutTypes(name: string, method: string): string {
  const of = name.replace(/(Options|Types)$/, '')
  return name.endsWith('Options')
    ? `What the constructor of \`${of}\` takes: an interface of the options in [${method}.md](${method}.md).`
    : `What types the results and events of \`${of}\`: its name, options, presets and phases, as \`MethodTypes\`.`
}

/** As {@link declarations}, following the re-exports of an index module. */
function moduleOf(module: string, names: readonly string[]): readonly Declaration[] {
  const method = /^methods\/types\/(.+)\.js$/.exec(module)?.[1]
  if (method) return names.map(name => ({ name, doc: aboutTypes(name, method), code: '' }))
  const here = declarations(module, names)
  const elsewhere = [...declarationFile(module).matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';$/gm)].flatMap(([, list, target]) => {
    const wanted = list!
      .split(',')
      .map(name => name.trim().replace(/^type /, ''))
      .filter(name => names.includes(name))
    return wanted.length > 0 ? moduleOf(join(dirname(module), target!), wanted) : []
  })
  return [...here, ...elsewhere]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, content] of pages()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    process.stderr.write(`${path}\n`)
  }
}
