// The doctor and the end of a key: where it has the date from, and what it says where nobody tells.

import t from 'tap'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import { keyOf, sandboxFor } from '../sandbox/support.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'
import { linesOf, reportOf, runDoctor } from './doctor-support.ts'

const DAY_MS = 86_400_000
const KEYS = '/api/v1/api-key'

async function linesFor (t: Parameters<typeof reportOf>[0], url: string, key: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { routes } = await reportOf(t, { env: { LANGSMITH_API_KEY: key, LANGSMITH_ENDPOINT: url, ...env } })
  return linesOf(routes[0]?.findings)
}

t.test('it asks LangSmith about the end of a key that works, with diagnosis.probe: off too', async (t) => {
  const { keys, ...rest } = defaultWorld()
  const end = new Date(Date.now() + 10 * DAY_MS)
  const sandbox = await sandboxFor(t, { world: { ...rest, keys: keys.map((key) => key.name === 'service-us' ? { ...key, expiresAt: end } : key.name === 'org-scoped-us' ? { ...key, defaultWorkspace: key.workspaces[0] } : key) } })
  const { url } = sandbox.regions.us
  const on = end.toISOString().slice(0, 10)
  t.match(await linesFor(t, url, keyOf('service-us'), { LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'off' }), new RegExp(`^expiry warn: LangSmith says that the key ends on ${on}, in 10 days → create a new key`, 'm'))
  t.match(await linesFor(t, url, keyOf('viewer-us')), /^expiry skip: not known: this key may not list keys; LangSmith → Settings → API Keys shows it$/m)
  t.match(await linesFor(t, url, keyOf('org-scoped-us')), /^expiry ok: LangSmith says that the key has no end$/m)
  t.match(await linesFor(t, url, keyOf('good-us')), /^expiry skip: not known: LangSmith did not say when the key ends; /m, 'the list has no personal keys')

  const before = sandbox.requests.filter(({ url }) => url === KEYS).length
  t.match(await linesFor(t, url, keyOf('revoked-us')), /^expiry skip: env:LANGSMITH_API_KEY does not say when the key ends; /m)
  t.equal(sandbox.requests.filter(({ url }) => url === KEYS).length, before, 'a refused key is told nothing, so it is not asked')
})

t.test('an answer that is none is not known, and nothing of it is printed', async (t) => {
  const row = { short_key: `${TEST_KEY.slice(0, 12)}...${TEST_KEY.slice(-4)}`, expires_at: `${TEST_KEY}c4n4ry`, description: 'c4n4ry' }
  for (const [name, body, says] of [
    ['a key for a date', JSON.stringify([row]), /skip {2}expiry {7}not known: LangSmith did not say/],
    ['a page', '<html>c4n4ry</html>', /skip {2}expiry {7}not known: LangSmith did not say/],
    ['the date', JSON.stringify([{ ...row, expires_at: '2099-01-31T12:00:00Z' }]), /ok {4}expiry {7}LangSmith says that the key ends on 2099-01-31, in \d+ days\n/]
  ] as const) {
    const { url } = await startUpstream(t, { answer: (incoming, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(incoming.url === KEYS ? body : incoming.url === '/api/v1/info' ? '{"version":"1"}' : '[]')
    } })
    const { printed } = await runDoctor(t, { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: url } })
    t.match(printed, says, name)
    for (const part of ['c4n4ry', '5ca1', '1e00']) t.notOk(printed.includes(part), `${name}: ${part}`)
  }
})
