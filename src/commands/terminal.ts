// Asks a person at the terminal. Questions go to stderr, so that stdout stays for what programs read.
//
// What is hidden is not shown as dots either: their number would tell the length of a passphrase.

import type { Key } from 'node:readline'
import process from 'node:process'
import { isatty } from 'node:tty'
import type { ReadStream } from 'node:tty'
import type * as Prompts from '@clack/prompts'

/** Why an answer cannot be taken, for the person to try again; undefined when it can. */
type Judge = (answer: string) => string | undefined

const STDIN = 0
const STDERR = 2

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

/** One line that is not shown; blanks are kept. @param input - A terminal. */
export function askHidden (message: string, judge: Judge, input?: ReadStream): Promise<string> {
  return ask<string>(({ password }, common) => password({ ...common, message: `${message} (not shown)`, mask: '', clearOnError: true, validate: (answer) => judge(answer ?? '') }), input)
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

interface Common { readonly input: ReadStream, readonly output: NodeJS.WriteStream, readonly withGuide: false, readonly signal: AbortSignal }

/** Stands for Ctrl-C and Ctrl-D. */
const CANCELLED = Symbol('cancelled')

/** Loads the library only now: no other command needs it. */
async function ask<Answer> (question: (prompts: typeof Prompts, common: Common) => Promise<Answer | symbol>, input: ReadStream = process.stdin): Promise<Answer> {
  const prompts = await import('@clack/prompts')
  const { stderr } = process
  if (stderr.columns === 0) stderr.columns = 80 // some terminals say so, and the library would break every line after one character
  const ended = new AbortController()
  const end = (): void => { ended.abort() }
  // The library waits for ever after Ctrl-D.
  const onKey = (_text: unknown, { ctrl, name }: Key): void => { if (ctrl === true && name === 'd') end() }
  input.on('keypress', onKey).once('end', end)
  try {
    const answer = await question(prompts, { input, output: stderr, withGuide: false, signal: ended.signal })
    return typeof answer === 'symbol' ? await interrupted() : answer
  } finally {
    input.off('keypress', onKey).off('end', end)
  }
}

/** What Ctrl-C does where nobody asks: shells see that a person stopped it (130). The library has put the terminal back. */
function interrupted (): Promise<never> {
  say('Stopped.')
  process.kill(process.pid, 'SIGINT')
  // Only where something in the process catches the signal.
  return new Promise(() => { setTimeout(() => { process.exit(130) }, 500) })
}
