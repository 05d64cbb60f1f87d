import process from 'node:process'
import { readFileSync } from 'node:fs'
import { textFlag } from './command.ts'
import type { Command } from './command.ts'
import { ProxyError } from '../errors.ts'
import type * as Sandbox from '../sandbox/index.ts'
import type { World } from '../sandbox/world.ts'

// Four regions in a row, the first one beside the proxy's own port.
const FIRST_PORT = 5771

export const sandbox: Command = {
  name: 'sandbox',
  summary: 'run a LangSmith stand-in: four regions on four ports, fake keys, every refusal',
  usage: '[--port PORT] [--host HOST] [--world FILE] [--budgets]',
  help: [
    `  --port PORT   first of four ports (${FIRST_PORT}); 0 picks free ones`,
    '  --host HOST   where to listen (127.0.0.1)',
    '  --world FILE  who exists there, as YAML; --print-world shows the one it has',
    '  --budgets     answer 429 beyond the published budgets of a key, as LangSmith does',
    '  --print-world print that YAML and end'
  ],
  options: { port: { type: 'string' }, host: { type: 'string' }, world: { type: 'string' }, budgets: { type: 'boolean' }, 'print-world': { type: 'boolean' } },
  async run ({ flags, print }) {
    // Only loaded when used: the container image leaves the sandbox out.
    const { DEFAULT_WORLD_YAML, parseWorld, startSandbox, describeSandbox } = await loadSandbox()
    if (flags['print-world'] === true) {
      print(DEFAULT_WORLD_YAML)
      return 0
    }
    const file = textFlag(flags, 'world')
    const world = readWorldFile(parseWorld, file, DEFAULT_WORLD_YAML)
    const first = portOf(textFlag(flags, 'port') ?? String(FIRST_PORT))
    const ports = first === 0 ? {} : { us: first, eu: first + 1, apac: first + 2, aws: first + 3 }
    const running = await startSandbox({ world, ports, host: textFlag(flags, 'host') ?? '127.0.0.1', budgets: flags.budgets === true }).catch((cause: unknown) => {
      throw new ProxyError('listen-failed', `the sandbox cannot listen on ports ${first} to ${first + 3}`, { cause, hint: 'choose others with --port' })
    })
    print(`${describeSandbox(running, world).join('\n')}\n`)
    await new Promise((resolve) => { process.once('SIGINT', resolve).once('SIGTERM', resolve) })
    await running.close()
    return 0
  }
}

/** @throws ProxyError `not-available` in a build without sandbox. */
export async function loadSandbox (): Promise<typeof Sandbox> {
  try {
    return await import('../sandbox/index.ts')
  } catch (cause) {
    throw new ProxyError('not-available', 'this build has no sandbox', { cause, hint: 'use the npm package: npx langsmith-proxy sandbox' })
  }
}

function readWorldFile (parseWorld: (text: string) => World, file: string | undefined, usual: string): World {
  try {
    return parseWorld(file === undefined ? usual : readFileSync(file, 'utf8'))
  } catch (cause) {
    const problems = cause instanceof Error ? cause.message : 'unknown'
    throw new ProxyError('usage-invalid', `--world: ${problems}`, { cause, hint: 'langsmith-proxy sandbox --print-world shows a world that works' })
  }
}

function portOf (text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 0 && port <= 65_532) return port
  throw new ProxyError('usage-invalid', '--port takes a number from 0 to 65532')
}
