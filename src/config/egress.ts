// Which routes leave through a company's forward proxy. The connection is a CONNECT tunnel, so the
// key stays inside TLS; that is why plain http never goes through one.

import { isLoopback } from './addresses.ts'
import type { EgressProxy, Upstream } from './config.ts'
import type { Parsed } from './mistakes.ts'
import { isExempt } from './no-proxy.ts'

type Environment = Readonly<Record<string, string | undefined>>

// As curl does, the lower-case name first: it is the one people set on purpose.
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const

/** The forward proxy that a variable asks for. */
export interface EgressChoice {
  readonly setAt: string
  readonly parsed: Parsed<EgressProxy>
}

/**
 * Finds the forward proxy for an upstream.
 *
 * @param upstream - Where the route goes.
 * @param env - Usually `process.env`; HTTPS_PROXY, ALL_PROXY and NO_PROXY are read, in either case.
 * @returns The variable and what it was parsed to; undefined if the upstream is dialled directly.
 */
export function egressFor (upstream: Upstream, env: Environment): EgressChoice | undefined {
  if (!upstream.tls || isLoopback(upstream.hostname)) return undefined
  const setAt = PROXY_VARIABLES.find((name) => isSet(env[name]))
  if (setAt === undefined) return undefined
  const noProxy = [env.no_proxy, env.NO_PROXY].find(isSet) ?? ''
  const port = Number(new URL(upstream.origin).port || 443)
  if (isExempt(noProxy, upstream.hostname, port)) return undefined
  return { setAt, parsed: parseEgress(env[setAt]?.trim() ?? '', setAt) }
}

function isSet (value: string | undefined): boolean {
  return value !== undefined && value.trim() !== ''
}

// curl and others take an address without a scheme for an http: one.
function parseEgress (text: string, setAt: string): Parsed<EgressProxy> {
  const address = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(address)) return { mistake: 'must be an address such as http://proxy.example.com:3128' }
  const url = new URL(address)
  if (!['http:', 'https:'].includes(url.protocol)) return { mistake: 'must be an http: or https: proxy; other kinds are not supported' }
  const port = url.port === '' ? { 'http:': '80', 'https:': '443' }[url.protocol] : url.port
  return { value: { url: url.href, shown: `${url.hostname}:${String(port)}`, setAt } }
}
