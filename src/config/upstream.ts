// Addresses of LangSmith: what a route may forward to.

import { isLoopback, isMetadata, withoutBrackets } from './addresses.ts'
import type { Upstream } from './config.ts'
import type { Parsed } from './mistakes.ts'
import { isPlainPath } from './prefix.ts'
import { regionOfHost, regionOfUiHost, REGIONS, type RegionName } from './regions.ts'

/** The API of a LangSmith cloud. */
export function upstreamOfRegion (region: RegionName): Upstream {
  const hostname = REGIONS[region].api
  return { origin: `https://${hostname}`, host: hostname, hostname, tls: true, basePath: '', selfHosted: false, region }
}

/**
 * Reads the address of a LangSmith.
 *
 * @param text - As written in the settings, e.g. `https://langsmith.example.com/api/v1`.
 * @param options - `insecure` allows plain http beyond loopback.
 */
export function parseUpstream (text: string, options: { insecure: boolean }): Parsed<Upstream> {
  const [, scheme, authority, path] = /^(https?):\/\/([^/?#\\\s]+)([^?#\\\s]*)$/i.exec(text) ?? []
  if (scheme === undefined || authority === undefined || path === undefined || !URL.canParse(text)) return { mistake: formMistake(text) }
  if (authority.includes('@')) return { mistake: 'must not hold a user name or password' }
  const basePath = path.replace(/\/+$/, '')
  if (!isPlainPath(basePath)) return { mistake: 'must have a plain path, without escapes, empty segments or segments of dots alone' }
  const url = new URL(text)
  const hostname = withoutBrackets(url.hostname)
  const mistake = hostMistake(hostname, url.protocol === 'https:', options.insecure)
  if (mistake !== undefined) return { mistake }
  const region = regionOfHost(hostname)
  if (region !== undefined && !['', '/api', '/api/v1'].includes(basePath)) {
    return { mistake: `must not have a path: the API of region ${region} is at https://${hostname}` }
  }
  return { value: { origin: url.origin, host: url.host, hostname, tls: url.protocol === 'https:', region, ...mapBase(basePath, region) } }
}

function formMistake (text: string): string {
  if (/[?#]/.test(text)) return 'must not have a query or fragment'
  return 'must be a whole address such as https://langsmith.example.com/api/v1'
}

function hostMistake (hostname: string, tls: boolean, insecure: boolean): string | undefined {
  const ui = regionOfUiHost(hostname)
  if (ui !== undefined) {
    return `must be the address of the API, not of the web pages: for region ${ui} that is https://${REGIONS[ui].api}`
  }
  if (tls || isLoopback(hostname)) return undefined
  if (regionOfHost(hostname) !== undefined) return 'must start with https://, as LangSmith\'s own hosts are never called without TLS'
  if (isMetadata(hostname)) return 'must not be a link-local address or a metadata service'
  if (!insecure) return 'must start with https://; plain http is for this machine only, or for a route with insecure: true in a config file'
  return undefined
}

// The clouds take the same paths with and without /api/v1, so their base is dropped.
function mapBase (basePath: string, region: RegionName | undefined): { basePath: string, selfHosted: boolean } {
  if (region !== undefined) return { basePath: '', selfHosted: false }
  const before = basePath.replace(/\/api(\/v1)?$/, '')
  return { basePath: before, selfHosted: before !== basePath }
}
