// Whether a shortened key, as LangSmith shows it in its list of keys, is that of a secret. The shortened form is a part of
// the secret: it is compared here and goes nowhere.

import { hiddenPart } from './hidden-part.ts'
import type { Secret } from '../secrets/secret.ts'

/** Of what is secret, on each side: with the 8 hex digits of both, another key fits once in four thousand million. */
const LEAST_EACH_SIDE = 4

/** Beginning, dots, end. The beginning has the public prefix of the key, such as lsv2_sk_. How LangSmith writes it is UNCONFIRMED (docs/langsmith-api.md, section 3.1). */
const SHORT_FORM = /^([^.…]+)(?:\.{2,}|…)([^.…]+)$/

/** @param shortKey - Such as `lsv2_sk_abcd...wxyz`; a form that shows less, or no end, is nobody's. */
export function isShortOf (shortKey: string, secret: Secret): boolean {
  const [, begin = '', end = ''] = SHORT_FORM.exec(shortKey) ?? []
  const value = secret.reveal()
  const publicLength = value.length - hiddenPart(value).length
  return begin.length >= publicLength + LEAST_EACH_SIDE && end.length >= LEAST_EACH_SIDE
    && begin.length + end.length < value.length && value.startsWith(begin) && value.endsWith(end)
}
