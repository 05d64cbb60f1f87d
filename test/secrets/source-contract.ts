// What every secret source has to do, whatever it reads from; the test of each source runs this.

import type { Test } from 'tap'
import type { SecretReference } from '../../src/config/config.ts'
import type { SecretSource } from '../../src/secrets/source.ts'

export interface ContractSetup {
  readonly source: SecretSource
  /** A reference to nothing. */
  readonly absent: SecretReference
  /** Makes a place that holds exactly this text. */
  readonly store: (text: string) => Promise<SecretReference>
}

export function testSourceContract (t: Test, { source, absent, store }: ContractSetup): void {
  t.test('contract: what is not there is undefined, not an error', async (t) => {
    t.equal(await source.read(absent), undefined)
  })

  t.test('contract: the text comes back as it is stored', async (t) => {
    for (const text of ['', '\n', 'value', ' value \r\n', 'höher']) t.equal(await source.read(await store(text)), text, JSON.stringify(text))
  })

  t.test('contract: the place is named, what it holds is not', async (t) => {
    const reference = await store('canary-value')
    t.match(source.place(reference), reference.rest)
    t.notMatch(JSON.stringify([source.place(reference), source.nearNames(absent), source.nearNames(reference)]), /canary-value/)
  })
}

export function referenceTo (scheme: string, rest: string, setAt = 'config.yaml:12 credentials.us.apiKey'): SecretReference {
  return { scheme, rest, text: `${scheme}:${rest}`, setAt }
}
