// Whether a text holds a key, for what is handed on as a whole or not at all. Less strict than the masks of the log: a PATH
// that is kept back because eight letters of it are in a key by chance does more harm than good.

import { formsOf } from './patterns.ts'
import type { Secret } from '../secrets/secret.ts'

export type KeyFinder = (text: string) => boolean

/** So many letters in a row are not in a text by chance. */
const RUN = 16
/** A shorter secret is in innocent texts; it counts where it is all of the text. */
const SHORTEST_FOUND = 8

// What lsv2_ begins is nothing else; the others begin inside of words, too (tools__search, my_lsp_server). In front of a
// key of the old form may stand what URLs and JSON write for a blank or the end of a line. No form is published: the old one
// is what secret scanners look for, and for a new one the digits of a key are enough.
const ANY_KEY = /lsv2_(?:pt|sk)_[A-Za-z0-9_-]{16}|(?:^|[^A-Za-z0-9]|%[0-9A-Fa-f]{2}|\\[nrt])ls__[A-Za-z0-9]{16}|lsp_[a-z][a-z0-9-]{0,39}_[0-9A-Za-z]{49}/i

/**
 * @param secrets - All that are known.
 * @returns A function that tells whether a text holds a key: one of LangSmith or of this proxy by its form, or one of the
 *   secrets, as it is or as JSON, URLs and base64 write it, whole or 16 characters of it.
 */
export function createKeyFinder (secrets: readonly Secret[]): KeyFinder {
  const forms = secrets.flatMap(formsOf).filter((form) => form.length >= SHORTEST_FOUND)
  const runs = new Set(forms.flatMap(runsOf))
  const short = forms.filter((form) => form.length < RUN)
  return (text) => ANY_KEY.test(text)
    || short.some((form) => text.includes(form))
    || runsOf(text).some((run) => runs.has(run))
    || secrets.some((secret) => secret.reveal() === text)
}

function runsOf (text: string): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - RUN + 1) }, (_, at) => text.slice(at, at + RUN))
}
