// Asks for the passphrase of the encrypted file.

import { openSync } from 'node:fs'
import process from 'node:process'
import { isatty, ReadStream } from 'node:tty'
import { askHidden, isTerminal, say } from './terminal.ts'
import { ProxyError } from '../errors.ts'
import { Secret } from '../secrets/secret.ts'
import type { AskPassphrase } from '../secrets/store/unlock.ts'

const STDERR = 2
/** An attacker who has the file can try as many as the key derivation of age lets through: about one a second. */
const MIN_LENGTH = 8
const ROUNDS = 3

/**
 * Asks on stdin. A new passphrase has eight characters, and is typed twice.
 *
 * @returns Undefined when stdin is no terminal.
 * @throws ProxyError `usage-invalid` when the two differ again and again.
 */
export const askPassphrase: AskPassphrase = async (purpose) => isTerminal() ? await askAt(process.stdin, purpose) : undefined

/**
 * The same, also where stdin brings something else, such as a key: then the terminal itself is opened.
 * Not for the proxy: the system stops what reads the terminal from the background.
 *
 * @returns Undefined when there is no terminal at all.
 */
export const askPassphraseBesideStdin: AskPassphrase = async (purpose) => {
  if (isTerminal()) return await askAt(process.stdin, purpose)
  const input = openTerminal()
  if (input === undefined) return undefined
  try {
    return await askAt(input, purpose)
  } finally {
    input.setRawMode(false)
    input.destroy()
  }
}

function openTerminal (): ReadStream | undefined {
  if (process.platform === 'win32' || !isatty(STDERR)) return undefined
  try {
    return new ReadStream(openSync('/dev/tty', 'r+'))
  } catch {
    return undefined // the process has no terminal, as under cron
  }
}

async function askAt (input: ReadStream, purpose: Parameters<AskPassphrase>[0]): Promise<Secret> {
  if (purpose === 'again') say('That passphrase does not open the file.')
  if (purpose !== 'new') return new Secret(await askHidden('Passphrase of the file with the stored keys', notEmpty, input))
  for (let round = 0; round < ROUNDS; round++) {
    const first = new Secret(await askHidden('New passphrase for the file with the stored keys; the proxy asks for it at each start', longEnough, input))
    if (first.equals(new Secret(await askHidden('The same passphrase again', notEmpty, input)))) return first
    say('The two are not the same.')
  }
  throw new ProxyError('usage-invalid', 'the passphrase and its repetition differ', { hint: 'try again, or use an age identity file: LANGSMITH_PROXY_STORE_IDENTITY_FILE' })
}

function notEmpty (answer: string): string | undefined {
  return answer === '' ? 'Type the passphrase, or press Ctrl-C to stop.' : undefined
}

function longEnough (answer: string): string | undefined {
  return answer.length >= MIN_LENGTH ? undefined : `Use ${String(MIN_LENGTH)} characters or more; four random words are good.`
}
