// Each defect of a key in a person's words, for the notices at start and for the diagnosis of a refusal.

import type { KeyDefect } from './credential.ts'

interface Advice {
  /** Follows "the key of credential …". */
  readonly says: string
  /** What to do: an action. */
  readonly fix: string
}

/** Where a new key is made. Source: docs.langchain.com/langsmith/create-account-api-key. */
export const NEW_KEY = 'create a new key at LangSmith → Settings → API Keys'

export const KEY_ADVICE: Readonly<Record<KeyDefect, Advice>> = {
  quotes: { says: 'has quotes around it', fix: 'remove the quotes where the key is kept' },
  'bearer-prefix': { says: 'starts with "Bearer "', fix: 'keep the key alone, without "Bearer "' },
  assignment: { says: 'starts with a name, as a line of a .env file does', fix: 'keep the key alone, without the name and the "=" or ":"' },
  placeholder: { says: 'is a placeholder, not a key', fix: `put a real key there; if you have none, ${NEW_KEY}` },
  legacy: { says: 'is a legacy key (ls__), which LangSmith refuses since October 2024', fix: NEW_KEY },
  'inner-blank': { says: 'has a blank inside', fix: 'remove the blank, or store the key again exactly as LangSmith showed it' },
  'control-character': { says: 'has a line break or another control character inside', fix: 'keep the key alone, on one line' },
  'non-ascii': { says: 'has a character that no key has, often an invisible one from copying', fix: 'type that part again, or store the key again from its source' },
  'wrong-length': { says: 'is not 51 characters long as LangSmith keys are, so it may be cut off', fix: `store the whole key again; if it is lost, ${NEW_KEY}` },
  'unknown-shape': { says: 'does not look like a LangSmith key, which starts with lsv2_pt_ or lsv2_sk_', fix: `check that it is a LangSmith key; if not, ${NEW_KEY}` }
}
