// `exec:program args…`: a program that prints the value, such as `pass show langsmith`. No shell reads
// the command. The program gets the environment of the proxy without the variables that hold our secrets.

import { TextDecoder } from 'node:util'
import type { SecretReference } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import { parseOutput } from '../exec/program-output.ts'
import { wordsOf } from '../exec/program-words.ts'
import { MAX_OUTPUT_BYTES, runProgram, type Ending } from '../exec/run-program.ts'
import type { SourceOptions } from '../schemes.ts'
import type { SecretSource } from '../source.ts'

export type ExecSourceOptions = Pick<SourceOptions, 'env' | 'privateVariables' | 'timeout' | 'maskText' | 'ending'>

/** What to do, by errno. */
const NOT_STARTED: Readonly<Record<string, { readonly why: string, readonly hint: string }>> = {
  ENOENT: { why: 'was not found', hint: 'install the program or give its whole path; the proxy looks in its own PATH. For a script, see also that the program on its first line is there' },
  EACCES: { why: 'is not a program that the user who runs the proxy may run', hint: 'name an executable file; for a script, run chmod +x on it' }
}

/**
 * The program is run anew for each read. It is never "not there": one that is missing or fails could not
 * be asked, and one that prints nothing has an empty value.
 */
export function createExecSource (options: ExecSourceOptions): SecretSource {
  return {
    freshness: 'asked',
    async read (reference) {
      const run = await runProgram(reference.rest, reference.args ?? [], { env: publicPart(options), timeout: options.timeout, ending: options.ending })
      if (run.ending.kind !== 'exited' || run.ending.code !== 0) throw failure(reference, run.ending, wordsOf(run, options.maskText), options.timeout)
      // Bytes that are no UTF-8 become U+FFFD, which key-limits.ts refuses.
      return parseOutput(new TextDecoder('utf-8').decode(run.stdout), reference)
    },
    place: (reference) => `command ${reference.rest}`, // the arguments may hold anything
    nearNames: () => []
  }
}

function publicPart ({ env, privateVariables }: ExecSourceOptions): ExecSourceOptions['env'] {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !privateVariables.has(name)))
}

function failure (reference: SecretReference, ending: Ending, words: string, timeout: number): ProxyError {
  const { what, hint } = inWords(ending, timeout)
  const code = ending.kind === 'flood' ? 'secret-unusable' : 'secret-unreadable'
  return new ProxyError(code, `${reference.text} ${what}${words === '' ? '' : `; it said: ${words}`}`, { hint })
}

function inWords (ending: Ending, timeout: number): { readonly what: string, readonly hint: string } {
  const byHand = 'run the command by hand as the user who runs the proxy'
  switch (ending.kind) {
    case 'not-started': {
      const known = NOT_STARTED[ending.code]
      return known === undefined ? { what: `could not be started (${ending.code})`, hint: byHand } : { what: known.why, hint: known.hint }
    }
    case 'exited':
      return { what: `ended with exit code ${ending.code}`, hint: `${byHand}; it gets no input, and not the variables that hold keys of the proxy` }
    case 'signal':
      return { what: `was ended by ${ending.signal}`, hint: byHand }
    case 'timeout':
      return {
        what: `did not end within ${timeout < 1000 ? `${timeout} ms` : `${timeout / 1000} s`} and was stopped`,
        hint: `${byHand}: it must not ask for anything; if it is only slow, raise secrets.timeout`
      }
    case 'flood':
      return { what: `printed more than ${MAX_OUTPUT_BYTES / 1024} KiB, so it cannot be a key`, hint: 'let the program print nothing but the key' }
  }
}
