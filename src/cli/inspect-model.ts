/** What a saved model's folder holds; a part of `inspect`. Needs no addon. */

import { readConfig } from '../estimator/model-config.js'
import { estimatorOf } from '../methods/index.js'
import { loadModelFolder } from '../model-file/index.js'
import { written } from '../options/describe.js'
import type { CommandContext } from './command.js'

/**
 * Prints what the model in the folder `path` is: method, options, data it was fitted to, history, tensors.
 * @param json as one line of JSON
 * @returns the exit code
 * @throws DeepClusteringError ERR_FILE_NOT_FOUND, ERR_FILE_READ or ERR_FILE_FORMAT if the folder does not hold a model
 */
export async function inspectModel(path: string, json: boolean, context: CommandContext): Promise<number> {
  const folder = await loadModelFolder(path)
  const { method } = estimatorOf(folder.config)
  const { method: name, given, history, phases, ...config } = readConfig(folder.config, method)
  const tensors = Object.entries(folder.tensors).map(([tensor, { data, shape }]) => ({
    name: tensor,
    type: data.constructor.name.replace('Array', '').toLowerCase(),
    shape
  }))
  if (json) {
    context.stdout.write(`${JSON.stringify({ method: name, ...config, given, phases, history, tensors })}\n`)
    return 0
  }
  const last = history.at(-1)
  const line = (label: string, text: string): string => `${label.padEnd(12)}${text}\n`
  context.stdout.write(
    line('method', `${name}${config.preset === null ? '' : `, preset ${config.preset}`}`) +
      line('fitted to', `${config.n.toLocaleString('en')} items of shape [${config.shape.join(', ')}]`) +
      line('on', `${config.device} in ${config.precision}, seed ${config.seed}`) +
      line('finished', config.finished ? 'yes' : 'no: train … --resume continues it') +
      phases.map(phase => line('phase', `${phase.name}: ${phase.epochs} epochs, ${phase.seconds.toFixed(1)} s`)).join('') +
      (last
        ? line(
            'last epoch',
            Object.entries(last.values)
              .map(([key, value]) => `${key} ${value.toPrecision(4)}`)
              .join(', ')
          )
        : '') +
      line(
        'options',
        Object.entries(config.options)
          .map(([key, value]) => `${key}=${written(value)}`)
          .join(' ')
      ) +
      config.warnings.map(warning => line('warning', warning)).join('') +
      tensors.map(tensor => line('tensor', `${tensor.name} ${tensor.type} [${tensor.shape.join(', ')}]`)).join('')
  )
  return 0
}
