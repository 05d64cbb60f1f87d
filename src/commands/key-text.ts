// A key as a person or a program hands it over: read, trimmed, and judged before anything is done with it.

import process from 'node:process'
import { askHidden, isTerminal, isTyped, say } from './terminal.ts'
import { isLoopback } from '../config/addresses.ts'
import type { Upstream } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import type { KeyShape } from '../secrets/credential.ts'
import { KEY_ADVICE } from '../secrets/key-advice.ts'
import { unusableFix, whyUnusable } from '../secrets/key-limits.ts'
import { inspectKey, tidy } from '../secrets/key-shape.ts'
import { Secret } from '../secrets/secret.ts'

/** Far above any key. */
const MAX_BYTES = 64 * 1024

export interface GivenKey {
  readonly apiKey: Secret
  readonly shape: KeyShape
}

/**
 * Asks for the key where somebody is there to ask, else reads all of stdin; warns of what is odd about it.
 *
 * @param upstream - Where the key belongs; undefined where that is not known.
 * @throws ProxyError `secret-missing`, `secret-unusable`; `usage-invalid` when stdin is a terminal on which nothing can be asked.
 */
export async function takeKey (upstream: Pick<Upstream, 'hostname' | 'region'> | undefined): Promise<GivenKey> {
  const targets = { loopbackOnly: upstream !== undefined && isLoopback(upstream.hostname), langsmith: upstream?.region !== undefined }
  const why = (text: string): string | undefined => tidy(text) === '' ? 'is empty' : whyUnusable(tidy(text), inspectKey(text), targets)
  const text = isTerminal() ? await askKey(why) : await readStdin()
  const unusable = why(text)
  if (unusable !== undefined) {
    throw new ProxyError(tidy(text) === '' ? 'secret-missing' : 'secret-unusable', `the key on stdin ${unusable}`, {
      hint: unusableFix(tidy(text), inspectKey(text), targets) ?? 'give the key alone, exactly as LangSmith showed it'
    })
  }
  const shape = inspectKey(text)
  for (const defect of shape.defects) say(`warning: the key ${KEY_ADVICE[defect].says}; it is taken as it is`, `hint: ${KEY_ADVICE[defect].fix}`)
  return { apiKey: new Secret(tidy(text)), shape }
}

function askKey (why: (text: string) => string | undefined): Promise<string> {
  return askHidden('API key', (text) => {
    const unusable = why(text)
    return unusable === undefined ? undefined : `The key ${unusable}. Paste it again.`
  })
}

async function readStdin (): Promise<string> {
  if (isTyped()) throw new ProxyError('usage-invalid', 'the key would be shown while you type it, because stderr is not the terminal', { hint: 'do not redirect stderr, or pipe the key into stdin' })
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    pieces.push(piece)
    size += piece.length
    if (size > MAX_BYTES) throw new ProxyError('secret-unusable', 'stdin is longer than 64 KiB, so it is no key', { hint: 'pipe the key alone' })
  }
  return Buffer.concat(pieces).toString('utf8')
}
