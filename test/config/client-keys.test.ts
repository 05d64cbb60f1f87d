// Client keys in the config: where the file is, and where the proxy may listen with them.

import t from 'tap'
import { failure, load } from './load-settings.ts'

const ROUTES = '\ncredentials: { us: { apiKey: "env:K" } }\nroutes: [{ prefix: /, region: us, credential: us }]\n'

t.test('the clients file is beside the config, unless it says otherwise', async (t) => {
  t.match(load(t, { file: ROUTES }).clients, { file: /\/clients\.yaml$/, required: false })
  t.match(load(t, { file: `clients: { file: team/keys.yaml, required: true }${ROUTES}` }).clients, { file: /\/team\/keys\.yaml$/, required: true })
  t.match(load(t, { env: { LANGSMITH_PROXY_CLIENTS_FILE: '/etc/keys.yaml', LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true' } }).clients, { file: '/etc/keys.yaml', required: true })
})

t.test('beyond this machine client keys are enough only where something in front speaks TLS', async (t) => {
  const beyond = { LANGSMITH_PROXY_HOST: '0.0.0.0' }
  const keys = { LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true' }
  const tls = { LANGSMITH_PROXY_LISTEN_BEHIND_TLS_PROXY: 'true' }
  const allowed = { LANGSMITH_PROXY_LISTEN_ALLOW_UNAUTHENTICATED: 'true' }
  t.match(failure(t, { env: beyond }), { code: 'listen-refused', message: /everyone who reaches the port/, hint: /clients add.*clients\.required: true.*behindTlsProxy.*allowUnauthenticated/ })
  t.match(failure(t, { env: { ...beyond, ...keys } }), { code: 'listen-refused', message: /^LANGSMITH_PROXY_HOST: .*plain text/, hint: /behindTlsProxy: true/ })
  t.match(failure(t, { env: { ...beyond, ...tls } }), { code: 'listen-refused', message: /^LANGSMITH_PROXY_LISTEN_BEHIND_TLS_PROXY: needs clients\.required/ })
  t.strictSame(load(t, { env: { ...beyond, ...keys, ...tls } }).notices, [])
  t.match(load(t, { env: { ...beyond, ...keys, ...allowed } }).notices, [{ code: 'listen-plain', message: /plain text/ }])
  t.match(load(t, { env: { ...beyond, ...tls, ...allowed } }).notices, [{ code: 'listen-unauthenticated' }])
})

// nginx on the same machine passes on what the whole network sends, and the proxy sees callers from 127.0.0.1.
t.test('on loopback too, what speaks TLS in front needs client keys', async (t) => {
  t.match(failure(t, { file: `listen: { behindTlsProxy: true }${ROUTES}` }), { code: 'listen-refused', message: /^config\.yaml:1 listen\.behindTlsProxy: needs clients\.required: true/ })
  t.strictSame(load(t, { file: `listen: { behindTlsProxy: true }\nclients: { required: true }${ROUTES}` }).notices, [])
})

t.test('a mistake elsewhere is not joined by a wrong one about the listener', async (t) => {
  const { message } = failure(t, { file: `listen: { host: 0.0.0.0, behindTlsProxy: true }\nclients: { required: true, fiel: x }${ROUTES}` })
  t.match(message, /^config\.yaml:2 clients\.fiel: there is no such setting; did you mean file\?/)
  t.notMatch(message, /listen/)
})
