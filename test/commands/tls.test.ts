// TLS of the program as people start it: what stops the start, what a renewal does, and that the other commands find it.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { freePort } from '../support/free-port.ts'
import { createAuthority, selfSigned } from '../support/certificates.ts'
import type { Certificate } from '../support/certificates.ts'
import { runProgram, spawnProgram } from '../support/process.ts'
import type { Program } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { rawRequest } from '../support/raw.ts'
import { secureFiles, sendSecurely } from '../support/secure.ts'
import type { SecureFiles } from '../support/secure.ts'
import { startUpstream } from '../support/upstream.ts'

interface Running { readonly program: Program, readonly port: number, readonly files: SecureFiles, readonly env: Readonly<Record<string, string>> }

async function start (t: Test, pair: Certificate, more: Readonly<Record<string, string>> = {}): Promise<Running> {
  const upstream = await startUpstream(t)
  const files = secureFiles(t, pair)
  const port = await freePort()
  const env = { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_PROXY_PORT: String(port), ...files.env, ...more }
  const program = spawnProgram(t, [], { env })
  t.match(await program.until('the start', () => program.lines('proxy.started')[0]), { url: `https://localhost:${port}` })
  return { program, port, files, env }
}

t.test('a pair that cannot be used stops start and check, and the key is in no message', async (t) => {
  const [one, other] = [selfSigned(), selfSigned()]
  const files = secureFiles(t, { cert: one.cert, key: other.key })
  const env = { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_PROXY_PORT: '0', ...files.env }
  for (const args of [[], ['check']]) {
    const { code, stdout, stderr } = await runProgram(t, args, { env })
    t.equal(code, 2)
    t.match(stderr, /^error: listen\.tls\.key is not the private key of the certificate in listen\.tls\.cert\nhint: /)
    t.notMatch(stdout + stderr, other.key.split('\n')[1]?.slice(0, 16) ?? '-')
  }
  t.match(await runProgram(t, [], { env: { ...env, LANGSMITH_PROXY_LISTEN_TLS_CERT: '/none' } }), { code: 2, stderr: /\/none \(listen\.tls\.cert\) cannot be read \(ENOENT\)/ })
})

t.test('wait, doctor, explain and clients list find it by its very certificate, whatever names it has', async (t) => {
  const { env, port, program, files } = await start(t, createAuthority().issue({ names: ['langsmith-proxy.example.com'] }))
  t.match(await runProgram(t, ['wait', '--once'], { env }), { code: 0 })
  t.match(await runProgram(t, ['wait', '--once', '--host', '127.0.0.1', '--port', String(port)], { env }), { code: 0 })
  t.match((await runProgram(t, ['doctor'], { env })).stdout, `it runs at https://localhost:${port} and is ready`)
  t.match((await runProgram(t, ['explain', 'GET', '/runs'], { env })).stdout, `the proxy at https://localhost:${port} has seen no refusal`)
  t.match(await runProgram(t, ['explain', 'GET', '/runs', '--send'], { env }), { code: 0, stdout: /sent\s+200 from LangSmith/ })
  t.match(await runProgram(t, ['run', '--', 'sh', '-c', 'echo $LANGSMITH_ENDPOINT'], { env }), { code: 0, stdout: /^http:\/\/127\.0\.0\.1:/ })

  const other = secureFiles(t)
  const impostor = { ...env, LANGSMITH_PROXY_LISTEN_TLS_CERT: other.certFile }
  t.match(await runProgram(t, ['wait', '--once'], { env: impostor }), { code: 1, stderr: /is not ready: it shows another certificate than that of listen\.tls\.cert/ })
  t.match((await runProgram(t, ['doctor'], { env: impostor })).stdout, /another certificate/)
  t.match((await runProgram(t, ['wait', '--once'], { env: { ...env, LANGSMITH_PROXY_LISTEN_TLS_CERT: join(files.folder, 'none') } })).code, 1)

  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 0 })
})

t.test('clients list tells an admin who called, over TLS; stop uses the admin listener, which has none', async (t) => {
  const folder = secureFiles(t).folder
  const adminPort = await freePort()
  const more = {
    LANGSMITH_PROXY_CLIENTS_FILE: join(folder, 'clients.yaml'), LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true', LANGSMITH_PROXY_ADMIN_HOST: '127.0.0.1', LANGSMITH_PROXY_ADMIN_PORT: String(adminPort)
  }
  const pair = selfSigned()
  const { env, port, program } = await start(t, pair, more)
  const key = (await runProgram(t, ['clients', 'add', 'root', '--role', 'admin'], { env })).stdout.trim()
  const call = () => sendSecurely(t, port, pair, rawRequest('GET', '/runs', [`X-API-Key: ${key}`, 'Connection: close']))
  await program.until('the client to be known', async () => (await call()).status === 200 || undefined)
  t.match((await runProgram(t, ['clients', 'list'], { env: { ...env, LANGSMITH_API_KEY: key } })).stdout, /root\s+admin .* ago/)
  t.match(await runProgram(t, ['stop'], { env }), { code: 0 })
  t.match(await program.end(), { code: 0 })
})

t.test('a renewed pair is taken over when the files change and on SIGHUP; other paths need a restart', async (t) => {
  const [old, next] = [selfSigned(), selfSigned()]
  const files = secureFiles(t, old)
  const config = (cert: string): string => `listen: { port: 0, tls: { cert: ${cert}, key: ${files.keyFile} } }\ncredentials: { us: { apiKey: "env:LS_CREDENTIAL" } }\nroutes: [{ prefix: /, region: us, credential: us }]\n`
  const program = spawnProgram(t, ['--config', 'proxy.yaml'], { env: { LS_CREDENTIAL: TEST_KEY }, files: { 'proxy.yaml': config(files.certFile) } })
  const { url } = await program.until('the start', () => program.lines('proxy.started')[0]) as { url: string }
  const port = Number(new URL(url).port)
  files.replace({ cert: 'nothing' })
  t.match(await program.until('the rejection', () => program.lines('certificate.rejected')[0]), { level: 'error', msg: /the one before stays: .*holds no PEM certificate/ })
  t.match(await sendSecurely(t, port, old, rawRequest('GET', '/-/live', ['Connection: close'])), { status: 200 })
  program.child.kill('SIGHUP')
  await program.until('the answer to SIGHUP', () => program.lines('certificate.rejected')[1])
  files.replace(next)
  await program.until('the new pair', () => program.lines('certificate.reloaded')[0])
  t.match(await sendSecurely(t, port, next, rawRequest('GET', '/-/live', ['Connection: close'])), { status: 200 })

  writeFileSync(join(program.folder, 'proxy.yaml'), config('/elsewhere'))
  program.child.kill('SIGHUP')
  t.match(await program.until('the reload', () => program.lines('config.reloaded').find(({ changed }) => (changed as string[]).length > 0)), { needs_restart: ['listen.tls.cert'] })
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 0 })
})
