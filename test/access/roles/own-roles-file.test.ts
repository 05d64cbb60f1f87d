// Roles and policies as people use them: a config file and the program as a process.

import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { TEST_KEY } from '../../support/proxy.ts'
import { runProgram, startProgram } from '../../support/process.ts'
import { startUpstream } from '../../support/upstream.ts'

/** A file with one role as the policy of its one route. */
function fileFor (upstream: string, mode: 'enforce' | 'report'): string {
  return `credentials: { us: { apiKey: "env:KEY" } }
roles:
  reader: { mode: ${mode}, allow: ["GET /sessions/**"], deny: ["GET /sessions/secret"] }
routes: [{ prefix: /, upstream: "${upstream}", credential: us, policy: reader }]
`
}

t.test('a role that only reports lets requests pass and logs once what it would deny, and a reload makes it deny', async (t) => {
  const upstream = await startUpstream(t)
  const program = await startProgram(t, ['--config', 'config.yaml', '--log-level', 'debug'], { env: { KEY: TEST_KEY }, files: { 'config.yaml': fileFor(upstream.url, 'report') } })
  const send = async (method: string, path: string): Promise<number> => {
    const response = await fetch(program.url + path, { method, signal: AbortSignal.timeout(20_000) })
    await response.body?.cancel()
    return response.status
  }
  for (let i = 0; i < 3; i++) t.equal(await send('DELETE', '/api/v1/sessions/canary'), 200)
  t.equal(await send('GET', '/sessions/secret'), 200)
  t.equal(await send('GET', '/sessions'), 200)
  await program.until('role.would_deny', () => program.lines('role.would_deny').length >= 2 || undefined)
  t.match(program.lines('role.would_deny'), [
    { role: 'reader', of: 'policy', code: 'role-denied', method: 'DELETE', route: '/', detail: 'the role "reader" does not allow this DELETE on projects' },
    { role: 'reader', method: 'GET', detail: 'the role "reader" does not allow this GET on projects' }
  ])
  t.equal(program.lines('role.would_deny').length, 2, 'the same again is counted')
  t.equal(program.lines('request.denied').length, 0)
  t.match(program.lines('proxy.started'), [{ routes: [{ policy: 'reader' }] }])

  const seen = upstream.received.length
  writeFileSync(join(program.folder, 'next.yaml'), fileFor(upstream.url, 'enforce'), { mode: 0o600 })
  renameSync(join(program.folder, 'next.yaml'), join(program.folder, 'config.yaml'))
  program.child.kill('SIGHUP')
  await program.until('config.reloaded', () => program.lines('config.reloaded')[0])
  t.match(program.lines('config.reloaded')[0], { changed: ['roles.reader'], needs_restart: [] })
  t.equal(await send('DELETE', '/api/v1/sessions/canary'), 403)
  t.equal(await send('GET', '/sessions/secret'), 403)
  t.equal(upstream.received.length, seen)
  t.equal(await send('GET', '/sessions'), 200)
})

t.test('explain and check tell of the policy', async (t) => {
  const options = { env: { KEY: TEST_KEY }, files: { 'config.yaml': fileFor('http://127.0.0.1:9', 'enforce') } }
  const explained = await runProgram(t, ['explain', 'DELETE', '/sessions/x', '--json', '--config', 'config.yaml'], options)
  t.match(JSON.parse(explained.stdout), { denial: { code: 'role-denied', status: 403, detail: /"reader" does not allow this DELETE on projects/ } })
  t.equal(explained.code, 1)
  t.notMatch((await runProgram(t, ['explain', 'GET', '/sessions/x', '--json', '--config', 'config.yaml'], options)).stdout, /role-denied/)
  t.match((await runProgram(t, ['check', '--config', 'config.yaml'], options)).stdout, /^\/ \(policy reader\)/m)
  const reporting = { ...options, files: { 'config.yaml': fileFor('http://127.0.0.1:9', 'report') } }
  t.notMatch((await runProgram(t, ['explain', 'DELETE', '/sessions/x', '--json', '--config', 'config.yaml'], reporting)).stdout, /role-denied/)
})
