// Runs one command with a proxy of its own around it: nothing to start before and to stop after, and no key in the
// environment of the command.

import process from 'node:process'
import { textFlag } from './command.ts'
import type { Command, CommandContext } from './command.ts'
import { prepare } from './prepare.ts'
import type { Prepared } from './prepare.ts'
import { PASSED_SIGNALS, startChild } from './run/child.ts'
import type { Child } from './run/child.ts'
import { environmentFor } from './run/environment.ts'
import { endLog, endOnDefect, openLog, serve } from './serve.ts'
import type { Log, Serving } from './serve.ts'
import type { Config } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import { variablesOf } from '../secrets/resolve.ts'

export const run: Command = {
  name: 'run',
  summary: 'run one command with a proxy of its own; it gets the address and no key',
  usage: '[--config FILE] [--log-level LEVEL] [--quiet] -- COMMAND [ARGUMENT…]',
  help: [
    'For example: langsmith-proxy run -- curl \'{}/api/v1/sessions?limit=1\'',
    '             langsmith-proxy run -- python app.py',
    '',
    'The proxy listens on a free port of 127.0.0.1 until the command ends. The command finds it in LANGSMITH_ENDPOINT and',
    'LANGCHAIN_ENDPOINT, and in its arguments in place of {}, {}/path and --flag={}; a {} inside of code or JSON stays as',
    'it is, and { } is one that always does. Its LANGSMITH_API_KEY is "local-proxy": variables that hold a key, or name',
    'another workspace or profile, are not passed to it. OTEL_EXPORTER_OTLP_ENDPOINT and LANGSMITH_BASE_URL are set to the',
    'proxy if they lead to LangSmith, and left alone if they lead elsewhere.',
    'SIGINT, SIGTERM and SIGHUP are passed on. The exit code is that of the command; 127 if there is none of this name.',
    '',
    '  --config FILE      YAML or JSON, as for start; where it says to listen does not count here',
    '  --log-level LEVEL  of the proxy, on stderr: debug, info, warn, error or silent (warn, whatever the settings say)',
    '  --quiet            only errors'
  ],
  options: { config: { type: 'string' }, 'log-level': { type: 'string' }, quiet: { type: 'boolean' } },
  takesRest: true,
  async run (context) {
    const [command, ...args] = context.rest ?? []
    if (command === undefined) {
      throw new ProxyError('usage-invalid', 'the command to run is missing', { hint: 'put it after --, as in langsmith-proxy run -- curl {}/info' })
    }
    const prepared = await prepare({ env: context.env, flags: withLogLevel(context.flags) })
    const own = { ...prepared, config: alone(prepared.config), notices: prepared.notices.filter(({ code }) => !OF_ANOTHER_LISTENER.has(code)) }
    const log = openLog(own)
    endOnDefect(log)
    const serving = await serve(own, log, context.version)
    try {
      const { env, withheld } = environmentOf(context, prepared, serving)
      for (const name of withheld) log.emit({ event: 'config.noticed', ...withheldNotice(name) })
      const filled = [command, ...args].map((word) => word.replaceAll(ADDRESS, serving.url))
      return await passingSignals(() => startChild(filled[0] ?? command, filled.slice(1), env), serving)
    } finally {
      await end(serving, log)
    }
  }
}

// An argument of its own, the beginning of a URL, or what follows --flag=. Everywhere else it is code or JSON.
const ADDRESS = /^\{\}$|\{\}(?=\/)|(?<==)\{\}$/g

/** Notices about where the proxy would listen, and to whom. */
const OF_ANOTHER_LISTENER: ReadonlySet<string> = new Set(['listen-unauthenticated', 'listen-address-unused', 'endpoint-is-proxy', 'clients-none', 'personal-key-shared'])

/** The output of the command is what people want to see. */
function withLogLevel (flags: CommandContext['flags']): CommandContext['flags'] {
  return flags.quiet === true ? flags : { ...flags, 'log-level': textFlag(flags, 'log-level') ?? 'warn' }
}

/** The same settings, on a port that nobody else knows. The command itself shows soon enough whether the key works. */
function alone (config: Config): Config {
  return {
    ...config,
    clients: { ...config.clients, required: false }, // the command has no key of its own, and needs none
    listen: { ...config.listen, host: '127.0.0.1', port: 0, socket: undefined, tls: undefined, trustedProxies: [] }, admin: undefined,
    startup: { check: 'off' }, drain: { ...config.drain, delay: 0 }
  }
}

function environmentOf ({ env }: CommandContext, { config, masks: { maskText } }: Prepared, { url }: Serving): ReturnType<typeof environmentFor> {
  return environmentFor(env, {
    url, usualPort: config.listen.port, routes: config.routes, taken: variablesOf(config.credentials), holdsKey: (text) => maskText(text) !== text
  })
}

function withheldNotice (name: string): { readonly code: string, readonly message: string, readonly hint: string } {
  return { code: 'variable-withheld', message: `${name} (environment) holds a key and was not passed to the command`, hint: 'the proxy adds the key; unset this variable to be rid of this line' }
}

/** From here on no signal ends this process: while the command runs, they are the command's. */
async function passingSignals (start: () => Child, { proxy }: Serving): Promise<number> {
  let child: Child | undefined
  for (const name of PASSED_SIGNALS) {
    process.on(name, () => {
      if (child !== undefined) child.signal(name)
      else void proxy.close() // no more waiting for requests under way
    })
  }
  try {
    child = start()
    return await child.ended
  } finally {
    child = undefined
  }
}

async function end ({ proxy }: Serving, log: Log): Promise<void> {
  await endLog(log, await proxy.drain('end of the command'))
}
