import { inspect } from 'node:util'
import t from 'tap'
import { Secret } from '../../src/secrets/secret.ts'

t.test('a secret does not show wherever a value can end up by accident', async (t) => {
  const secret = new Secret('canary-value')
  const error = new Error('failed', { cause: secret })
  for (const text of [String(secret), 'text '.concat(secret.toString()), JSON.stringify({ secret }), inspect(secret), inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
    inspect(error), Object.keys(secret).join(), JSON.stringify(structuredClone(secret))]) {
    t.notMatch(text, /canary/)
  }
  t.equal(String(secret), '[secret]')
  t.equal(secret.reveal(), 'canary-value')
})

t.test('two secrets are told apart by their fingerprints', async (t) => {
  t.match(new Secret('a').fingerprint, /^[0-9a-f]{8}$/)
  t.equal(new Secret('a').fingerprint, new Secret('a').fingerprint)
  t.not(new Secret('a').fingerprint, new Secret('b').fingerprint)
})
