/** A registry of packages on the loopback, with nothing in it but what is published there. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packageRoot } from '../../src/native/build-info.js'

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly output: string
}

/** Runs a program; unlike spawnSync, servers of this process go on meanwhile. */
export async function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (text: Buffer) => {
    stdout += text
  })
  child.stderr.on('data', (text: Buffer) => {
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, output: stdout + stderr }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  server.close()
  return port
}

export class LocalRegistry {
  readonly url: string
  /** Of package managers that ask this registry alone and keep everything in the registry's folder. */
  readonly environment: NodeJS.ProcessEnv
  readonly #server: ChildProcess

  private constructor(url: string, environment: NodeJS.ProcessEnv, server: ChildProcess) {
    this.url = url
    this.environment = environment
    this.#server = server
  }

  static async start(folder: string): Promise<LocalRegistry> {
    const url = `http://127.0.0.1:${await freePort()}`
    const config = join(folder, 'verdaccio.yaml')
    writeFileSync(
      config,
      `storage: ${join(folder, 'storage')}
auth:
  htpasswd:
    file: ${join(folder, 'htpasswd')}
uplinks: {}
packages:
  '**':
    access: $all
    publish: $all
max_body_size: 100mb
web:
  enable: false
log: { type: stdout, format: pretty, level: error }
`
    )
    writeFileSync(
      join(folder, 'npmrc'),
      `registry=${url}/\n//${url.replace('http://', '')}/:_authToken=nobody\nignore-scripts=true\naudit=false\nfund=false\nupdate-notifier=false\n`
    )
    const environment: NodeJS.ProcessEnv = {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: folder,
      npm_config_userconfig: join(folder, 'npmrc'),
      npm_config_cache: join(folder, 'npm-cache')
    }
    const bin = join(packageRoot, 'node_modules', 'verdaccio', 'bin', 'verdaccio')
    const server = spawn(process.execPath, [bin, '--config', config, '--listen', url], { cwd: folder, env: environment, stdio: 'ignore' })
    for (let i = 0; ; ++i) {
      if (
        await fetch(`${url}/-/ping`)
          .then(({ ok }) => ok)
          .catch(() => false)
      )
        break
      if (i === 300 || server.exitCode !== null) throw new Error('the local registry did not start')
      await sleep(100)
    }
    return new LocalRegistry(url, environment, server)
  }

  /** Publishes a folder or a packed package. */
  async publish(what: string): Promise<void> {
    const { code, output } = await run(
      'npm',
      ['publish', what, '--registry', this.url, '--access', 'public', '--no-provenance'],
      dirname(what),
      this.environment
    )
    if (code !== 0) throw new Error(`${what} could not be published:\n${output}`)
  }

  async stop(): Promise<void> {
    this.#server.kill()
    if (this.#server.exitCode === null) await once(this.#server, 'exit')
  }
}
