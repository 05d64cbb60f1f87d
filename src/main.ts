#!/usr/bin/env node
// The process: arguments, environment, exit code. Everything else is in commands/ and below.

import './commands/process-one.ts'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { helpOf, overview } from './commands/help.ts'
import { parseCommandLine } from './commands/parse.ts'
import { exitCodeAfter, print, printed } from './commands/standard-output.ts'
import { tuneV8 } from './commands/v8-flags.ts'
import { describeFailure, ProxyError } from './errors.ts'

// Before anything is read that is secret: SIGUSR1 would open the inspector, through which every local
// process can read memory, and a crash report would hold the environment.
process.on('SIGUSR1', () => {})
Reflect.set(process.report, 'excludeEnv', true) // newer than the oldest Node that this runs on

tuneV8()

/** For what is still to be printed. */
const LAST_WORDS_MS = 2000

// What cannot be written is no reason to end at once: standard-output.ts remembers it.
process.stdout.on('error', () => {})

process.exitCode = await main()
void exitCodeAfter(process.exitCode).then((code) => { process.exitCode = code }) // not awaited: nothing may hold up the end
// A call to a keychain that does not answer cannot be cancelled, and would keep the process alive.
setTimeout(() => { process.exit() }, LAST_WORDS_MS).unref()

async function main (): Promise<number> {
  try {
    const version = versionOf()
    const line = parseCommandLine(process.argv.slice(2))
    switch (line.kind) {
      case 'version': print(`${version}\n`); return 0
      case 'overview': print(overview(version)); return 0
      case 'help': print(helpOf(line.command)); return 0
      case 'run': return await line.command.run({ env: takeEnvironment(), flags: line.flags, operands: line.operands, rest: line.rest, version, print, printed })
    }
  } catch (error) {
    return explain(error)
  }
}

// Keys do not stay where child processes and libraries would find them.
function takeEnvironment (): Readonly<Record<string, string | undefined>> {
  const env = { ...process.env }
  for (const name of Object.keys(process.env)) if (/key|token|secret|password/i.test(name)) Reflect.deleteProperty(process.env, name)
  return env
}

function explain (error: unknown): number {
  if (error instanceof ProxyError) {
    process.stderr.write(`error: ${setIn(error.message)}\nhint: ${setIn(error.hint)}\n`)
    return error.exitCode
  }
  const { name, reason, at } = describeFailure(error)
  process.stderr.write(`error: defect of langsmith-proxy: ${name} (${reason}) ${at ?? ''}\nhint: please report this line\n`)
  return 1
}

/** Lines after the first belong to it; some are set in already. */
function setIn (text: string): string {
  return text.replace(/\n(?! )/g, '\n  ')
}

/** package.json lies one folder up, from the sources as from the bundle. */
function versionOf (): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
  return version
}
