// What the doctor says of variables and files that make tools bypass the proxy or contradict each other.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { judgeEnvironment } from '../../src/commands/doctor/checks/environment.ts'
import { judgeFiles } from '../../src/commands/doctor/checks/files.ts'
import { examineMachine } from '../../src/commands/doctor/machine.ts'
import { CLOSED_ENDPOINT_NAMES } from '../../src/access/endpoints.ts'
import { loadConfig } from '../../src/config/load.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { linesOf } from './doctor-support.ts'

const HERE = 'http://localhost:5764'
const LISTEN = { port: 5764, allowedHosts: ['langsmith-proxy'] }

function said (variables: Readonly<Record<string, string>>, quickStart = false, listen = LISTEN): string {
  return linesOf(judgeEnvironment({ variables, listen, quickStart }))
}

t.test('variables that make tools bypass the proxy are named, each with what to do', async (t) => {
  const elsewhere = 'https://eu.api.smith.langchain.com'
  const cases: Readonly<Record<string, { readonly variables: Readonly<Record<string, string>>, readonly says: RegExp }>> = {
    'twins that differ': { variables: { LANGSMITH_API_KEY: 'a', LANGCHAIN_API_KEY: 'b' }, says: /^environment warn: LANGSMITH_API_KEY and LANGCHAIN_API_KEY are both set and differ.* → unset LANGCHAIN_API_KEY$/ },
    'workspace twins': { variables: { LANGSMITH_WORKSPACE_ID: 'a', LANGSMITH_TENANT_ID: 'b' }, says: /→ unset LANGSMITH_TENANT_ID$/ },
    'an endpoint elsewhere': { variables: { LANGSMITH_ENDPOINT: elsewhere }, says: /warn: LANGSMITH_ENDPOINT is not the address of this proxy.*→ .*export LANGSMITH_ENDPOINT=http:\/\/localhost:5764$/ },
    'an endpoint on another port': { variables: { LANGSMITH_ENDPOINT: 'http://localhost:5765' }, says: /warn: LANGSMITH_ENDPOINT/ },
    'an endpoint that is none': { variables: { LANGSMITH_ENDPOINT: 'localhost' }, says: /warn: LANGSMITH_ENDPOINT/ },
    'the older name alone': { variables: { LANGCHAIN_ENDPOINT: elsewhere }, says: /warn: LANGCHAIN_ENDPOINT.*→ unset LANGCHAIN_ENDPOINT; for tools: export LANGSMITH_ENDPOINT=/ },
    'the name of litellm': { variables: { LANGSMITH_BASE_URL: elsewhere }, says: /warn: .*LANGSMITH_BASE_URL.*export LANGSMITH_BASE_URL=http:\/\/localhost:5764$/ },
    'an OTLP endpoint': { variables: { OTEL_EXPORTER_OTLP_ENDPOINT: `${elsewhere}/otel` }, says: /warn: .*OTEL_EXPORTER_OTLP_ENDPOINT.*=http:\/\/localhost:5764\/otel$/ },
    'two kinds of endpoints': { variables: { LANGSMITH_ENDPOINT: HERE, LANGSMITH_RUNS_ENDPOINTS: '{}' }, says: /warn: .*SDKs refuse → unset LANGSMITH_RUNS_ENDPOINTS$/ },
    'a forward proxy': { variables: { HTTP_PROXY: 'http://proxy:3128' }, says: /warn: HTTP_PROXY is set.*→ add localhost,127\.0\.0\.1 to NO_PROXY and no_proxy/ },
    'a forward proxy for half of localhost': { variables: { all_proxy: 'http://proxy:3128', NO_PROXY: 'localhost' }, says: /warn: all_proxy is set/ },
    'a forward proxy, exempt in one spelling only': { variables: { http_proxy: 'http://proxy:3128', NO_PROXY: 'localhost,127.0.0.1', no_proxy: 'corp.example' }, says: /warn: http_proxy is set/ },
    'certificates that nobody verifies': { variables: { NODE_TLS_REJECT_UNAUTHORIZED: '0' }, says: /warn: NODE_TLS_REJECT_UNAUTHORIZED=0/ }
  }
  for (const [name, { variables, says }] of Object.entries(cases)) {
    t.match(said(variables), says, name)
    t.equal(said(variables).split('\n').length, 1, `${name}: once`)
    for (const value of ['eu.api', 'proxy:3128', '5765']) t.notMatch(said(variables), value, `${name}: no value is repeated`)
  }
})

