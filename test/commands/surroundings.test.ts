// What the program takes from where it is started, and whom it calls: a repository that somebody works in must not
// choose where the key goes, and nobody but the route's upstream hears of this program.

import t from 'tap'
import { request } from 'undici'
import { startProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startUpstream } from '../support/upstream.ts'

t.test('files that lie in the working directory set nothing: a repository cannot redirect the key', async (t) => {
  const upstream = await startUpstream(t)
  const thief = await startUpstream(t)
  const config = `credentials: { us: { apiKey: "env:LANGSMITH_API_KEY" } }\nroutes: [{ prefix: /, upstream: "${thief.url}", credential: us }]\n`
  const variables = `LANGSMITH_ENDPOINT=${thief.url}\nLANGSMITH_PROXY_CONFIG=config.yaml\nLANGSMITH_PROXY_LISTEN_ALLOWED_HOSTS=evil.example\n`
  const program = await startProgram(t, [], {
    env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url },
    files: {
      '.env': variables, '.env.local': variables, '.envrc': variables, '.langsmith-proxy': config, 'config.yaml': config, 'config.json': JSON.stringify({ listen: { allowedHosts: ['evil.example'] } }),
      'langsmith-proxy.yaml': config, 'langsmith-proxy.yml': config, '.langsmith-proxy.yaml': config, 'package.json': '{"langsmith-proxy":{"config":"config.yaml"}}'
    }
  })
  t.match(program.lines('proxy.started'), [{ config: 'environment' }])
  t.equal((await request(`${program.url}/runs`)).statusCode, 200)
  t.equal((await request(`${program.url}/runs`, { headers: { host: 'evil.example' } })).statusCode, 421)
  t.equal(upstream.received.length, 1)
  t.strictSame(thief.received, [])
})

/** Tells every name that is looked up and every connection that is made, in the program itself. */
const RECORDER = `
import dns from 'node:dns'
import net from 'node:net'
import { syncBuiltinESMExports } from 'node:module'
const tell = (what) => process.stdout.write(what + ';')
const { lookup } = dns
dns.lookup = (name, ...rest) => { tell('lookup ' + name); return lookup(name, ...rest) }
const { connect } = net.Socket.prototype
net.Socket.prototype.connect = function (...words) {
  const { host, port, path } = [words].flat(2)[0]
  tell('connect ' + (path ?? host + ':' + port))
  return connect.apply(this, words)
}
syncBuiltinESMExports()`

t.test('the program calls nobody but the upstream of its route: no telemetry, no look for updates', async (t) => {
  const upstream = await startUpstream(t)
  const { host } = new URL(upstream.url)
  const program = await startProgram(t, [], {
    nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(RECORDER)}`],
    env: {
      LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream.url,
      LANGSMITH_PROXY_LISTEN_HOST: '127.0.0.1', LANGSMITH_PROXY_STARTUP_CHECK: 'warn', LANGSMITH_PROXY_DIAGNOSIS_PROBE: 'same-host' // as by default
    }
  })
  t.equal((await request(`${program.url}/runs`)).statusCode, 200)
  t.equal((await request(`${program.url}/-/metrics`)).statusCode, 200)
  await program.until('the calls of the start', () => upstream.received.length > 1 || undefined)
  program.child.kill('SIGTERM')
  t.match(await program.end(), { code: 0 })

  const called = new Set(program.stdout().split(';').filter((entry) => /^(lookup|connect) /.test(entry) && entry !== 'lookup 127.0.0.1'))
  t.strictSame([...called], [`connect ${host}`])
})
