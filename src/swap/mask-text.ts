// Masks secrets in the few texts that reach a log: paths and the excerpt of a refusal. Strict: already
// eight characters in a row of a secret are masked.

import { hiddenPart } from './hidden-part.ts'
import { hideKeys } from '../hide-keys.ts'
import type { Secret } from '../secrets/secret.ts'

const RUN = 8
const MASK = '*'

export type MaskText = (text: string) => string

/** @param secrets - All that this process holds. */
export function createTextMask (secrets: readonly Secret[]): MaskText {
  const runs = runsOf(secrets.map((secret) => secret.reveal()))
  return (text) => maskRuns(hideKeys(text), runs)
}

/** Masks values that are known for the moment only: what a client sent and the proxy removed. */
export function maskValues (text: string, values: readonly string[]): string {
  if (values.length === 0) return text
  const words = values.flatMap((value) => value.split(/\s+/)) // `Bearer X` and `Basic X` come as one value
    .sort((a, b) => b.length - a.length) // one may stand inside another
  return maskRuns(text, runsOf(words.filter((word) => word.length >= RUN)), words.filter((word) => word.length >= RUN / 2))
}

function runsOf (values: readonly string[]): ReadonlySet<string> {
  const runs = new Set<string>()
  for (const value of values) {
    const hidden = hiddenPart(value)
    for (let at = 0; at + RUN <= hidden.length; at++) runs.add(hidden.slice(at, at + RUN))
  }
  return runs
}

function maskRuns (text: string, runs: ReadonlySet<string>, words: readonly string[] = []): string {
  let masked = text
  for (const word of words) masked = masked.replaceAll(word, MASK.repeat(word.length))
  if (runs.size === 0) return masked
  let hiddenTo = 0
  let shown = ''
  for (let at = 0; at + RUN <= masked.length; at++) {
    if (!runs.has(masked.slice(at, at + RUN))) continue
    if (at > hiddenTo) shown += masked.slice(hiddenTo, at)
    const from = Math.max(at, hiddenTo)
    shown += MASK.repeat(at + RUN - from)
    hiddenTo = at + RUN
  }
  return shown + masked.slice(hiddenTo)
}
