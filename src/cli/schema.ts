/** `schema [METHOD]`: the options of a method, or the files that `train --config` takes, as JSON Schema. */

import { constructorOptions, type Method } from '../estimator/method.js'
import { estimatorNamed, estimators } from '../methods/index.js'
import { columns } from '../options/describe.js'
import { objectSchema, schemaDocument } from '../options/json-schema.js'
import { optionTable, withoutRequired } from '../options/table.js'
import { asUsage, readArguments } from './arguments.js'
import type { Command } from './command.js'
import { runFileOptions } from './train.js'

const options = optionTable({})

/** The options of a constructor. */
function methodSchema(method: Method): object {
  const presets = Object.entries(method.presets).map(([name, { adds, values, items }]) => [
    name,
    { adds, values, ...(items && { itemsSeen: items }) }
  ])
  const body = objectSchema(constructorOptions(method), method.conditions)
  return schemaDocument(`${method.title}Options`, method.summary, {
    ...body,
    ...(presets.length > 0 && { 'x-presets': Object.fromEntries(presets) })
  })
}

/** A run as a file: what is not in it can be given as flags, so nothing but the method is required. */
function runSchema(): object {
  const runs = estimators.map(({ method }: { readonly method: Method }) => {
    const table = withoutRequired({ ...runFileOptions, ...constructorOptions(method) })
    const { properties, ...rest } = objectSchema(table, method.conditions) as { readonly properties: object }
    return { title: `train ${method.name}`, ...rest, properties: { method: { const: method.name }, ...properties }, required: ['method'] }
  })
  return schemaDocument('deep-clustering run', 'What `deep-clustering train --config FILE` takes', { type: 'object', oneOf: runs })
}

export const schema: Command = {
  name: 'schema',
  summary: 'Print the options of a method, or the files that train --config takes, as JSON Schema (2020-12)',
  help: () =>
    `deep-clustering schema [METHOD]\n\nPrints the JSON Schema of the constructor options of METHOD, or, without it, of the files that \`train --config\` takes: types, ranges,\nunits (x-unit), defaults, presets (x-presets) and what options ask of each other.\n\nMethods:\n${columns(estimators.map(({ method }) => [method.name, method.summary]))}\n`,
  async run(args, context) {
    const { positionals } = readArguments(options, args, ['[METHOD]'])
    const [name] = positionals
    const type = name === undefined ? undefined : asUsage(() => estimatorNamed(name))
    context.stdout.write(`${JSON.stringify(type ? methodSchema(type.method) : runSchema(), null, 2)}\n`)
    return 0
  }
}
