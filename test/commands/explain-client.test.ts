// "explain --client NAME" judges as that client would be judged; what it says is compared with what becomes of such
// a call with the client's key, which the command is never given.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { makeClientKey } from '../../src/access/clients/client-key.ts'
import { explain } from '../../src/commands/explain.ts'
import { parseCommandLine } from '../../src/commands/parse.ts'
import { ProxyError } from '../../src/errors.ts'
import { makeClients } from '../access/clients/support.ts'
import type { MadeClient } from '../access/clients/support.ts'
import { refuseLeak } from '../support/leaks.ts'
import { startProxy, TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

interface Explained { readonly code: number, readonly text: string, readonly stderr: string }

interface Stage {
  readonly explained: (...words: string[]) => Promise<Explained>
  /** Status and code of the answer that the client gets from a proxy with the same config. */
  readonly asked: (client: string, method: string, path: string) => Promise<{ readonly status: number, readonly code: string | undefined }>
  readonly received: () => number
  readonly secrets: readonly string[]
}

const MADE: Readonly<Record<string, MadeClient>> = {
  ana: { role: 'read-only' }, bo: { role: 'full', routes: ['/eu'] }, ci: { role: 'ingest-only' }, root: { role: 'admin' },
  old: { expires: Date.UTC(2026, 1, 1) }, lost: { until: Date.UTC(2026, 1, 1) }
}

async function stage (t: Test, { required = true } = {}): Promise<Stage> {
  const upstream = await startUpstream(t)
  const { live, file, keys } = await makeClients(t, MADE)
  const proxy = await startProxy(t, {
    routes: [{ upstream: upstream.url }, { upstream: upstream.url, prefix: '/eu', overrides: { policy: 'no-delete' } }],
    clients: live, env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: String(required) }
  })
  const config = join(file, '../config.yaml')
  const route = `upstream: "${upstream.url}", credential: us`
  writeFileSync(config, `listen: { port: 9 }\nclients: { required: ${String(required)} }\ncredentials: { us: { apiKey: "env:US_KEY" } }\nroutes: [{ prefix: /, ${route} }, { prefix: /eu, ${route}, policy: no-delete }]\n`)
  chmodSync(config, 0o600)
  return {
    secrets: Object.values(keys),
    received: () => upstream.received.length,
    async explained (...words) {
      const said = t.capture(process.stderr, 'write', () => true)
      try {
        const line = parseCommandLine(['explain', ...words, '--config', config])
        if (line.kind !== 'run') throw new Error('not run')
        let text = ''
        const code = await explain.run({ env: { US_KEY: TEST_KEY }, flags: line.flags, operands: line.operands, version: '0.0.0', print: (printed) => { text += printed } })
        return { code, text, stderr: said().map(({ args: [text] }) => String(text)).join('') }
      } finally {
        said.restore()
      }
    },
    async asked (client, method, path) {
      const response = await fetch(proxy.url + path, { method, headers: { 'x-api-key': keys[client] ?? '' } })
      await response.arrayBuffer()
      return { status: response.status, code: /code=([a-z-]+)/.exec(response.headers.get('x-langsmith-proxy') ?? '')?.[1] }
    }
  }
}

t.test('a client that is not there is told, and a key in the place of its name is not repeated', async (t) => {
  const { explained } = await stage(t)
  const key = makeClientKey('ana')
  for (const [name, message, hint] of [['anna', /there is no client anna/, /did you mean ana\?/], ['zz', /no client zz/, /clients list/], [key, /name of a client, never its key/, /clients list/]] as const) {
    const error: unknown = await explained('GET', '/runs', '--client', name).then(() => undefined, (thrown: unknown) => thrown)
    if (!(error instanceof ProxyError)) throw new Error(`accepted: ${name.slice(0, 8)}`)
    t.match(error, { code: 'usage-invalid', message, hint })
    refuseLeak('the message', `${error.message} ${error.hint}`, key)
  }
})

t.test('it foresees exactly what the proxy says to each client', async (t) => {
  const { explained, asked, secrets } = await stage(t)
  const calls = [
    'GET /api/v1/sessions', 'DELETE /api/v1/sessions/1', 'POST /runs/batch', 'GET /eu/api/v1/sessions', 'DELETE /eu/api/v1/sessions/1', 'POST /api/v1/api-key',
    'GET /-/live', 'GET /-/metrics', 'GET /-/refusals?x=1', 'GET /-/clients', 'GET /-/usage', 'GET /eu//x', 'GET /%2d/live', 'GET /%ff'
  ]
  const seen = new Set<string | undefined>()
  for (const client of Object.keys(MADE)) {
    for (const call of calls) {
      const [method = '', path = ''] = call.split(' ')
      const { status, code } = await asked(client, method, path)
      const { code: exit, text } = await explained(method, path, '--client', client, '--json')
      const { denial, client: as } = JSON.parse(text) as { denial?: { code: string, status: number }, client?: unknown }
      // Too many calls with a key that is over: how often somebody tries is nothing that a single call shows.
      t.equal(denial?.code, code === 'rate-limited' ? 'client-key-unknown' : code, `${client}: ${call}`)
      t.equal(exit, denial === undefined ? 0 : 1, `${client}: ${call}`)
      if (denial !== undefined && code !== 'rate-limited') t.equal(denial.status, status)
      t.same(as, { name: client, role: MADE[client]?.role ?? 'full' })
      refuseLeak('the page', text, ...secrets)
      seen.add(denial?.code)
    }
  }
  t.strictSame([...seen].sort(), ['client-key-unknown', 'endpoint-closed', 'request-ambiguous', 'role-denied', undefined])
})

t.test('it says whom it judges, and why it would be refused', async (t) => {
  const { explained, received } = await stage(t)
  const { code, text, stderr } = await explained('DELETE', '/api/v1/sessions/1', '--client', 'ana', '--send')
  t.equal(code, 1)
  t.equal(received(), 0, 'what the client may not do is not sent for it')
  t.match(text, /as client +ana, role read-only\n[^]*refused +by the proxy, with 403 role-denied: the role "read-only" does not allow this DELETE/)
  t.equal(stderr, '')
  t.match((await explained('GET', '/x', '--client', 'bo')).text, /client bo may use route \/eu only/)
  t.match((await explained('GET', '/x', '--client', 'old')).text, /401 client-key-unknown: client old has expired\n +→ .*clients rotate old --expires 90d/)
  const without = await explained('DELETE', '/api/v1/sessions/1')
  t.equal(without.code, 0, 'somebody: as before')
  t.match(without.stderr, /^note: client keys are required here; with --client NAME/)
})

t.test('where no key is required, the role of a client holds all the same, and pages are for this machine', async (t) => {
  const { explained, asked } = await stage(t, { required: false })
  for (const [method, path] of [['DELETE', '/api/v1/sessions/1'], ['GET', '/-/metrics']] as const) {
    const { code } = await asked('ana', method, path)
    const { text, stderr } = await explained(method, path, '--client', 'ana', '--json')
    t.equal((JSON.parse(text) as { denial?: { code: string } }).denial?.code, code, path)
    t.equal(stderr, '')
  }
})
