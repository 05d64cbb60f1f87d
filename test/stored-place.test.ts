// A key that was stored for one LangSmith must not reach another, whatever variables say and whatever is stored
// while the proxy runs. Two servers stand for two LangSmiths.

import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { setTimeout as delay } from 'node:timers/promises'
import { runSecrets, storeEnv } from './support/stored.ts'
import { spawnProgram, startProgram } from './support/process.ts'
import { startUpstream } from './support/upstream.ts'
import type { Answer, Upstream } from './support/upstream.ts'

const aKey = (): string => `lsv2_pt_${randomBytes(16).toString('hex')}_${randomBytes(5).toString('hex')}`
const keysAt = ({ received }: Upstream): readonly (string | undefined)[] => received.map(({ rawHeaders }) => rawHeaders[rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'x-api-key') + 1])

async function twoPlaces (t: Test): Promise<readonly [Upstream, Upstream]> {
  const answer: Answer = (_request, response) => { response.setHeader('content-type', 'application/json').end('[]') }
  return [await startUpstream(t, { answer }), await startUpstream(t, { answer })]
}

t.test('a key that is stored for another place while the proxy runs does not go to the old place; SIGHUP moves both', async (t) => {
  const [here, there] = await twoPlaces(t)
  const [first, second] = [aKey(), aKey()]
  const env = storeEnv(t)
  t.equal((await runSecrets(t, ['set', 'default', '--endpoint', here.url, '--no-test'], env, first)).code, 0)
  const program = await startProgram(t, [], { env })
  t.equal((await runSecrets(t, ['set', 'default', '--endpoint', there.url, '--no-test'], env, second)).code, 0)
  const [failed] = await program.until('a line that says so', () => program.lines('credential.failed').length > 0 ? program.lines('credential.failed') : undefined)
  t.match(failed, { detail: /stored key "default" was stored for http:\/\/127\.0\.0\.1:\d+, and credential "default" goes to/, hint: /restart the proxy/ })
  t.equal((await fetch(`${program.url}/api/v1/sessions`)).status, 200)
  t.notOk(keysAt(here).includes(second), 'neither a test nor a request took it to the old place')
  t.ok(keysAt(here).includes(first))

  program.child.kill('SIGHUP')
  await program.until('the reload', () => program.lines('config.reloaded')[0])
  t.equal((await fetch(`${program.url}/api/v1/sessions`)).status, 200)
  t.same(new Set(keysAt(there)), new Set([second]))
  t.notOk(keysAt(here).includes(second))
})

t.test('a variable that some repository sets cannot send the stored key elsewhere', async (t) => {
  const [here, there] = await twoPlaces(t)
  const env = storeEnv(t)
  await runSecrets(t, ['set', 'default', '--endpoint', here.url, '--no-test'], env, aKey())
  for (const [name, value] of [['LANGSMITH_ENDPOINT', there.url], ['LANGSMITH_REGION', 'us']] as const) {
    const { code, stderr } = await spawnProgram(t, ['check'], { env: { ...env, [name]: value } }).end()
    t.equal(code, 2, stderr)
    t.match(stderr, /error: .*was stored for http:\/\/127\.0\.0\.1:\d+.*\nhint: .*unset LANGSMITH_REGION/s, name)
  }
  t.same(there.received, [])
})

t.test('a config file may send a stored key elsewhere, with a warning', async (t) => {
  const [here, there] = await twoPlaces(t)
  const env = storeEnv(t)
  await runSecrets(t, ['set', 'team', '--endpoint', here.url, '--no-test'], env, aKey())
  const config = `credentials: { team: { apiKey: "store:team" } }\nroutes: [ { prefix: /, upstream: "${there.url}", credential: team } ]\n`
  const { code, stdout } = await spawnProgram(t, ['check', '--config', 'config.yaml'], { env, files: { 'config.yaml': config } }).end()
  t.equal(code, 0)
  t.match(stdout, /warning: the stored key "team" was stored for .*\nhint: correct the route/)
})

t.test('a signal during the start also ends the program that a key is asked of', { skip: process.platform === 'win32' && 'needs sh' }, async (t) => {
  for (const [command, signal] of [['start', 'SIGINT'], ['start', 'SIGTERM'], ['check', 'SIGHUP']] as const) { // to start, SIGHUP means a reload
    const files = {
      'slow.sh': 'echo $$ > pid\nexec sleep 300\n',
      'config.yaml': 'credentials: { us: { apiKey: "exec:sh slow.sh" } }\nroutes: [ { prefix: /, region: us, credential: us } ]\nsecrets: { timeout: 60s }\n'
    }
    const program = spawnProgram(t, [command, '--config', 'config.yaml'], { files })
    const pidFile = `${program.folder}/pid`
    const pid = await program.until('the program', () => existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) || undefined : undefined)
    program.child.kill(signal)
    t.equal((await program.end()).signal, signal)
    let gone = false
    for (let tries = 0; tries < 100 && !gone; tries++) {
      await delay(50)
      gone = !runs(pid)
    }
    if (!gone) process.kill(pid)
    t.ok(gone, signal)
  }
})

/** Whether a process runs; one that waits to be buried, which process 1 of some containers never does, does not. */
function runs (pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
