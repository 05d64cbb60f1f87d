// `langsmith-proxy log-level`: what it needs, what it says, and that the running proxy does it.

import type { RequestListener } from 'node:http'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { logLevel } from '../../src/commands/log-level.ts'
import { answering, said } from './admin-support.ts'
import { freePort } from '../support/free-port.ts'
import { runProgram, startProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

const adminAt = (port: number | string, host = '127.0.0.1'): Record<string, string> => ({ LANGSMITH_PROXY_ADMIN_HOST: host, LANGSMITH_PROXY_ADMIN_PORT: String(port) })

const saidBy = (env: Record<string, string>, ...operands: string[]): ReturnType<typeof said> => said(logLevel, { env, flags: {}, operands })

t.test('a word that is no level, and a proxy that has no admin listener on loopback, are refused with 2', async (t) => {
  for (const word of ['loud', '', 'DEBUG']) t.match(await saidBy(adminAt(1), word), { code: 'usage-invalid', exitCode: 2, message: 'the level is one of debug, info, warn, error, silent' }, word)
  t.match(await saidBy(adminAt(1), 'debgu'), { hint: 'did you mean debug?' })
  const hint = /set admin: \{ host: 127\.0\.0\.1, port: 5765 \}/
  t.match(await saidBy({}, 'debug'), { code: 'usage-invalid', exitCode: 2, message: /no admin listener/, hint })
  t.match(await saidBy(adminAt(5765, '0.0.0.0')), { exitCode: 2, message: /other machines.*takes no \/-\/log-level/, hint })
  t.match(await saidBy(adminAt(0)), { exitCode: 2, message: /free port was picked/, hint })
})

t.test('what answers, but not as a proxy whose level can be changed, is told apart', async (t) => {
  t.match(await saidBy(adminAt(1), 'debug'), { code: 'not-ready', exitCode: 1, message: 'no proxy answers at http://127.0.0.1:1, the address of its admin listener' })
  const cases: readonly (readonly [RequestListener, RegExp])[] = [
    [(_request, response) => { response.end('debug\n') }, /^no proxy answers/],
    [(_request, response) => { response.writeHead(421, { 'x-langsmith-proxy': 'proxy; code=no-route' }).end() }, /takes no \/-\/log-level$/],
    [(request) => { request.socket.destroy() }, /^no proxy answers/]
  ]
  for (const [listener, message] of cases) for (const words of [[], ['debug']]) t.match(await saidBy(adminAt(await answering(t, listener)), ...words), { code: 'not-ready', message }, String(message))
  const evil = await answering(t, (_request, response) => { response.writeHead(200, { 'x-langsmith-proxy': 'proxy' }).end('\x1b[2Jdebug\x07\nmore') })
  t.equal(await saidBy(adminAt(evil)), '[2Jdebug\n', 'and reaches no terminal')
})

t.test('the level of a running proxy is shown and changed at once, and a reload leaves it', async (t) => {
  const upstream = await startUpstream(t)
  const admin = adminAt(await freePort())
  const config = (level: string): string => `log: { level: ${level} }\nadmin: { host: 127.0.0.1, port: ${admin.LANGSMITH_PROXY_ADMIN_PORT ?? ''} }\ncredentials: { us: { apiKey: "env:KEY_US", hosts: [127.0.0.1] } }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]\n`
  const program = await startProgram(t, ['--config', 'config.yaml'], { env: { KEY_US: TEST_KEY }, files: { 'config.yaml': config('info') } })
  const call = async (path: string): Promise<void> => { await (await fetch(program.url + path)).text() }
  const seen = (path: string): boolean => program.lines().some((line) => line.path === path)
  const level = async (...words: string[]): Promise<string> => (await runProgram(t, ['log-level', ...words], { env: admin })).stdout

  t.equal(await level(), 'info\n')
  t.equal(await level('silent'), 'silent\n')
  await call('/unseen')
  t.equal(await level('debug'), 'debug\n')
  await call('/-/live') // told at debug only
  await program.until('a line of debug', () => seen('/-/live') || undefined)
  t.notOk(seen('/unseen'))
  t.match(program.lines('log.level_changed'), [{ level: 'info', from: 'info', to: 'silent' }, { from: 'silent', to: 'debug' }])

  writeFileSync(join(program.folder, 'config.yaml'), config('error'), { mode: 0o600 })
  program.child.kill('SIGHUP')
  const reloaded = await program.until('the reload', () => program.lines('config.reloaded')[0])
  t.match(reloaded, { changed: ['log.level'], needs_restart: ['log.level'] })
  t.equal(await level(), 'debug\n', 'what was set by hand holds until the end')
  rmSync(join(program.folder, 'config.yaml'))
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 0 })
  t.equal(program.lines('proxy.stopped').length, 1)
})