t.test('what is as it should be is not warned of', async (t) => {
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'nothing set': {},
    'twins that agree': { LANGSMITH_API_KEY: 'a', LANGCHAIN_API_KEY: 'a', LANGCHAIN_PROJECT: 'p' },
    'endpoints that lead here': { LANGSMITH_ENDPOINT: HERE, LANGCHAIN_ENDPOINT: HERE, LANGSMITH_BASE_URL: 'http://127.0.0.1:5764/', OTEL_EXPORTER_OTLP_ENDPOINT: `${HERE}/otel` },
    'a name of the proxy in its network': { LANGSMITH_ENDPOINT: 'http://langsmith-proxy:5764' },
    'a forward proxy that leaves localhost alone': { HTTP_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost, 127.0.0.1', no_proxy: '*' },
    'a forward proxy for https': { HTTPS_PROXY: 'http://proxy:3128' }
  }
  for (const [name, variables] of Object.entries(cases)) t.equal(said(variables), 'environment ok: no variable makes tools of this shell bypass the proxy', name)
  t.match(said({ LANGSMITH_ENDPOINT: 'https://langsmith.example.com' }, true), /^environment ok: LANGSMITH_ENDPOINT says where this proxy forwards to/, 'without a config file it is the upstream')
  t.match(said({ LANGSMITH_ENDPOINT: 'http://localhost:40000' }, false, { ...LISTEN, port: 0 }), /ok/, 'a port that is not known yet')
  t.match(said({ LANGSMITH_BASE_URL: 'https://x.example' }, false, { ...LISTEN, port: 0 }), /localhost:PORT/)
  const onSocket = linesOf(judgeEnvironment({ variables: { LANGSMITH_ENDPOINT: HERE, HTTP_PROXY: 'http://proxy:3128' }, listen: { ...LISTEN, socket: '/run/p.sock' }, quickStart: false }))
  t.match(onSocket, /^environment ok/, 'no address leads to a socket, so none is proposed')
})

t.test('profiles, .netrc and open files are found; nothing of their content is shown', async (t) => {
  const home = t.testdir({
    '.langsmith': { 'config.json': `{"api_key":"${TEST_KEY}"}` }, '.netrc': `machine localhost login me password ${TEST_KEY}\n`, other: 'machine example.com login localhost\n', default: 'default login a password b',
    config: { 'config.yaml': '' }, 'key.txt': TEST_KEY
  })
  const source = join(home, 'config', 'config.yaml')
  const key = join(home, 'key.txt')
  const config = { source, credentials: [{ name: 'us', apiKey: { scheme: 'file', rest: key, text: `file:${key}`, setAt: 'here' }, workspaceId: undefined, organizationId: undefined, hosts: [] }] }
  const uid = process.getuid?.()
  const files = (changes: Partial<Parameters<typeof judgeFiles>[0]> = {}): string => linesOf(judgeFiles({ variables: {}, homeDir: home, uid, config, endpointLeadsHere: false, ...changes }))
  for (const [path, mode] of [[source, 0o600], [join(home, 'config'), 0o755], [key, 0o600]] as const) chmodSync(path, mode)

  t.match(files(), /warn: tools may take key and address from a profile of the LangSmith CLI \(~\/\.langsmith\/config\.json\).*→ set LANGSMITH_ENDPOINT/)
  t.match(files(), /warn: .*\.netrc has a login for localhost/)
  t.notMatch(files(), /5ca1ab1e|chmod/)
  const nowhere = join(home, 'nowhere')
  t.match(files({ homeDir: nowhere, variables: { LANGSMITH_PROFILE: 'work', NETRC: join(home, 'default') } }), /profile of the LangSmith CLI \(LANGSMITH_PROFILE\)[^]*default has a login/)
  t.match(files({ homeDir: nowhere, variables: { LANGSMITH_PROFILE: 'work', NETRC: join(home, 'other') }, endpointLeadsHere: true }), /^files ok: /, 'the endpoint goes before the profile')
  t.match(files({ homeDir: nowhere, variables: { NETRC: home } }), /^files ok: /, 'a folder is no .netrc')
  const large = join(home, 'large')
  writeFileSync(large, `machine localhost ${' '.repeat(70_000)}`)
  t.match(files({ homeDir: nowhere, variables: { NETRC: large } }), /^files ok: /, 'nor is a large file')

  chmodSync(source, 0o662)
  chmodSync(key, 0o644)
  const open = files({ homeDir: nowhere })
  t.match(open, /warn: other users of this machine can change .*config\.yaml.*→ run chmod go-w/)
  t.match(open, /warn: other users of this machine can read .*key\.txt, which holds a key → run chmod 600/)
  t.match(files({ homeDir: nowhere, uid: undefined }), /^files ok: /, 'where files have no modes')
  const shared = join(home, 'shared')
  mkdirSync(shared)
  chmodSync(shared, 0o1777)
  t.match(files({ homeDir: nowhere, config: { source: join(shared, 'gone.yaml'), credentials: [] } }), /^files ok: /, 'a folder for temporary files is as safe as its files')
  t.match(files({ homeDir: nowhere, config: { source: 'environment', credentials: [] } }), /^files ok: /)
})

t.test('notices of the config come first, and nothing is said twice', async (t) => {
  const config = loadConfig({
    env: { LANGSMITH_API_KEY: TEST_KEY, LANGCHAIN_API_KEY: 'another', LANGSMITH_ENDPOINT: HERE }, readFile: () => undefined, homeConfigDir: '/nowhere', resolvePath: join, closedEndpointNames: CLOSED_ENDPOINT_NAMES
  })
  const env = { LANGSMITH_API_KEY: TEST_KEY, LANGCHAIN_API_KEY: 'another', LANGSMITH_ENDPOINT: HERE, EMPTY: undefined }
  const lines = linesOf(examineMachine({ config }, { env, homeDir: t.testdir(), uid: undefined })).split('\n')
  t.match(lines, [
    /^config ok: read from environment; one route$/, /^config ok: LANGSMITH_ENDPOINT \(environment\) is the address of this proxy/,
    /^environment warn: LANGSMITH_API_KEY and LANGCHAIN_API_KEY/, /^files ok/
  ])
  t.equal(lines.length, 4)
})
