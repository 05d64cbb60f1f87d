// No client key and no hash of one is in anything that the program says. It runs as a process, as people have it, and
// is called with keys that are right, wrong and revoked, in every place where a key can stand.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { basic } from './support.ts'
import { makeClientKey } from '../../../src/access/clients/client-key.ts'
import { refuseLeak } from '../../support/leaks.ts'
import { runProgram, startProgram } from '../../support/process.ts'
import { TEST_KEY } from '../../support/proxy.ts'
import { startUpstream } from '../../support/upstream.ts'

/** Ways of showing a key: as they are meant, and as mistakes have it. */
const WAYS: Readonly<Record<string, (key: string) => { readonly path: string, readonly headers: Readonly<Record<string, string>> }>> = {
  'X-API-Key': (key) => ({ path: '/runs', headers: { 'x-api-key': key } }),
  Bearer: (key) => ({ path: '/runs', headers: { authorization: `Bearer ${key}` } }),
  'Bearer that is forgotten': (key) => ({ path: '/runs', headers: { authorization: key } }),
  'Basic with a name': (key) => ({ path: '/runs', headers: { authorization: basic('ana', key) } }),
  'Basic without': (key) => ({ path: '/refused', headers: { authorization: basic(key, '') } }),
  query: (key) => ({ path: `/runs?api_key=${key}&x=${key}`, headers: {} }),
  path: (key) => ({ path: `/${key}/${key}`, headers: { 'x-api-key': key } }),
  'another header': (key) => ({ path: '/runs', headers: { 'user-agent': key, 'x-request-id': key, cookie: `k=${key}` } })
}

t.test('neither a client key nor its hash is in what the program says, writes or shows', async (t) => {
  const upstream = await startUpstream(t, { answer: (incoming, response) => {
    // What a server may do: tell back what it was asked.
    const isRefused = incoming.url?.includes('refused') === true
    response.writeHead(isRefused ? 403 : 200, { 'content-type': 'application/json' }).end(JSON.stringify({ detail: isRefused ? 'Forbidden' : 'ok' }))
  } })
  const folder = t.testdir({ 'config.yaml': `log: { level: debug }
clients: { required: true }
audit: { file: audit.jsonl }
credentials: { us: { apiKey: "env:US_KEY" } }
routes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]
` })
  const config = join(folder, 'config.yaml')
  const env = { US_KEY: TEST_KEY }
  const clients = (...words: string[]): ReturnType<typeof runProgram> => runProgram(t, ['clients', ...words, '--config', config])
  const said: Record<string, string> = {}
  const add = async (name: string, role: string): Promise<string> => {
    const { stdout, stderr } = await clients('add', name, '--role', role)
    said[`stderr of add ${name}`] = stderr
    return stdout.trim()
  }
  const keys = { ana: await add('ana', 'full'), bo: await add('bo', 'read-only'), root: await add('root', 'admin') }
  const hashes = (): readonly string[] => [...readFileSync(join(folder, 'clients.yaml'), 'utf8').matchAll(/[0-9a-f]{64}/g)].map(([hash]) => hash)
  const [allHashes, wrong] = [hashes(), makeClientKey('ana')]
  t.equal(allHashes.length, 3)

  const proxy = await startProgram(t, ['--config', config], { env })
  const call = async (path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> => {
    const response = await fetch(proxy.url + path, { headers })
    said[`the answer to ${String(Object.keys(said).length)}`] = `${[...response.headers].join('\n')}\n${await response.text()}`
    return response.status
  }
  const statuses = new Set<number>()
  const everyWay = async (key: string): Promise<void> => {
    for (const way of Object.values(WAYS)) {
      const { path, headers } = way(key)
      statuses.add(await call(path, headers))
    }
  }
  await everyWay(keys.ana)
  await everyWay(keys.bo)
  await everyWay(wrong)
  await everyWay(`${keys.ana.slice(0, -1)}~`)
  said['the end of bo'] = Object.values(await clients('revoke', 'bo')).join('\n')
  await proxy.until('the end of bo', async () => await call('/runs', { 'x-api-key': keys.bo }) !== 200 || undefined)
  await everyWay(keys.bo)
  t.ok([200, 401, 403].every((status) => statuses.has(status)), 'served, refused by the proxy, refused by LangSmith')

  for (const page of ['/-/metrics', '/-/refusals', '/-/clients', '/-/ready']) t.equal(await call(page, { 'x-api-key': keys.root }), 200, page)
  const port = ['--port', String(proxy.port)]
  for (const words of [['explain', 'GET', '/runs', '--client', 'ana', '--json', ...port], ['explain', 'GET', `/runs?api_key=${keys.ana}`, ...port], ['check', '--json'], ['clients', 'list', '--json']]) {
    const { stdout, stderr } = await runProgram(t, [...words, '--config', config], { env: { ...env, LANGSMITH_PROXY_LISTEN_PORT: String(proxy.port) } })
    said[words.slice(0, 2).join(' ')] = stdout + stderr
  }
  const asAdmin = await runProgram(t, ['clients', 'list', '--config', config], { env: { LANGSMITH_PROXY_PORT: String(proxy.port), LANGSMITH_API_KEY: keys.root } })
  t.match(asAdmin.stdout, /^ana .* ago$/m)
  said['the list for an admin'] = asAdmin.stdout + asAdmin.stderr
  proxy.child.kill('SIGTERM')
  const ended = await proxy.end()
  Object.assign(said, { stdout: ended.stdout, 'the log': ended.stderr, 'the audit file': readFileSync(join(folder, 'audit.jsonl'), 'utf8') })
  t.match(said['the audit file'], /"client":"ana"/)
  t.match(said['the log'], /request\.denied/)

  const secrets = [keys.ana, keys.bo, keys.root, wrong]
  const coded = secrets.flatMap((key) => [basic('ana', key), basic(key, '')].map((header) => header.slice('Basic '.length)))
  const digests = [...allHashes, ...secrets.flatMap((key) => (['hex', 'base64'] as const).map((form) => createHash('sha256').update(key).digest(form)))]
  for (const [place, text] of Object.entries(said)) refuseLeak(place, text, ...secrets, ...coded, ...digests)
  for (const { rawHeaders } of upstream.received) refuseLeak('what went upstream', rawHeaders.join('\n'), ...secrets, ...coded)
})
