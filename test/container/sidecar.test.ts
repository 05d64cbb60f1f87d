// The proxy beside an app in one network namespace, as in a pod: the app has no key and no other way in.

import t from 'tap'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import { tryCommand } from './command.ts'
import { makeNetwork, podman, runContainer, SKIP, started, startLangSmith, startSidecar, until } from './container.ts'
import type { Container } from './container.ts'
import { APP } from './images.ts'

const LIST = 'http://localhost:5764/api/v1/sessions?limit=1'

t.setTimeout(300_000)

function keyOf (wanted: string): string {
  return defaultWorld().keys.find(({ name }) => name === wanted)?.value ?? ''
}

t.test('an app without a key reaches LangSmith through localhost, and nothing else in the network reaches the proxy', { skip: SKIP }, async (t) => {
  const network = await makeNetwork(t)
  await startLangSmith(t, network)
  const proxy = await startSidecar(t, { network, key: keyOf('good-us'), settings: 'admin: { host: 0.0.0.0, port: 5765 }' })
  await started(proxy)

  const answer = await proxy.curl('--include', '--header', 'Authorization: Bearer wrong', LIST)
  t.comment(answer.stdout.split('\r\n').slice(0, 12).join(' | '))
  t.match(answer.stdout, /^HTTP\/1\.1 200 OK\r\n/)
  t.match(answer.stdout, /x-langsmith-proxy: upstream\r\n/)

  const app = await runContainer(t, APP, ['--network', `container:${proxy.name}`, '--entrypoint', 'node'], ['-p', 'JSON.stringify(process.env)'])
  t.equal(await app.end(), 0)
  t.notMatch(await app.log(), /lsv2_|API_KEY/, 'its environment has no key')

  const address = await proxy.inspect(`{{(index .NetworkSettings.Networks "${network}").IPAddress}}`)
  const neighbour = (url: string): Promise<Container> => runContainer(t, APP, ['--network', network], ['--silent', '--show-error', '--include', '--max-time', '5', url])
  const outside = await neighbour(`http://${address}:5764/-/live`)
  t.equal(await outside.end(), 7, 'connection refused')
  t.comment(`from another container: ${(await outside.log()).trim()}`)
  const probe = await neighbour(`http://${address}:5765/-/ready`)
  t.equal(await probe.end(), 0)
  t.match(await probe.log(), /^HTTP\/1\.1 200 /, 'probes get through')
})

t.test('a key that is replaced by renaming a file in the mounted folder is taken over, and a wrong one is not', { skip: SKIP }, async (t) => {
  const network = await makeNetwork(t)
  await startLangSmith(t, network)
  const proxy = await startSidecar(t, { network, key: keyOf('good-us') })
  await started(proxy)
  t.match((await proxy.curl('--include', LIST)).stdout, /^HTTP\/1\.1 200 /)

  proxy.replaceKey(keyOf('revoked-us'))
  const rejected = await until('the wrong key to be found out', proxy, async () => (await proxy.events('credential.rejected'))[0])
  t.comment(rejected.msg)
  t.match((await proxy.curl('--include', LIST)).stdout, /^HTTP\/1\.1 200 /, 'the one before is still in use')

  proxy.replaceKey(keyOf('service-us'))
  const rotated = await until('the new key', proxy, async () => (await proxy.events('credential.rotated'))[0])
  t.comment(rotated.msg)
  t.match((await proxy.curl('--include', LIST)).stdout, /^HTTP\/1\.1 200 /)
  t.equal(await proxy.inspect('{{.RestartCount}} {{.State.Running}}'), '0 true')

  const calls = await until('three calls in the log', proxy, async () => {
    const completed = await proxy.events('request.completed')
    return completed.length >= 3 ? completed : undefined
  })
  t.strictSame(calls.map(({ fingerprint }) => fingerprint), [rotated.from, rotated.from, rotated.to])
})

t.test('with startup.check: strict a wrong key keeps it unready and unhealthy, and the log says why; the right one mends it', { skip: SKIP }, async (t) => {
  const network = await makeNetwork(t)
  await startLangSmith(t, network)
  const proxy = await startSidecar(t, { network, key: keyOf('revoked-us'), settings: 'startup: { check: strict }' })
  await started(proxy)
  const checked = await until('the check', proxy, async () => (await proxy.events('route.checked'))[0])
  t.comment(JSON.stringify(checked).slice(0, 600))
  t.match(checked, { result: 'refused', level: /warn|error/ })

  const ready = await proxy.curl('--include', 'http://localhost:5764/-/ready')
  t.comment(ready.stdout.trim().split('\n').at(-1) ?? '')
  t.match(ready.stdout, /^HTTP\/1\.1 503 [\s\S]*LangSmith has not accepted the key/)
  t.match((await proxy.curl('--include', 'http://localhost:5764/-/live')).stdout, /^HTTP\/1\.1 200 /, 'a restart would not mend it')
  t.equal((await tryCommand('podman', ['healthcheck', 'run', proxy.name])).code, 1)

  proxy.replaceKey(keyOf('good-us'))
  await until('ready', proxy, async () => (await proxy.curl('--include', 'http://localhost:5764/-/ready')).stdout.startsWith('HTTP/1.1 200') || undefined)
  t.equal((await tryCommand('podman', ['healthcheck', 'run', proxy.name])).code, 0)
  t.equal(await podman('inspect', '--format', '{{.State.Healthcheck.Status}}', proxy.name), 'healthy')
})

t.test('a missing secret, and one that its user may not read, stop the start with what to do', { skip: SKIP }, async (t) => {
  const network = await makeNetwork(t)
  const missing = await startSidecar(t, { network })
  t.equal(await missing.end(), 2)
  t.comment(await missing.log())
  t.match(await missing.log(), /error: .*\/run\/secrets\/langsmith\/api-key.*\nhint: /)

  const unreadable = await startSidecar(t, { network, key: keyOf('good-us'), options: ['--user', '65533:65533'] })
  t.equal(await unreadable.end(), 1)
  t.comment(await unreadable.log())
  t.match(await unreadable.log(), /error: .*\/run\/secrets\/langsmith\/api-key.*\nhint: /)
})
