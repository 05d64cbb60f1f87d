// "podman stop" while requests are under way: they finish, and the container ends with 0.

import { performance } from 'node:perf_hooks'
import t from 'tap'
import { CONFINED, makeNetwork, podman, runContainer, SKIP, started, startSidecar, until } from './container.ts'
import { APP } from './images.ts'

const SCRIPT = new URL('streams.js', import.meta.url).pathname
const KEY = `lsv2_pt_${'0'.repeat(31)}1_${'0'.repeat(9)}1`

t.setTimeout(300_000)

t.test('a slow request and an event stream are whole although the container was told to stop', { skip: SKIP }, async (t) => {
  const network = await makeNetwork(t)
  const upstream = await runContainer(t, APP, [
    '--network', network, '--network-alias', 'streams', ...CONFINED, '--volume', `${SCRIPT}:/streams.mjs:ro`, '--entrypoint', 'node'
  ], ['/streams.mjs'])
  const proxy = await startSidecar(t, { network, key: KEY, route: 'upstream: "http://streams:8080"', settings: 'startup: { check: off }' })
  await started(proxy)

  const [slow, stream] = ['/slow', '/stream'].map((path) => proxy.curl('--include', '--no-buffer', `http://localhost:5764${path}`))
  await until('both under way', upstream, async () => (await upstream.log()).split('began').length === 3 || undefined)
  const began = performance.now()
  await podman('stop', '--time', '20', proxy.name)
  t.comment(`it stopped after ${Math.round(performance.now() - began)} ms`)

  const [whole, events] = [await slow, await stream]
  t.match(whole?.stdout, /^HTTP\/1\.1 200 OK\r\n[\s\S]*slow and whole\n$/)
  t.match(events?.stdout, /^HTTP\/1\.1 200 OK\r\n[\s\S]*data: 20\n\nevent: end\n\n$/)
  t.equal(await proxy.inspect('{{.State.ExitCode}}'), '0')
  const [draining] = await proxy.events('proxy.draining')
  const [stopped] = await proxy.events('proxy.stopped')
  t.comment(`in flight at SIGTERM: ${String(draining?.in_flight)}, cut: ${String(stopped?.cut)}`)
  t.match(draining, { signal: 'SIGTERM', in_flight: 2 })
  t.match(stopped, { cut: 0 })
})
