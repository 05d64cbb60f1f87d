// The log of the running program on a real terminal, and where there is none.

import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { CTRL_C, NO_TERMINAL } from '../support/at-terminal.ts'
import { spawnProgram } from '../support/process.ts'
import type { Program } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'
import type { Upstream } from '../support/upstream.ts'

// eslint-disable-next-line no-control-regex -- colours
const COLOR = /\x1b\[\d+m/g
const TIME = '\\d\\d:\\d\\d:\\d\\d'

interface Running extends Program { readonly url: string, readonly screen: () => string }

function upstreamThatRefuses (t: Test): Promise<Upstream> {
  return startUpstream(t, {
    answer: (request, response) => {
      response.writeHead(request.url === '/refused' ? 403 : 200, { 'content-type': 'application/json' })
      setTimeout(() => { response.end('{"detail":"\\u001b[2JForbidden"}') }, request.url === '/slow' ? 1500 : 0)
    }
  })
}

/** The proxy at a terminal of 90 columns. */
async function atTerminal (t: Test, env: Record<string, string> = {}, before = ''): Promise<Running> {
  const upstream = await upstreamThatRefuses(t)
  const program = spawnProgram(t, ['--port', '0'], {
    stdio: ['pipe', 'pipe', 'pipe'], shell: 'set -- "$*"; exec script -q -E never -efc "stty cols 90 rows 40; ' + before + 'sh -c \'echo pid \\$\\$; exec $*\'" /dev/null; exit;',
    env: { TERM: 'xterm-256color', LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, ...env }
  })
  const screen = (): string => program.stdout().replaceAll('\r', '')
  const url = await program.until('the address', () => /listening on (http:\/\/localhost:\d+)/.exec(screen().replace(COLOR, ''))?.[1])
  return { ...program, url, screen }
}

async function makeCalls ({ url, until, screen }: Running): Promise<void> {
  for (const path of ['/runs?q=1', '/refused', `/long/${'x'.repeat(150)}/end`]) await (await fetch(url + path)).text()
  await until('the last call', () => screen().includes('/end') || undefined)
}

t.test('at a terminal: the start, a line for each request, a block for a refusal, all within its width and in colour', { skip: NO_TERMINAL }, async (t) => {
  const program = await atTerminal(t)
  await makeCalls(program)
  program.child.stdin?.write(CTRL_C)
  await program.until('the last line', () => program.screen().includes('stopped') || undefined)
  const screen = program.screen()
  t.match(screen, '\x1b[32m200\x1b[39m')
  t.match(screen, '\x1b[33m403\x1b[39m')
  const text = screen.replace(COLOR, '')
  const pattern = [
    `^${TIME}  info     listening on http://localhost:\\d+\n {10}config   environment  \\(version [\\d.]+\\)\n`,
    ' {10}route    /  → http://127\\.0\\.0\\.1:\\d+  default \\[[0-9a-f]{8}\\]  env:LANGSMITH_API_KEY\n',
    ' {10}page     http://localhost:\\d+/-/\n',
    `${TIME}  GET      200 +[\\d.]+ m?s  /runs +default\n`,
    `\n${TIME}  GET      403           /refused +[a-z-]+\n`,
    ' {10}said     \\\\u\\{1b\\}\\[2JForbidden\n',
    ' {10}why      ', '[^]*', ' {10}do       ', '[^]*', ' {10}key      default \\[[0-9a-f]{8}\\] from env:LANGSMITH_API_KEY, route /\n\n',
    `${TIME}  GET      200 +[\\d.]+ m?s  /long/x+…x+/end  default\n`,
    '[^]*info     SIGINT: finishing 0 requests\n', `${TIME}  info     stopped\n$`
  ]
  t.match(text.slice(text.search(new RegExp(TIME))), new RegExp(pattern.join('')))
  t.same(text.split('\n').filter((line) => line.length > 90), [], 'nothing is wider than the terminal')
  t.equal(text.match(/GET +403/g)?.length, 1, 'the refusal is told once')
})

t.test('at a terminal with NO_COLOR: the same without colours', { skip: NO_TERMINAL }, async (t) => {
  const program = await atTerminal(t, { NO_COLOR: '1' })
  await makeCalls(program)
  // eslint-disable-next-line no-control-regex -- that there are none is the point
  t.notMatch(program.screen(), /[\x00-\x09\x0b-\x1f]/)
})

t.test('SIGHUP makes it read everything again; a terminal that is closed ends it', { skip: NO_TERMINAL }, async (t) => {
  const { url, screen, until, child } = await atTerminal(t)
  const pid = pidOn(screen())
  process.kill(pid, 'SIGHUP')
  await until('the config to be read', () => screen().includes('SIGHUP') || undefined)
  t.equal((await fetch(`${url}/-/live`)).status, 200)
  const underWay = fetch(`${url}/slow`)
  await pause(200)
  child.kill('SIGKILL')
  await pause(300)
  process.kill(pid, 'SIGHUP') // an interactive shell sends one, too
  t.equal((await underWay).status, 200, 'what was under way is finished')
  await until('the end', () => fetch(`${url}/-/live`).then(() => undefined, () => true))
})

t.test('a proxy that has left its terminal outlives it, and SIGHUP then', { skip: NO_TERMINAL }, async (t) => {
  const { url, screen, child } = await atTerminal(t, {}, 'setsid -w ')
  const pid = pidOn(screen())
  t.teardown(() => { try { process.kill(pid, 'SIGKILL') } catch { /* it has ended, which the test tells */ } })
  child.kill('SIGKILL')
  await pause(11_000) // it looks twice, every five seconds
  process.kill(pid, 'SIGHUP')
  await pause(1000)
  t.equal((await fetch(`${url}/-/live`)).status, 200)
})

function pidOn (screen: string): number {
  return Number(/^pid (\d+)$/m.exec(screen)?.[1])
}

t.test('at a terminal with log.format json, and elsewhere: JSON', async (t) => {
  const upstream = await upstreamThatRefuses(t)
  const program = spawnProgram(t, ['--port', '0'], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url } })
  const url = await program.until('the start', () => program.lines('proxy.started')[0]?.url) as string
  await (await fetch(`${url}/refused`)).text()
  await program.until('the call', () => program.lines('request.completed')[0])
  t.match(program.lines('proxy.started')[0], { level: 'info', msg: `listening on ${url}` })
  t.match(program.lines('refusal.diagnosed')[0], { level: 'warn', msg: /^403: / })
  t.match(program.lines('request.completed')[0], { level: 'info', msg: /^GET \/refused → 403 in [\d.]+ ms$/ })
  t.equal(program.stderr().trimEnd().split('\n').length, program.lines().length, 'and nothing else')
  if (NO_TERMINAL !== false) return
  const there = await atTerminal(t, { LANGSMITH_PROXY_LOG_FORMAT: 'json' })
  t.match(there.screen(), /^\{"level":"info","time":"[^"]+","event":"proxy\.started"/m)
})
