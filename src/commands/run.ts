// Runs one command with a proxy of its own around it: nothing to start before and to stop after, and no key in the
// environment of the command.

import process from 'node:process'
import { textFlag } from './command.ts'
import type { Command, CommandContext } from './command.ts'
import { prepare, secretVariables } from './prepare.ts'
import type { Prepared } from './prepare.ts'
import { PASSED_SIGNALS, startChild } from './run/child.ts'
import type { Child } from './run/child.ts'
import { environmentFor } from './run/environment.ts'
import { endLog, endOnDefect, openLog, serve } from './serve.ts'
import type { Log, Serving } from './serve.ts'
import type { Config } from '../config/config.ts'
import { NO_LIMITS } from '../config/limits.ts'
import { ProxyError } from '../errors.ts'

export const run: Command = {
  name: 'run',
  summary: 'run one command with a proxy of its own; it gets the address and no key',
  usage: '[--config FILE] [--log-level LEVEL] [--quiet] -- COMMAND [ARGUMENT…]',
  help: [
    'For example: langsmith-proxy run -- curl \'{}/api/v1/sessions?limit=1\'',
    '             langsmith-proxy run -- python app.py',
    '',
    'The proxy listens on a free port of 127.0.0.1 until the command ends, wherever the settings say to listen. The command',
    'finds it in LANGSMITH_ENDPOINT and LANGCHAIN_ENDPOINT; one that leads to LangSmith becomes the route that leads there, so',
    'with a route /eu the address of the EU becomes that. In its arguments {} stands for the proxy: as {}, {}/path, --flag={}',
    'or NAME={}/path. Any other {}, inside of code, JSON or x/{}, stays as it is; a {} for find or xargs goes into sh -c.',
    '',
    'Its LANGSMITH_API_KEY is "local-proxy". Variables that hold a key (also as base64 or in a URL, or 16 letters of it), or',
    'name another workspace or profile, are not passed to it. OTEL_EXPORTER_OTLP_ENDPOINT and LANGSMITH_BASE_URL are set to',
    'the proxy if they lead to LangSmith, and left alone if they lead elsewhere.',
    '',
    'SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on. Not so SIGINT and SIGQUIT at a terminal, where Ctrl-C reaches the',
    'command by itself: to end it from elsewhere, send SIGTERM. The exit code is that of the command, 128 + n if signal n ended',
    'it; 127 if there is none of this name.',
    '',
    '  --config FILE      YAML or JSON, as for start; where it says to listen does not count here',
    '  --log-level LEVEL  of the proxy, on stderr: debug, info, warn, error or silent (warn, whatever the settings say)',
    '  --quiet            only errors'
  ],
  options: { config: { type: 'string' }, 'log-level': { type: 'string' }, quiet: { type: 'boolean' } },
  takesRest: true,
  async run (context) {
    const [command, ...args] = context.rest ?? []
    if (command === undefined || command === '') {
      throw new ProxyError('usage-invalid', `the command to run is ${command === undefined ? 'missing' : 'empty'}`, { hint: 'put it after --, as in langsmith-proxy run -- curl {}/info' })
    }
    const prepared = await prepare({ env: context.env, flags: { ...withLogLevel(context.flags), host: HOST } })
    const own = { ...prepared, config: alone(prepared.config), notices: prepared.notices.filter(({ code }) => !OF_ANOTHER_LISTENER.has(code)) }
    const log = openLog(own)
    endOnDefect(log)
    const serving = await serve(own, log, context.version)
    try {
      const { env, withheld, unroutedEndpoint } = environmentOf(context, prepared, serving)
      if (unroutedEndpoint !== undefined) log.emit({ event: 'config.noticed', ...unroutedNotice(unroutedEndpoint) })
      for (const name of withheld) log.emit({ event: 'config.noticed', ...withheldNotice(name) })
      const filled = args.map((word) => word.replace(ADDRESS, `$1${serving.url}`))
      return await passingSignals(() => startChild(command, filled, env), serving)
    } finally {
      await end(serving, log)
    }
  }
}

/** Given to the settings, too: what they refuse beyond loopback does not count here. */
const HOST = '127.0.0.1'

// A word, or its beginning, or what follows --flag= or NAME=. Everywhere else it is code, JSON, or for another program to fill in.
const ADDRESS = /^((?:-{0,2}[A-Za-z][\w.-]*=)?)\{\}(?=[/?]|$)/

/** Notices about where the proxy would listen, and to whom. */
const OF_ANOTHER_LISTENER: ReadonlySet<string> = new Set(['listen-unauthenticated', 'listen-address-unused', 'endpoint-is-proxy', 'clients-none', 'personal-key-shared', 'limits-unnamed'])

/** The output of the command is what people want to see. */
function withLogLevel (flags: CommandContext['flags']): CommandContext['flags'] {
  return flags.quiet === true ? flags : { ...flags, 'log-level': textFlag(flags, 'log-level') ?? 'warn' }
}

/** The same settings, on a port that nobody else knows. The command itself shows soon enough whether the key works. */
function alone (config: Config): Config {
  return {
    ...config,
    clients: { ...config.clients, required: false }, // the command has no key of its own, and needs none
    listen: { ...config.listen, host: HOST, port: 0, socket: undefined, tls: undefined, trustedProxies: [] }, admin: undefined,
    limits: NO_LIMITS, startup: { check: 'off' }, drain: { ...config.drain, delay: 0 }
  }
}

function environmentOf ({ env }: CommandContext, { config, masks }: Prepared, { url }: Serving): ReturnType<typeof environmentFor> {
  return environmentFor(env, {
    url, usualPort: config.listen.port, routes: config.routes, taken: secretVariables(config), holdsKey: masks.keyFinder()
  })
}

function withheldNotice (name: string): { readonly code: string, readonly message: string, readonly hint: string } {
  return { code: 'variable-withheld', message: `${name} (environment) holds a key and was not passed to the command`, hint: 'the proxy adds the key; unset this variable to be rid of this line' }
}

function unroutedNotice (name: string): { readonly code: string, readonly message: string, readonly hint: string } {
  return { code: 'endpoint-unrouted', message: `${name} (environment): no route leads there; the command gets the address of the whole proxy`, hint: 'add a route with that upstream, or unset this variable' }
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
