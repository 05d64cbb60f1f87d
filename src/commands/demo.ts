// The proxy in front of the sandbox: what it does, without an account. Either it runs and prints
// commands to paste, or (--once) it makes the calls itself and ends.

import { CONFIG_OPTIONS, textFlag } from './command.ts'
import type { Command, CommandContext } from './command.ts'
import { DEMO_CALLS, makeCall, pasteable } from './demo-calls.ts'
import type { DemoCall } from './demo-calls.ts'
import { demoSetup } from './demo-setup.ts'
import { rememberHangups } from './hangups.ts'
import { endOnDefect, openLog, runUntilSignal, serve } from './serve.ts'
import type { Log, Serving } from './serve.ts'
import { loadSandbox } from './sandbox.ts'
import { ProxyError } from '../errors.ts'
import type { Destination } from '../observe/destination.ts'

/** For the log lines of one call, of which the read-only calls about a refusal take the longest. */
const LOGGED_MS = 5000

export const demo: Command = {
  name: 'demo',
  summary: 'try it without an account: the proxy in front of a LangSmith stand-in',
  usage: '[--once] [--port PORT]',
  help: [
    '  --once       make three calls, print request, answer and log of each, and end',
    '  --port PORT  where the proxy listens (5764; with --once a free one)'
  ],
  options: { once: { type: 'boolean' }, port: CONFIG_OPTIONS.port },
  async run (context) {
    const { defaultWorld, startSandbox } = await loadSandbox()
    const world = defaultWorld()
    const sandbox = await startSandbox({ world })
    try {
      const once = context.flags.once === true
      const prepared = demoSetup(sandbox, world, textFlag(context.flags, 'port') ?? (once ? '0' : '5764'))
      const lines: string[] = []
      const log = openLog(prepared, once ? collectingIn(lines) : undefined)
      endOnDefect(log)
      const serving = await serve(prepared, log, context.version)
      return once ? await showCalls(serving, log, lines, context) : await showCommands(serving, log, context)
    } finally {
      await sandbox.close()
    }
  }
}

async function showCommands (serving: Serving, log: Log, { print }: CommandContext): Promise<number> {
  print([
    `langsmith-proxy demo: ${serving.url} stands before a LangSmith stand-in on this machine. No account, no key needed.`,
    'Paste these into another terminal and watch the log here. Ctrl-C ends it.',
    ...DEMO_CALLS.flatMap((call) => ['', `# ${call.about}`, pasteable(call, serving.url)]),
    '', ''
  ].join('\n'))
  rememberHangups().follow(() => { log.emit({ event: 'signal.ignored', signal: 'SIGHUP' }) })
  return runUntilSignal(serving, log)
}

async function showCalls ({ url, proxy }: Serving, log: Log, lines: string[], { print }: CommandContext): Promise<number> {
  let asExpected = true
  for (const [at, call] of DEMO_CALLS.entries()) {
    lines.length = 0
    const answer = await makeCall(call, url)
    await logged(lines, call)
    asExpected &&= answer.status === call.status
    print([
      `${at + 1}. ${call.about}`, '', pasteable(call, url), '',
      ...answer.lines.map((line) => `< ${line}`), '',
      ...lines.filter((text) => text !== '').flatMap((text) => text.trim().split('\n')).map((line) => `log: ${line}`), '', ''
    ].join('\n'))
  }
  await proxy.close()
  await log.close()
  if (!asExpected) throw new ProxyError('not-ready', 'an answer of the demo was not as expected', { hint: 'please report what it printed' })
  return 0
}

/** The log lines follow the end of the answer. */
async function logged (lines: readonly string[], call: DemoCall): Promise<void> {
  const end = performance.now() + LOGGED_MS
  while (lines.length < call.logLines && performance.now() < end) await new Promise((resolve) => { setTimeout(resolve, 10) })
}

function collectingIn (lines: string[]): Destination {
  return { write: (line) => { lines.push(line) }, lost: () => 0, onRecovery: () => {}, onFailure: () => {}, close: async () => true }
}
