#!/usr/bin/env node
// The process: arguments, environment, exit code. Everything else is in commands/ and below.

import './commands/process-one.ts'
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { helpOf, overview } from './commands/help.ts'
import { parseCommandLine } from './commands/parse.ts'
import { exitCodeAfter, print, printed } from './commands/standard-output.ts'
import { describeFailure, ProxyError } from './errors.ts'

// Before anything is read that is secret: SIGUSR1 would open the inspector, through which every local
// process can read memory, and a crash report would hold the environment.
process.on('SIGUSR1', () => {})
Reflect.set(process.report, 'excludeEnv', true) // newer than the oldest Node that this runs on

// Node 24 lets short-lived objects pile up, and the buffers of a streamed body with them: a gigabyte took
// 110 MiB of memory, with this 33 MiB (test/upstream/memory.test.ts). Other versions do not know the flag
// or do not need it.
if (process.versions.node.startsWith('24.')) setFlagsFromString('--scavenger-max-new-space-capacity-mb=4')

// undici parses answers with WebAssembly. After the few answers that the checks of a start get, V8 would optimise that, in 10 MB that it does not
// give back; with this it does so after ten or twenty. Only for versions that are known to have the flag: another one would print an error.
if (/^2[024]\./.test(process.versions.node)) setFlagsFromString('--wasm-tiering-budget=100000000')

// Left to itself, the V8 of Node 20 may let its heap grow to four times its size while small requests come. Two fifths more are enough for them, and
// took 10 to 30 MiB less; once large bodies have come, upstream/free-buffers.ts allows more, for good (docs/performance.md).
if (process.versions.node.startsWith('20.')) setFlagsFromString('--heap-growing-percent=40')

// What upstream/free-buffers.ts needs: the same as `node --expose-gc`, which cannot be asked for here. Later versions of Node
// were not slow with large bodies (docs/performance.md).
if (process.versions.node.startsWith('20.') && globalThis.gc === undefined) {
  setFlagsFromString('--expose-gc')
  Reflect.set(globalThis, 'gc', runInNewContext('gc')) // V8 gives it to contexts that are made while the flag is set
  setFlagsFromString('--no-expose-gc')
}

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
