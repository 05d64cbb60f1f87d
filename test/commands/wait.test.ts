// Which of the listeners of a proxy `langsmith-proxy wait` asks. What it makes of the answers is in demo.test.ts.

import { createServer } from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { wait } from '../../src/commands/wait.ts'
import { NO_PROCESS_ONE, endProcessOne } from '../support/process-one.ts'

/** A listener that counts who asks it, with the Host they ask for. */
async function listener (t: Test, at: ListenOptions = { port: 0, host: '127.0.0.1' }): Promise<{ port: string, hosts: (string | undefined)[] }> {
  const hosts: (string | undefined)[] = []
  const server = createServer((request, response) => { hosts.push(request.headers.host); response.end() })
  t.teardown(() => { server.close(); server.closeAllConnections() })
  await new Promise<void>((resolve) => { server.listen(at, resolve) })
  return { port: String((server.address() as AddressInfo).port), hosts }
}

const once = (env: Record<string, string>, flags: Record<string, string> = {}): Promise<number> =>
  wait.run({ env, flags: { once: true, ...flags }, version: '', print: () => {} })

t.test('the admin listener goes first, then the socket, then the port; a flag goes before all', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lsp-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const path = join(folder, 'p.sock')
  const [main, admin, socket] = await Promise.all([listener(t), listener(t), listener(t, { path })])
  const counts = (): readonly number[] => [main, admin, socket].map(({ hosts }) => hosts.length)

  const env = { LANGSMITH_PROXY_PORT: main.port }
  t.equal(await once(env), 0)
  t.same(counts(), [1, 0, 0])
  t.equal(await once({ ...env, LANGSMITH_PROXY_LISTEN_SOCKET: path }), 0)
  t.same(counts(), [1, 0, 1])
  t.equal(socket.hosts[0], 'localhost', 'a name that the guard lets through')
  const all = { ...env, LANGSMITH_PROXY_LISTEN_SOCKET: path, LANGSMITH_PROXY_ADMIN_PORT: admin.port }
  for (const host of ['0.0.0.0', '127.0.0.1', 'localhost']) t.equal(await once({ ...all, LANGSMITH_PROXY_ADMIN_HOST: host }), 0, host)
  t.same(counts(), [1, 3, 1])
  t.equal(await once(all, { port: main.port }), 0)
  t.same(counts(), [2, 3, 1])
  t.equal(await once({ ...all, LANGSMITH_PROXY_PORT: '0' }), 0, 'also where the other port is not known')
  await t.rejects(once({ ...all, LANGSMITH_PROXY_ADMIN_PORT: '0' }, { port: '1' }), { code: 'not-ready', message: 'the proxy at http://localhost:1 is not ready' })
  await t.rejects(once({ LANGSMITH_PROXY_LISTEN_SOCKET: `${path}.gone` }), { code: 'not-ready', message: `the proxy at unix:${path}.gone is not ready` })
})

t.test('as process 1 of a container, where the kernel ignores signals that nobody listens for, it ends by one', { skip: NO_PROCESS_ONE }, async (t) => {
  t.equal(await endProcessOne(t, 'SIGTERM', ['wait', '--port', '1', '--max', '30s']), 143)
})
