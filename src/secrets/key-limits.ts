// The few things that make a key impossible to use, as against merely odd (key-shape.ts).

import type { KeyShape } from './credential.ts'
import { KEY_ADVICE, NEW_KEY } from './key-advice.ts'

/** Shorter values are not masked in bodies, where they would match ordinary text. */
export const MIN_MASKED_LENGTH = 20
/** Far above any key, far below the limit that servers set for all headers together. */
const MAX_LENGTH = 4096

/** Whether a text can be the value of an HTTP header as it is: RFC 9110 section 5.5, latin1, no control character but the tab. */
export function isHeaderValue (text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text)
}

/** Where a key would be sent. */
export interface KeyTargets {
  /** To this machine only (a sandbox), where short keys are allowed. */
  readonly loopbackOnly: boolean
  /** Also to LangSmith's own hosts, whose keys never look like a placeholder; those of other servers may. */
  readonly langsmith: boolean
}

/**
 * Why a key cannot be used.
 *
 * @param key - Tidied, not empty.
 * @returns What follows "the key", or undefined when it can be used.
 */
export function whyUnusable (key: string, shape: KeyShape, { loopbackOnly, langsmith }: KeyTargets): string | undefined {
  if (shape.defects.includes('control-character')) return 'has a line break or another control character inside, which no header can carry'
  if (isMisplacedClientKey(key, langsmith)) return 'is a client key of a langsmith-proxy (lsp_), not a key of LangSmith'
  const isPlaceholder = shape.defects.includes('placeholder')
  // The … of an example is no slip of copying.
  if (isPlaceholder && (langsmith || !isHeaderValue(key))) return KEY_ADVICE.placeholder.says
  if (!isHeaderValue(key)) return 'has a character that no header can carry, often an invisible one from copying'
  if (key.length > MAX_LENGTH) return 'is far too long for a key'
  if (key.length >= MIN_MASKED_LENGTH || loopbackOnly) return undefined
  const why = isPlaceholder ? 'is a placeholder' : 'looks cut off'
  return `${why}: it is shorter than ${String(MIN_MASKED_LENGTH)} characters, which could not be masked in what comes back`
}

/**
 * What to do about a key that cannot be used: an action.
 *
 * @returns Undefined where nothing more exact helps than to store the key again.
 */
export function unusableFix (key: string, { defects }: KeyShape, { langsmith }: Pick<KeyTargets, 'langsmith'>): string | undefined {
  const telling = (['control-character', 'placeholder'] as const).find((defect) => defects.includes(defect))
  if (telling !== undefined) return KEY_ADVICE[telling].fix
  return isMisplacedClientKey(key, langsmith)
    ? `put a key of LangSmith there, which starts with lsv2_sk_ or lsv2_pt_ (if you have none, ${NEW_KEY}); the client key belongs into the program that calls the proxy`
    : undefined
}

/** Another server than LangSmith may be a proxy of this kind. */
function isMisplacedClientKey (key: string, langsmith: boolean): boolean {
  return langsmith && key.startsWith('lsp_')
}
