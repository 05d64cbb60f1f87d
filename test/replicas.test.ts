// Several proxies as one: three processes of the program and one redis-server behind HAProxy, as a team would run them.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import type { Test } from 'tap'
import { makeClients } from './access/clients/support.ts'
import { tally, until } from './access/limits/support.ts'
import { freePort } from './support/free-port.ts'
import { startProgram } from './support/process.ts'
import type { Serving } from './support/process.ts'
import { TEST_KEY } from './support/proxy.ts'
import { NO_REDIS, startRedis } from './support/redis-server.ts'
import { startUpstream } from './support/upstream.ts'
import type { Upstream } from './support/upstream.ts'

const NO_HAPROXY = spawnSync('haproxy', ['-v']).status !== 0 && 'needs haproxy (apt-get install haproxy)'
const SKIP = NO_REDIS === false ? NO_HAPROXY : NO_REDIS
const REPLICAS = 3
const WORKERS = 16

interface Cluster {
  readonly replicas: readonly Serving[]
  readonly upstream: Upstream
  /** @returns The status, or 0 where the connection broke. */
  readonly call: () => Promise<number>
}

async function startCluster (t: Test, limits: string): Promise<Cluster> {
  const [redis, upstream, clients] = await Promise.all([startRedis(t), startUpstream(t), makeClients(t, { ana: {} })])
  const env = {
    LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url, LANGSMITH_PROXY_CLIENTS_FILE: clients.file, LANGSMITH_PROXY_CLIENTS_REQUIRED: 'true',
    LANGSMITH_PROXY_LIMITS_REQUESTS: limits, LANGSMITH_PROXY_LIMITS_REDIS: redis.url, LANGSMITH_PROXY_DRAIN_DELAY: '2s'
  }
  const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => startProgram(t, [], { env })))
  const url = await startBalancer(t, replicas.map(({ port }) => port))
  const headers = { 'x-api-key': clients.keys.ana ?? '' }
  return {
    replicas, upstream,
    async call () {
      try {
        const response = await fetch(`${url}/sessions`, { headers })
        await response.arrayBuffer()
        return response.status
      } catch {
        return 0
      }
    }
  }
}

/** It asks each replica five times a second whether it is ready, and tries no request twice. */
async function startBalancer (t: Test, ports: readonly number[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-haproxy-'))
  const port = await freePort()
  writeFileSync(join(folder, 'haproxy.cfg'), `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  retries 0
frontend team
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance roundrobin
  option httpchk
  http-check send meth GET uri /-/ready hdr Host localhost
  default-server check inter 200ms fall 1 rise 1
${ports.map((replica) => `  server replica-${replica} 127.0.0.1:${replica}`).join('\n')}
`)
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  t.teardown(async () => {
    const ended = new Promise((resolve) => { child.once('exit', resolve) })
    if (child.exitCode === null && child.kill('SIGKILL')) await ended
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${port}`
  await until('HAProxy', async () => (await fetch(`${url}/-/ready`).catch(() => undefined))?.status === 200)
  return url
}

const servedBy = (replica: Serving): number => replica.lines('request.completed').filter(({ source }) => source === 'upstream').length

t.test('a limit holds for all replicas together', { skip: SKIP }, async (t) => {
  const limit = 1000
  const { replicas, upstream, call } = await startCluster(t, `${limit}/1h`)
  const statuses: number[] = []
  await Promise.all(Array.from({ length: WORKERS }, async () => {
    while (statuses.length < limit * 1.3) statuses.push(await call())
  }))
  const counts = tally(statuses)
  const passed = counts.get(200) ?? 0
  t.strictSame([...counts.keys()].sort(), [200, 429])
  t.ok(Math.abs(passed - limit) <= limit * 0.02, `${passed} of ${limit}`)
  t.equal(upstream.received.length, passed)
  const shares = replicas.map(servedBy)
  t.ok(shares.every((share) => share > limit / REPLICAS / 2), 'each replica took part')
  t.comment(`a limit of ${limit} requests an hour: ${passed} of ${statuses.length} passed (${shares.join(' + ')}), ${counts.get(429) ?? 0} were refused`)
  t.strictSame(replicas.flatMap((replica) => replica.lines('redis.failed')), [])
})

t.test('a replica that is stopped in the middle of load costs no request', { skip: SKIP }, async (t) => {
  const { replicas, call } = await startCluster(t, '1000000/1h')
  const [first] = replicas
  if (first === undefined) throw new Error('no replica')
  const statuses: number[] = []
  let goesOn = true
  const load = Promise.all(Array.from({ length: WORKERS }, async () => {
    while (goesOn) {
      statuses.push(await call())
      await delay(5)
    }
  }))
  await until('load', () => statuses.length > 300)
  const before = statuses.length
  first.child.kill('SIGTERM')
  const { code } = await first.end()
  const during = statuses.length - before
  await until('load after it', () => statuses.length > before + during + 300)
  goesOn = false
  await load
  t.equal(code, 0)
  t.match(first.lines('proxy.stopped'), [{ cut: 0 }])
  const failed = statuses.filter((status) => status !== 200)
  t.strictSame([...tally(failed)], [], 'all were answered')
  t.comment(`${statuses.length} requests: ${before} before SIGTERM, ${during} while it drained, ${statuses.length - before - during} after; ${failed.length} failed`)
})
