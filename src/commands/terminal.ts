// Asks a person at the terminal. Questions go to stderr, so that stdout stays for what programs read.
//
// What is hidden is not shown as dots either: their number would tell the length of a passphrase.

import type { Key } from 'node:readline'
import process from 'node:process'
import { isatty } from 'node:tty'
import type * as Prompts from '@clack/prompts'
import { ProxyError } from '../errors.ts'
import { Secret } from '../secrets/secret.ts'

/** Why an answer cannot be taken, for the person to try again; undefined when it can. */
type Judge = (answer: string) => string | undefined

const STDIN = 0
const STDERR = 2
/** An attacker who has the file can try as many as the key derivation of age lets through: about one a second. */
const MIN_PASSPHRASE = 8
const PASSPHRASE_ROUNDS = 3

/** Whether somebody can be asked. Looks at no stream, because that would open it. */
export function isTerminal (): boolean {
  return isatty(STDIN) && isatty(STDERR)
}

/** Whether what is typed would be read as the content of stdin, visible to all. */
export function isTyped (): boolean {
  return isatty(STDIN)
}

/** Prints lines to stderr, for people: warnings, and what is going on. */
export function say (...lines: readonly string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(''))
}

/** Ends a command that could not do what was asked, in the form of every other error. @returns The exit code. */
export function fail (message: string, hint: string): 1 {
  say(`error: ${message}`, `hint: ${hint}`)
  return 1
}

/** One line that is not shown; blanks are kept. */
export function askHidden (message: string, judge: Judge): Promise<string> {
  return ask<string>(({ password }, common) => password({ ...common, message: `${message} (not shown)`, mask: '', clearOnError: true, validate: (answer) => judge(answer ?? '') }))
}

export function askText (message: string, judge: Judge): Promise<string> {
  return ask<string>(async ({ text }, common) => {
    const answer: unknown = await text({ ...common, message, validate: (given) => judge((given ?? '').trim()) })
    return typeof answer === 'string' ? answer.trim() : answer === undefined ? '' : CANCELLED
  })
}

export function askYesNo (message: string, proposal: boolean): Promise<boolean> {
  return ask<boolean>(({ confirm }, common) => confirm({ ...common, message, initialValue: proposal }))
}

export interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
}

/** @param choices - The first one is proposed. */
export function askChoice<Value extends string> (message: string, choices: readonly Choice<Value>[]): Promise<Value> {
  return ask<Value>(async ({ select }, common) => {
    const answer = await select<string>({ ...common, message, options: choices.map(({ value, label }) => ({ value, label })), showInstructions: false })
    return choices.find(({ value }) => value === answer)?.value ?? CANCELLED
  })
}

/**
 * Asks for the passphrase of the encrypted file.
 *
 * @param purpose - `new` asks twice and wants eight characters.
 * @returns Undefined when there is no terminal.
 * @throws ProxyError `usage-invalid` when the two differ again and again.
 */
export async function askPassphrase (purpose: 'open' | 'new'): Promise<Secret | undefined> {
  if (!isTerminal()) return undefined
  if (purpose === 'open') return new Secret(await askHidden('Passphrase of the file with the stored keys', notEmpty))
  for (let round = 0; round < PASSPHRASE_ROUNDS; round++) {
    const first = new Secret(await askHidden('New passphrase for the file with the stored keys; the proxy asks for it at each start', longEnough))
    if (first.equals(new Secret(await askHidden('The same passphrase again', notEmpty)))) return first
    say('The two are not the same.')
  }
  throw new ProxyError('usage-invalid', 'the passphrase and its repetition differ', { hint: 'try again, or use an age identity file: LANGSMITH_PROXY_STORE_IDENTITY_FILE' })
}

function notEmpty (answer: string): string | undefined {
  return answer === '' ? 'Type the passphrase, or press Ctrl-C to stop.' : undefined
}

function longEnough (answer: string): string | undefined {
  return answer.length >= MIN_PASSPHRASE ? undefined : `Use ${String(MIN_PASSPHRASE)} characters or more; four random words are good.`
}

interface Common { readonly output: NodeJS.WriteStream, readonly withGuide: false, readonly signal: AbortSignal }

/** Stands for Ctrl-C and Ctrl-D. */
const CANCELLED = Symbol('cancelled')

/** Loads the library only now: no other command needs it. */
async function ask<Answer> (question: (prompts: typeof Prompts, common: Common) => Promise<Answer | symbol>): Promise<Answer> {
  const prompts = await import('@clack/prompts')
  const { stdin, stderr } = process
  if (stderr.columns === 0) stderr.columns = 80 // some terminals say so, and the library would break every line after one character
  const ended = new AbortController()
  const end = (): void => { ended.abort() }
  // The library waits for ever after Ctrl-D.
  const onKey = (_text: unknown, { ctrl, name }: Key): void => { if (ctrl === true && name === 'd') end() }
  stdin.on('keypress', onKey).once('end', end)
  try {
    const answer = await question(prompts, { output: stderr, withGuide: false, signal: ended.signal })
    return typeof answer === 'symbol' ? await interrupted() : answer
  } finally {
    stdin.off('keypress', onKey).off('end', end)
  }
}

/** What Ctrl-C does where nobody asks: shells see that a person stopped it (130). The library has put the terminal back. */
function interrupted (): Promise<never> {
  say('Stopped.')
  process.kill(process.pid, 'SIGINT')
  // Only where something in the process catches the signal.
  return new Promise(() => { setTimeout(() => { process.exit(130) }, 500) })
}
