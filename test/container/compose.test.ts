// docker-compose.yml as it stands, run by docker-compose against an engine without Docker. LangSmith is played by
// one more service, and the config names that instead of a region; everything else is what users get.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { createAuthority } from '../support/certificates.ts'
import { tryCommand } from './command.ts'
import type { Done } from './command.ts'
import { KEY, makeProject, writeSecrets } from './compose-project.ts'
import type { Project } from './compose-project.ts'
import { containerNamed, podman, SKIP, until } from './container.ts'

t.setTimeout(300_000)

t.test('docker-compose up: the app has no key, waits until the proxy is healthy and gets an answer of LangSmith', { skip: SKIP }, async (t) => {
  const { compose } = await makeProject(t)
  const up = await compose('up', '--no-build', '--detach')
  t.comment(up.stderr)
  t.equal(up.code, 0)
  const answer = await answerOf(compose)
  t.comment(answer)
  t.match(answer, /HTTP\/1\.1 200 OK/)
  t.match(answer, /x-langsmith-proxy: upstream/)
  t.notMatch(answer, KEY)
  const stopped = await compose('stop')
  t.equal(stopped.code, 0)
  const states = await compose('ps')
  t.comment(states.stdout)
  t.match(states.stdout, /proxy_1 .* Exit 0/)
})

t.test('the profile "sandbox" needs no key and no account', { skip: SKIP }, async (t) => {
  const { compose } = await makeProject(t)
  const { code, stdout, stderr } = await compose('run', '--rm', 'sandbox-app')
  t.comment(`${stdout}\n${stderr}`)
  t.equal(code, 0)
  t.match(stdout, /^HTTP\/1\.1 200 OK/)
})

t.test('docker-compose.socket.yml: the app has no network at all, and reaches LangSmith through a socket', { skip: SKIP }, async (t) => {
  const { compose, project } = await makeProject(t, ['docker-compose.yml', 'docker-compose.socket.yml'])
  const up = await compose('up', '--no-build', '--detach')
  t.equal(up.code, 0, up.stderr)
  const answer = await answerOf(compose)
  t.comment(answer)
  t.match(answer, /HTTP\/1\.1 200 OK/)
  t.match(answer, /x-langsmith-proxy: upstream/)
  t.equal(await podman('inspect', '--format', '{{.HostConfig.NetworkMode}}', `${project}_app_1`), 'none')
})

t.test('the profile "team" gives client keys out, and is served with TLS on the published port to who has one', { skip: SKIP }, async (t) => {
  const { compose, folder, project } = await makeProject(t)
  const authority = createAuthority()
  const { cert, key } = authority.issue()
  writeSecrets(join(folder, 'secrets/team'), { 'api-key': KEY, 'tls.crt': cert, 'tls.key': key })
  writeSecrets(join(folder, 'secrets/clients'), {})
  const added = await compose('run', '--rm', 'team', 'clients', 'add', 'ana', '--role', 'read-only')
  t.equal(added.code, 0, added.stderr)
  const [ana = ''] = /\blsp_ana_\w{49}\b/.exec(added.stdout) ?? []
  t.not(ana, '')
  const up = await compose('up', '--no-build', '--detach', 'langsmith', 'team')
  t.equal(up.code, 0, up.stderr)
  const team = containerNamed(`${project}_team_1`)
  await until('its health', team, async () => await team.inspect('{{.State.Health.Status}}') === 'healthy' || undefined)

  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, authority.cert)
  const call = (...args: readonly string[]): Promise<Done> => tryCommand('curl', ['--silent', '--show-error', '--include', '--cacert', ca, '--max-time', '30', ...args])
  t.match((await call('https://localhost:5764/api/v1/sessions')).stdout, /^HTTP\/1\.1 401 .*client-key-required/)
  const answer = await call('--header', `X-API-Key: ${ana}`, 'https://localhost:5764/api/v1/sessions')
  t.match(answer.stdout, /^HTTP\/1\.1 200 OK[^]*x-langsmith-proxy: upstream/, answer.stderr)
  t.match((await call('--user', `ana:${ana}`, '--request', 'DELETE', 'https://localhost:5764/api/v1/sessions/x')).stdout, /^HTTP\/1\.1 403 .*role-denied/)
  t.notMatch(await team.log(), new RegExp(`${KEY}|${ana}`))
  const listed = await compose('exec', '-T', 'team', 'node', '/app/dist/main.js', 'clients', 'list')
  t.match(listed.stdout, /ana +read-only/, listed.stderr)
})

/** What the app printed, when it has. */
async function answerOf (compose: Project['compose']): Promise<string> {
  for (let i = 0; ; i++) {
    const { stdout } = await compose('logs', '--no-color', 'app')
    if (stdout.includes('HTTP/1.1') || i === 50) return stdout
    await delay(200)
  }
}
