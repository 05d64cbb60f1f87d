// Variables that make tools call something else than this proxy, or say two things at once. Those of the shell that the
// doctor runs in: where tools run elsewhere, theirs may differ. Source: docs/langsmith-api.md, sections 2.2, 4.3 and 7.2.

import { ok, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { isLoopback, withoutBrackets } from '../../../config/addresses.ts'
import type { Config } from '../../../config/config.ts'
import { isExempt } from '../../../config/no-proxy.ts'

export interface Surroundings {
  /** Those that are set; values without blanks around them. */
  readonly variables: Readonly<Record<string, string>>
  readonly listen: Pick<Config['listen'], 'port' | 'allowedHosts'> & Partial<Pick<Config['listen'], 'socket'>>
  /** The routes come from LANGSMITH_ENDPOINT and its like, not from a file. */
  readonly quickStart: boolean
}

/** The first name goes before the second in LangSmith's SDKs, or is the only one that is read today. */
const TWINS = [
  ['LANGSMITH_API_KEY', 'LANGCHAIN_API_KEY'],
  ['LANGSMITH_ENDPOINT', 'LANGCHAIN_ENDPOINT'],
  ['LANGSMITH_WORKSPACE_ID', 'LANGSMITH_TENANT_ID'],
  ['LANGSMITH_PROJECT', 'LANGCHAIN_PROJECT'],
  ['LANGSMITH_TRACING', 'LANGCHAIN_TRACING_V2']
] as const

/** Addresses that tools take instead of LANGSMITH_ENDPOINT, and who does. */
const OTHER_ADDRESSES = [
  ['LANGSMITH_BASE_URL', 'litellm and others call', ''],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OpenTelemetry exporters send traces to', '/otel'],
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OpenTelemetry exporters send traces to', '/otel/v1/traces']
] as const

const PLAIN_PROXY_VARIABLES = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'] as const

export function judgeEnvironment (surroundings: Surroundings): readonly Finding[] {
  const ofAddress = surroundings.listen.socket === undefined ? [...endpoints(surroundings), ...forwardProxy(surroundings)] : [] // no variable leads to a socket
  const found = [...twins(surroundings), ...ofAddress, ...switches(surroundings)]
  return found.length > 0 ? found : [ok('environment', 'no variable makes tools of this shell bypass the proxy')]
}

/** Whether tools of this shell find the proxy by LANGSMITH_ENDPOINT, whatever else they could take. */
export function endpointLeadsHere ({ variables, listen }: Surroundings): boolean {
  const { LANGSMITH_ENDPOINT: endpoint } = variables
  return endpoint !== undefined && listen.socket === undefined && leadsHere(endpoint, listen)
}

function twins ({ variables }: Surroundings): readonly Finding[] {
  return TWINS.filter(([first, second]) => (variables[first] ?? variables[second]) !== (variables[second] ?? variables[first]))
    .map(([first, second]) => warn('environment', `${first} and ${second} are both set and differ; some tools read one, some the other`, `unset ${second}`))
}

function endpoints (surroundings: Surroundings): readonly Finding[] {
  const { variables, listen, quickStart } = surroundings
  const { LANGSMITH_ENDPOINT: endpoint, LANGCHAIN_ENDPOINT: older, LANGSMITH_RUNS_ENDPOINTS: several } = variables
  const elsewhere = (address: string | undefined): boolean => address !== undefined && !leadsHere(address, listen)
  const here = addressOf(listen)
  return [
    // Without a config file it is where the proxy itself is to forward to.
    ...elsewhere(endpoint) && !quickStart ? [warn('environment', 'LANGSMITH_ENDPOINT is not the address of this proxy, so tools of this shell bypass it', `for tools: export LANGSMITH_ENDPOINT=${here}`)] : [],
    ...elsewhere(endpoint) && quickStart ? [ok('environment', 'LANGSMITH_ENDPOINT says where this proxy forwards to; tools that see it too bypass the proxy')] : [],
    ...endpoint === undefined && elsewhere(older) ? [warn('environment', 'LANGCHAIN_ENDPOINT is not the address of this proxy, so tools of this shell bypass it', `unset LANGCHAIN_ENDPOINT; for tools: export LANGSMITH_ENDPOINT=${here}`)] : [],
    ...endpoint !== undefined && several !== undefined ? [warn('environment', 'LANGSMITH_RUNS_ENDPOINTS and LANGSMITH_ENDPOINT are both set, which SDKs refuse', 'unset LANGSMITH_RUNS_ENDPOINTS')] : [],
    ...OTHER_ADDRESSES.filter(([name]) => elsewhere(variables[name]))
      .map(([name, who, path]) => warn('environment', `${who} ${name}, which is not the address of this proxy`, `if that is meant for LangSmith: export ${name}=${here}${path}`))
  ]
}

function forwardProxy ({ variables, listen: { port } }: Surroundings): readonly Finding[] {
  const set = PLAIN_PROXY_VARIABLES.find((name) => variables[name] !== undefined)
  if (set === undefined) return []
  // Some tools read one spelling, some the other.
  const lists = [variables.no_proxy, variables.NO_PROXY].filter((list) => list !== undefined)
  const exempt = lists.length > 0 && lists.every((list) => ['localhost', '127.0.0.1'].every((host) => isExempt(list, host, port)))
  if (exempt) return []
  return [warn('environment', `${set} is set and NO_PROXY leaves localhost to it, so tools may send their calls to that proxy instead of here`, 'add localhost,127.0.0.1 to NO_PROXY and no_proxy, and export both')]
}

function switches ({ variables }: Surroundings): readonly Finding[] {
  if (variables.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return []
  return [warn('environment', 'NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node tools accept any certificate; this proxy verifies all the same', 'unset NODE_TLS_REJECT_UNAUTHORIZED, and name a company certificate in NODE_EXTRA_CA_CERTS')]
}

/** Port 0 is not known before the proxy runs, so then any is taken for it. */
function leadsHere (address: string, { port, allowedHosts }: Surroundings['listen']): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, port: written } = new URL(address)
  const dialled = written === '' ? { 'http:': 80, 'https:': 443 }[protocol] : Number(written)
  return (isLoopback(withoutBrackets(hostname)) || allowedHosts.includes(hostname)) && (port === 0 || dialled === port)
}

function addressOf ({ port }: Surroundings['listen']): string {
  return `http://localhost:${port === 0 ? 'PORT' : port}`
}
