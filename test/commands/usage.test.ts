// `langsmith-proxy usage` beside a proxy that runs, both as processes.

import t from 'tap'
import { makeClientKey } from '../../src/access/clients/client-key.ts'
import { clientsText } from '../../src/access/clients/clients-text.ts'
import type { UsagePage } from '../../src/admin/usage-page.ts'
import { clientOf } from '../access/clients/support.ts'
import { runProgram, startProgram } from '../support/process.ts'
import { startUpstream } from '../support/upstream.ts'

t.test('it tells who used what since the start, by client, route or path, and what of a budget is spent', async (t) => {
  const upstream = await startUpstream(t, { answer: ({ url = '' }, response) => {
    if (url.includes('many')) response.writeHead(429, { 'retry-after': '7' }).end('{}')
    else if (url.includes('refused')) response.writeHead(403, { 'content-type': 'application/json' }).end('{"detail":"Forbidden"}')
    else response.end('0123456789')
  } })
  const keys = { ana: makeClientKey('ana'), bo: makeClientKey('bo') }
  const folder = t.testdir({
    'config.yaml': `
startup: { check: "off" }
diagnosis: { probe: "off" }
pacing: { budgets: { query: 10/1h } }
credentials: { us: { apiKey: "env:KEY" } }
routes:
  - { prefix: /, upstream: "${upstream.url}", credential: us }
  - { prefix: /eu, upstream: "${upstream.url}", credential: us }
`,
    'clients.yaml': clientsText(new Map([['ana', clientOf('ana', keys.ana)], ['bo', clientOf('bo', keys.bo)]]))
  })
  const env = { KEY: `lsv2_pt_${'5ca1ab1e'.repeat(4)}_5ca1ab1e00`, LANGSMITH_PROXY_SECRETS_ALLOW_LOOSE_FILE_MODES: 'true' }
  const file = `${folder}/config.yaml`
  t.match(await runProgram(t, ['usage', '--config', file, '--port', '1'], { env }), { code: 1, stderr: /no langsmith-proxy answers/ })

  const proxy = await startProgram(t, ['--config', file], { env })
  const usage = (...flags: readonly string[]): ReturnType<typeof runProgram> => runProgram(t, ['usage', ...flags, '--config', file, '--port', String(proxy.port)], { env })
  const call = async (path: string, key?: string, body?: string): Promise<number> => {
    const response = await fetch(proxy.url + path, { method: body === undefined ? 'GET' : 'POST', headers: key === undefined ? {} : { 'x-api-key': key }, ...(body === undefined ? {} : { body }) })
    await response.text()
    return response.status
  }
  t.match(await usage(), { code: 0, stderr: '', stdout: /no request has reached a route yet/ })
  for (let i = 0; i < 3; i++) t.equal(await call('/api/v1/runs/query', keys.ana, 'four'), 200)
  t.equal(await call('/eu/sessions', keys.bo), 200)
  t.equal(await call('/refused'), 403)
  t.equal(await call('/feedback/many'), 429)

  const page = JSON.parse((await usage('--json')).stdout) as UsagePage
  t.strictSame(page.usage.map(({ client, route, path, requests, bytes_in: sent, refused, too_many: many }) => [client, route, path, requests, sent, refused, many]), [
    ['ana', '/', 'POST /runs/query', 3, 12, 0, 0], ['bo', '/eu', 'everything else', 1, 0, 0, 0], [null, '/', 'everything else', 1, 0, 1, 0], [null, '/', '/feedback', 1, 0, 0, 1]
  ])
  t.match(page.budgets.find(({ path }) => path === 'POST /runs/query'), { credential: 'us', limit: 10, seconds: 3600, used: 3, clients: [{ client: 'ana', used: 3 }] })
  t.match(page.budgets.find(({ path }) => path === '/feedback'), { limit: null, used: 0, blocked_s: Number })

  const byClient = (await usage()).stdout
  t.match(byClient, /^CLIENT +REQUESTS +SENT +RECEIVED +REFUSED +429 +HELD BACK$/m)
  t.match(byClient, /^ana +3 +12 B +30 B +0 +0 +0$/m)
  t.match(byClient, /^\(no client key\) +2 +0 B +\d+ B +1 +1 +0$/m)
  t.match(byClient, /^us +POST \/runs\/query +10 in 3600 s +30 % +ana 100 %$/m)
  t.match((await usage('--by', 'route')).stdout, /^\/eu +1 /m)
  t.match((await usage('--by', 'path')).stdout, /^POST \/runs\/query +3 /m)
  t.match(await usage('--by', 'day'), { code: 2, stderr: /--by takes client, route, path/ })
  for (const key of Object.values(keys)) t.notMatch(JSON.stringify(page), key.slice(8, 20))
})
