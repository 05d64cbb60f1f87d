// The byte runs by which a secret is recognised where an upstream may echo it. Pure.

import { bareKey, hiddenPart } from './hidden-part.ts'
import type { Secret } from '../secrets/secret.ts'

/** Echoes are often cut short; so much of a run is as telling as the run. */
const TELLING_LENGTH = 16

/** Shorter values would be found in innocent text; such keys are allowed on loopback upstreams only. */
export const MASKABLE_LENGTH = 20

/** What is left of a secret behind its public prefix can be next to nothing; that is in every text. */
const SHORTEST_RUN = 8

export interface Pattern {
  /** The whole run, Latin-1. */
  readonly whole: string
  /** Its beginning; where this is found, all that follows of the run is masked with it. */
  readonly telling: string
}

/** What to look for: the forms of a secret; nothing for one that is too short to be masked. */
export function patternsOf (secret: Secret): readonly Pattern[] {
  if (secret.reveal().length < MASKABLE_LENGTH) return []
  const wholes = formsOf(secret).filter((whole) => whole.length >= SHORTEST_RUN)
  return wholes.map((whole) => ({ whole, telling: whole.slice(0, TELLING_LENGTH) }))
}

/** What is secret of a value, as it is, in JSON and in a URL, and base64 forms of the key. They can be short, even empty. */
export function formsOf (secret: Secret): readonly string[] {
  const value = secret.reveal()
  return [...writtenForms(hiddenPart(value)), ...base64Forms(bareKey(value))]
}

// Keys of LangSmith look the same everywhere; those of others may have quotes, signs or blanks inside.
function writtenForms (text: string): readonly string[] {
  const inUrl = encodeURIComponent(text.replace(/\p{Surrogate}/gu, '')) // a lone one cannot be encoded, nor be in a header
  return [...new Set([text, JSON.stringify(text).slice(1, -1), inUrl])]
}

// A value inside a longer text (`user:KEY`) has one of three base64 forms, by where it falls on the
// three-byte grid. The characters at the edges mix with the neighbours, so they are left out.
function base64Forms (value: string): readonly string[] {
  return [0, 1, 2].flatMap((offset) => {
    const bytes = Buffer.from(' '.repeat(offset) + value, 'latin1')
    const core = bytes.toString('base64url').slice(Math.ceil(offset * 4 / 3), Math.floor(bytes.length * 4 / 3))
    const standard = core.replaceAll('-', '+').replaceAll('_', '/')
    return core === standard ? [core] : [core, standard]
  })
}
