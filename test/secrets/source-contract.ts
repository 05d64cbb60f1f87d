// What every secret source has to do, whatever it reads from; the test of each source runs this.

import { isAbsolute } from 'node:path'
import type { Test } from 'tap'
import type { SecretReference } from '../../src/config/config.ts'
import type { SecretSource } from '../../src/secrets/source.ts'

export interface ContractSetup {
  readonly source: SecretSource
  /** A reference to nothing; none where a source cannot tell that nothing is there. */
  readonly absent?: SecretReference
  /** Makes a place that holds exactly this text. */
  readonly store: (text: string) => Promise<SecretReference>
  /** Texts that the source can hold; where some cannot be held, the others. */
  readonly texts?: readonly string[]
}

const TEXTS = ['', '\n', 'value', ' value \r\n', 'höher']

export function testSourceContract (t: Test, { source, absent, store, texts = TEXTS }: ContractSetup): void {
  if (absent !== undefined) {
    t.test('contract: what is not there is undefined, not an error', async (t) => { t.equal(await source.read(absent), undefined) })
  }

  t.test('contract: the text comes back as it is stored', async (t) => {
    for (const text of texts) t.equal((await source.read(await store(text)))?.text, text, JSON.stringify(text))
  })

  t.test('contract: the place is named, what it holds is not', async (t) => {
    const reference = await store('canary-value')
    t.match(source.place(reference), reference.rest)
    const near = [absent, reference].map((asked) => asked === undefined ? [] : source.nearNames(asked))
    t.notMatch(JSON.stringify([source.place(reference), near]), /canary-value/)
  })

  t.test('contract: a change can be noticed', async (t) => {
    const reference = await store('canary-value')
    if (source.freshness !== 'asked') t.equal(source.files !== undefined, source.freshness === 'watched')
    for (const path of source.files?.(reference) ?? []) t.ok(isAbsolute(path), path)
  })
}

export function referenceTo (scheme: string, rest: string, setAt = 'config.yaml:12 credentials.us.apiKey'): SecretReference {
  return { scheme, rest, text: `${scheme}:${rest}`, setAt }
}

/** `scheme:rest#field`. */
export function fieldOf (scheme: string, rest: string, field: string): SecretReference {
  return { ...referenceTo(scheme, rest), field, text: `${scheme}:${rest}#${field}` }
}

/** `exec:program args…`, as the config makes it: the arguments are not in its text. */
export function commandTo (program: string, ...args: readonly string[]): SecretReference {
  return { ...referenceTo('exec', program), args, text: `exec:${program}${args.length === 0 ? '' : ' …'}` }
}
