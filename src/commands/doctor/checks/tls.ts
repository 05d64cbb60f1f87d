// Who vouches for the upstream: the issuer of its certificate, and whether that is somebody who reads along.

import { fail, ok, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Certificate, Seen } from '../dial.ts'
import { findIntermediary } from '../../../diagnosis/intermediaries.ts'

const DAY_MS = 86_400_000
const SOON_DAYS = 7

/** Programs that make certificates of their own to read encrypted traffic, besides the company filters of intermediaries.ts. */
const INSPECTORS: readonly (readonly [product: string, pattern: RegExp])[] = [
  ['Cloudflare Gateway', /gateway ca - cloudflare|cloudflare for teams/i],
  ['Check Point', /check ?point/i],
  ['Cato Networks', /cato networks/i],
  ['iboss', /\biboss\b/i],
  ['Menlo Security', /menlo security/i],
  ['Trend Micro', /trend ?micro/i],
  ['WatchGuard', /watchguard/i],
  ['SonicWall', /sonicwall/i],
  ['Kaspersky', /kaspersky/i],
  ['ESET', /\beset\b/i],
  ['Avast or AVG', /\bavast\b|\bavg\b/i],
  ['Bitdefender', /bitdefender/i],
  ['mitmproxy', /mitmproxy/i],
  ['Charles', /charles proxy/i],
  ['Fiddler', /fiddler|do_not_trust/i],
  ['Burp', /portswigger/i]
]

/** @param now - Milliseconds since 1970. */
export function judgeTls (host: string, seen: Seen, now: number): Finding {
  const { certificate, failure } = seen
  if (certificate === undefined) return fail('tls', failure.detail, failure.hint ?? 'check host and port of the upstream')
  const inspector = inspectorOf(certificate.issuer)
  const issued = certificate.selfSigned ? `issued by itself (${certificate.issuer})` : `issued by ${certificate.issuer}`
  if (failure !== undefined) {
    const who = inspector === undefined ? '' : `; ${inspector} reads the traffic of this network`
    return fail('tls', `the certificate of ${host} cannot be verified (${failure.reason}): ${issued}, valid ${span(certificate)}${who}`, fixOf(failure.reason, failure.hint, inspector))
  }
  const until = `${issued}, valid until ${day(certificate.validTo)}`
  if (inspector !== undefined) return warn('tls', `${until}; ${inspector} reads along, the key included`, `ask for ${host} to be left out of TLS inspection, if that is not meant`)
  if (certificate.validTo - now < SOON_DAYS * DAY_MS) return warn('tls', until, 'tell those who run this LangSmith to renew the certificate')
  return ok('tls', until)
}

/** The program that issues certificates for the hosts of others; undefined for an issuer that is not known as one. */
export function inspectorOf (issuer: string): string | undefined {
  const filter = findIntermediary([issuer])
  return filter?.place === 'company' ? filter.product : INSPECTORS.find(([, pattern]) => pattern.test(issuer))?.[0]
}

function fixOf (reason: string, hint: string | undefined, inspector: string | undefined): string {
  if (inspector !== undefined) return `get the root certificate of ${inspector} from your IT, and name its file as "ca" of the route or in NODE_EXTRA_CA_CERTS`
  if (hint !== undefined) return hint
  const trust = 'name the file of its authority as "ca" of the route or in NODE_EXTRA_CA_CERTS'
  return reason === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' ? `the server may not send its intermediate certificate; if it is of your company, ${trust}` : `if your company issues its own certificates, ${trust}; if not, somebody may be in between`
}

function span ({ validFrom, validTo }: Certificate): string {
  return `from ${day(validFrom)} to ${day(validTo)}`
}

function day (at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString().slice(0, 10) : 'an unknown date'
}
