// For each Service of a namespace, Kubernetes puts variables into the containers of it that do not have
// enableServiceLinks: false. Those of a Service called langsmith-proxy look like settings of this program:
// LANGSMITH_PROXY_PORT=tcp://10.0.0.1:443.

import t from 'tap'
import { startProgram, runProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { overlay, services } from './manifests.ts'
import type { Service } from './manifests.ts'

// As the kubelet makes them: kubernetes.io/docs/concepts/services-networking/service, "Environment variables".
function linksOf ({ metadata, spec: { ports } }: Service, address: string): Readonly<Record<string, string>> {
  const name = metadata.name.toUpperCase().replaceAll('-', '_')
  const [first] = ports
  const perPort = ports.flatMap(({ name: port, port: number }) => [
    [`${name}_SERVICE_PORT_${port.toUpperCase()}`, `${number}`], [`${name}_PORT_${number}_TCP`, `tcp://${address}:${number}`], [`${name}_PORT_${number}_TCP_PROTO`, 'tcp'],
    [`${name}_PORT_${number}_TCP_PORT`, `${number}`], [`${name}_PORT_${number}_TCP_ADDR`, address]
  ])
  return Object.fromEntries([[`${name}_SERVICE_HOST`, address], [`${name}_SERVICE_PORT`, `${first?.port}`], [`${name}_PORT`, `tcp://${address}:${first?.port}`], ...perPort]) as Record<string, string>
}

const env = { LANGSMITH_API_KEY: TEST_KEY, ...Object.assign({}, ...services(overlay('team')).map((service, at) => linksOf(service, `10.0.0.${at + 1}`))) as Record<string, string> }

t.test('the Services of the team make variables that look like settings', async (t) => {
  t.match(env, { LANGSMITH_PROXY_PORT: 'tcp://10.0.0.1:443', LANGSMITH_PROXY_SERVICE_PORT_HTTPS: '443', LANGSMITH_PROXY_VALKEY_PORT: 'tcp://10.0.0.2:6379' })
})

t.test('a proxy that gets them listens all the same, and says once what makes them go away', async (t) => {
  const proxy = await startProgram(t, [], { env })
  const [notice, ...more] = proxy.lines('config.noticed')
  t.match(notice, { level: 'warn', code: 'service-links-ignored', hint: /enableServiceLinks: false/ })
  t.match(notice?.message, 'LANGSMITH_PROXY_PORT')
  t.strictSame(more, [])
  t.equal((await fetch(`${proxy.url}/-/live`)).status, 200)
})

t.test('"check" names them, too, without their values', async (t) => {
  const { code, stdout, stderr } = await runProgram(t, ['check'], { env })
  t.equal(code, 0)
  t.match(stdout + stderr, /LANGSMITH_PROXY_PORT.*\n.*enableServiceLinks: false/)
  t.notMatch(stdout + stderr, /10\.0\.0/)
})

t.test('a port of a person\'s own that is no number is still a mistake', async (t) => {
  const { code, stderr } = await runProgram(t, ['check'], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_PROXY_PORT: 'http://10.0.0.1:443' } })
  t.equal(code, 2)
  t.match(stderr, 'LANGSMITH_PROXY_PORT')
})
