// Masks secrets in the few texts that reach a log: paths and the excerpt of a refusal. Strict: already
// eight characters in a row of a secret are masked.

import { hiddenPart } from './hidden-part.ts'
import { hideKeys } from '../hide-keys.ts'
import type { Secret } from '../secrets/secret.ts'

const RUN = 8
const MASK = '*'
/** In a text up to this long, looking for its few runs in the values takes less than a set of all runs of these. */
const SHORT_TEXT = 100

export type MaskText = (text: string) => string

/** @param secrets - All that this process holds. */
export function createTextMask (secrets: readonly Secret[]): MaskText {
  const runs = runsOf(secrets.map((secret) => hiddenPart(secret.reveal())))
  if (runs.size === 0) return hideKeys
  return (text) => maskRuns(hideKeys(text), (run) => runs.has(run))
}

/** Masks values that are known for the moment only: what a client sent and the proxy removed. */
export function maskValues (text: string, values: readonly string[]): string {
  if (values.length === 0) return text
  const words = values.flatMap((value) => value.split(/\s+/)) // `Bearer X` and `Basic X` come as one value
    .sort((a, b) => b.length - a.length) // one may stand inside another
  let masked = text
  for (const word of words) if (word.length >= RUN / 2) masked = masked.replaceAll(word, MASK.repeat(word.length))
  const hidden = words.filter((word) => word.length >= RUN).map(hiddenPart)
  if (text.length <= SHORT_TEXT) return maskRuns(masked, (run) => hidden.some((part) => part.includes(run)))
  const runs = runsOf(hidden)
  return maskRuns(masked, (run) => runs.has(run))
}

function runsOf (values: readonly string[]): ReadonlySet<string> {
  const runs = new Set<string>()
  for (const value of values) {
    for (let at = 0; at + RUN <= value.length; at++) runs.add(value.slice(at, at + RUN))
  }
  return runs
}

/** @param isHidden - Of eight characters in a row. */
function maskRuns (text: string, isHidden: (run: string) => boolean): string {
  let hiddenTo = 0
  let shown = ''
  for (let at = 0; at + RUN <= text.length; at++) {
    if (!isHidden(text.slice(at, at + RUN))) continue
    if (at > hiddenTo) shown += text.slice(hiddenTo, at)
    const from = Math.max(at, hiddenTo)
    shown += MASK.repeat(at + RUN - from)
    hiddenTo = at + RUN
  }
  return shown + text.slice(hiddenTo)
}
