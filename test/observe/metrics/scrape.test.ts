// docs/scraping.md: Prometheus takes its configs, and with one of them a real Prometheus scrapes a real proxy.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import t from 'tap'
import { stringify } from 'yaml'
import { makeClients } from '../../access/clients/support.ts'
import { freePort } from '../../support/free-port.ts'
import { startProxy } from '../../support/proxy.ts'
import { rawRequest, sendRaw } from '../../support/raw.ts'
import { startUpstream } from '../../support/upstream.ts'

const skip = (program: string): string | false => spawnSync(program, ['--version']).status === 0 ? false : `needs ${program} (apt-get install prometheus)`
const PAGE = readFileSync(new URL('../../../docs/scraping.md', import.meta.url), 'utf8')
const CONFIGS = [...PAGE.matchAll(/```yaml\n(# prometheus\.yml\n[^`]*)```/g)].map(([, config = '']) => config)
/** Debian's build knows no Kubernetes. */
const DISCOVERY = / {4}kubernetes_sd_configs:\n(?: {6,}.*\n)+/
const RULES = new URL('../../../config/alerts.yaml', import.meta.url).pathname

t.test('promtool takes the configs of the page', { skip: skip('promtool') }, async (t) => {
  t.equal(CONFIGS.length, 3)
  const file = join(t.testdir(), 'prometheus.yml')
  for (const config of CONFIGS) {
    writeFileSync(file, config.replace(DISCOVERY, '').replace('[alerts.yaml]', JSON.stringify([RULES])))
    const { status, stderr, stdout } = spawnSync('promtool', ['check', 'config', '--syntax-only', file], { encoding: 'utf8' })
    t.equal(status, 0, `${stdout}${stderr}`)
  }
})

t.test('a pod is called by its address, which has to be among the allowed hosts', async (t) => {
  const upstream = await startUpstream(t)
  const call = async (names: string, host: string): Promise<unknown> => {
    const { port } = await startProxy(t, { routes: [{ upstream: upstream.url }], env: { LANGSMITH_PROXY_LISTEN_ALLOWED_HOSTS: names } })
    return sendRaw(port, rawRequest('GET', '/-/metrics', ['Connection: close']).replace(/^Host: .*$/m, `Host: ${host}`))
  }
  t.match(await call('langsmith-proxy', '10.1.2.3:5764'), { status: 421 })
  t.match(await call('langsmith-proxy,10.1.2.3', '10.1.2.3:5764'), { status: 200 })
  t.match(await call('langsmith-proxy,fd00::3', '[fd00::3]:5764'), { status: 200 })
})

t.test('a Prometheus scrapes a proxy that requires client keys, with the key of an admin and with no other', { skip: skip('prometheus') }, async (t) => {
  const upstream = await startUpstream(t)
  const clients = await makeClients(t, { prometheus: { role: 'admin' }, ana: { role: 'full' } })
  const proxy = await startProxy(t, { routes: [{ upstream: upstream.url }], clients: clients.live, env: { LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true' } })
  const folder = dirname(clients.file)
  for (const [name, key] of Object.entries(clients.keys)) writeFileSync(join(folder, `${name}.key`), `${key}\n`)
  const job = (name: string): object => ({
    job_name: name, metrics_path: '/-/metrics', scrape_interval: '1s',
    basic_auth: { username: name, password_file: join(folder, `${name}.key`) }, static_configs: [{ targets: [`127.0.0.1:${proxy.port}`] }]
  })
  writeFileSync(join(folder, 'prometheus.yml'), stringify({ rule_files: [RULES], scrape_configs: [job('prometheus'), job('ana')] }))
  const port = await freePort()
  const prometheus = spawn('prometheus', [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' })
  const ended = once(prometheus, 'exit')
  t.teardown(async () => {
    prometheus.kill('SIGKILL')
    await ended
  })
  const ask = async (query: string): Promise<Readonly<Record<string, string>>> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(query)}`).then((response) => response.json() as Promise<{ data: { result: { metric: { job: string }, value: [number, string] }[] } }>).catch(() => undefined)
    return Object.fromEntries((answer?.data.result ?? []).map(({ metric, value }) => [metric.job, value[1]]))
  }
  const end = performance.now() + 20_000
  let up: Readonly<Record<string, string>> = {}
  while ((up.prometheus !== '1' || up.ana === undefined) && performance.now() < end) {
    await new Promise((resolve) => { setTimeout(resolve, 200) })
    up = await ask('up')
  }
  t.strictSame(up, { prometheus: '1', ana: '0' })
  t.match(await ask('langsmith_proxy_build_info'), { prometheus: '1' })
})
