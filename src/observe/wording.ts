// How each event reads: its level and one short sentence. Pure.

import type { ClientsReloaded } from '../access/clients/events.ts'
import type { RouteChecked } from '../diagnosis/events.ts'
import type { ConfigReloaded, EventName, ProxyEvent } from '../events.ts'
import type { CredentialRotated } from '../secrets/rotation/events.ts'

/** error = someone must act, warn = a client was refused, info = one line a request, debug = the rest. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

const LEVELS: Record<EventName, Level> = {
  'proxy.started': 'info',
  'config.noticed': 'warn',
  'request.completed': 'info',
  'request.aborted': 'debug',
  'request.denied': 'warn',
  'role.would_deny': 'warn',
  'upstream.failed': 'error',
  'upstream.retried': 'debug',
  'redirect.foreign': 'warn',
  'refusal.diagnosed': 'warn',
  'refusal.explained': 'warn',
  'answer.diagnosed': 'warn',
  'route.checked': 'info',
  'refusal.repeated': 'warn',
  'events.repeated': 'warn',
  'proxy.draining': 'info',
  'proxy.stopped': 'info',
  'config.reloaded': 'info',
  'config.rejected': 'error',
  'clients.reloaded': 'info',
  'clients.rejected': 'error',
  'redis.failed': 'error',
  'redis.recovered': 'info',
  'certificate.reloaded': 'info',
  'certificate.rejected': 'error',
  'certificate.expiring': 'warn',
  'credential.rotated': 'info',
  'credential.rejected': 'error',
  'credential.reverted': 'error',
  'credential.failed': 'warn',
  'credential.recovered': 'info',
  'credential.expiring': 'warn',
  'signal.ignored': 'info',
  'internal.failed': 'error',
  'log.lost': 'warn',
  'log.level_changed': 'info',
  'audit.lost': 'error',
  'audit.failed': 'error',
  'descriptors.exhausted': 'error'
}

export function levelOf (event: ProxyEvent): Level {
  // Probes come every few seconds, and nobody wants to read them.
  if (event.event === 'request.completed' && event.route === undefined && event.code === undefined) return 'debug'
  if (event.event === 'request.aborted' && event.by === 'upstream') return 'warn'
  if (event.event === 'credential.rotated' && event.test === 'untold') return 'warn'
  if (event.event === 'route.checked' && event.result !== 'accepted') return 'warn'
  if (event.event === 'credential.failed' && event.kept === undefined) return 'error'
  if ((event.event === 'credential.expiring' || event.event === 'certificate.expiring') && event.days_left === 0) return 'error'
  if (event.event === 'config.reloaded' && event.needs_restart.length > 0) return 'warn'
  return LEVELS[event.event]
}

/** One sentence for people; the fields beside it are for programs. */
export function sentenceOf (event: ProxyEvent): string {
  switch (event.event) {
    case 'proxy.started': return `listening on ${event.url}`
    case 'config.noticed': return `${event.message}; ${event.hint}`
    case 'request.completed': return `${event.method} ${event.path} → ${event.status} in ${event.duration_ms} ms${event.client === undefined ? '' : `, client ${event.client}`}`
    case 'request.aborted': return `${event.method} ${event.path} was cut by the ${event.by}`
    case 'request.denied': return `denied (${event.code}): ${event.detail}; ${event.hint}`
    case 'role.would_deny': return `would be denied, and passed as the role only reports: ${event.detail}`
    case 'upstream.failed': return `${event.upstream}: ${event.detail}; ${event.hint}`
    case 'upstream.retried': return `sent once more: the connection broke before an answer (${event.reason})`
    case 'redirect.foreign': return `redirect to another host (${event.target}) passed on; whoever follows it has no key there`
    case 'refusal.diagnosed': return `${event.status}: ${event.diagnosis.summary}`
    case 'refusal.explained': return `${event.status} explained, after asking LangSmith: ${event.diagnosis.summary}`
    case 'answer.diagnosed': return `${event.status}: ${event.diagnosis.summary}`
    case 'route.checked': return checkSentence(event)
    case 'refusal.repeated': return `${event.count} more refusals of credential ${event.credential} (${event.code})`
    case 'events.repeated': return `${event.count} more of ${event.of} (${event.code})`
    case 'proxy.draining': return `${event.signal}: finishing ${event.in_flight} requests`
    case 'proxy.stopped': return event.cut === 0 ? 'stopped' : `stopped; ${event.cut} requests were cut`
    case 'config.reloaded': return reloadSentence(event)
    case 'config.rejected': return `config not reloaded, the one before stays: ${event.message}; ${event.hint}`
    case 'clients.reloaded': return clientsSentence(event)
    case 'clients.rejected': return `clients file not taken over, the list before stays: ${event.message}; ${event.hint}`
    case 'redis.failed': return `Redis (limits.redis) cannot be used (${event.reason}): ${event.clients === 'closed' ? 'clients are refused with 503' : 'each proxy counts limits.requests by itself'} until it is back; ${event.hint}`
    case 'redis.recovered': return 'Redis (limits.redis) is back, and the proxies count limits.requests together'
    case 'certificate.reloaded': return `certificate (listen.tls) read again and in use; it is valid until ${event.expires_at}`
    case 'certificate.rejected': return `certificate not taken over, the one before stays: ${event.message}; ${event.hint}`
    case 'certificate.expiring': return `the certificate (listen.tls) ${endOf(event)}; put a new one there`
    case 'credential.rotated': return rotationSentence(event)
    case 'credential.rejected': return `${named(event)}: LangSmith refused the new key [${event.fingerprint}] with ${event.status}; [${event.kept}] stays in use`
    case 'credential.reverted': return `${named(event)}: LangSmith refuses the new key [${event.from}] with ${event.status} and accepts the old one, so [${event.to}] is in use again; put a working key there`
    case 'credential.failed': return `${event.detail}; ${event.kept === undefined ? 'its routes answer 503 until it can be read' : `the last good key [${event.kept}] stays in use`}; ${event.hint}`
    case 'credential.recovered': return `${named(event)} can be read again`
    case 'credential.expiring': return `${named(event)}: the key [${event.fingerprint}] ${endOf(event)}; put a new one there`
    case 'signal.ignored': return `${event.signal} ignored`
    case 'internal.failed': return `defect of langsmith-proxy: ${event.name} (${event.reason})`
    case 'log.lost': return `${event.lines} log lines were lost while the log could not be written`
    case 'log.level_changed': return `the log now tells ${event.to === 'silent' ? 'nothing (silent)' : `${event.to} and above`}, as somebody asked for (PUT /-/log-level); it was ${event.from}`
    case 'audit.lost': return `${event.lines} lines of the audit record were lost while its file could not be written`
    case 'audit.failed': return `${event.message}; ${event.hint}`
    case 'descriptors.exhausted': return `no file descriptor is left (${event.reason}): new connections are closed unanswered or not made; ${event.hint}`
  }
}

/** How long something is still valid. */
function endOf ({ days_left: days, expires_at: at }: { readonly days_left: number, readonly expires_at: string }): string {
  return `${days === 0 ? 'has expired' : `expires in ${days} ${days === 1 ? 'day' : 'days'}`} (${at})`
}

function clientsSentence ({ added, removed, changed }: ClientsReloaded): string {
  const told = listed([['added', added], ['removed', removed], ['changed', changed]])
  return `clients file read again${told === '' ? '; no client changed' : `; ${told}`}`
}

function listed (parts: readonly (readonly [string, readonly string[]])[]): string {
  return parts.filter(([, names]) => names.length > 0).map(([what, names]) => `${what}: ${names.join(', ')}`).join('; ')
}

function checkSentence (event: RouteChecked): string {
  const route = `route ${event.route}: `
  switch (event.result) {
    case 'accepted': return `${route}LangSmith accepts the key of ${named(event)}${event.reason === undefined ? '' : `; ${event.reason}`}`
    case 'refused': return `${route}LangSmith refuses the key of ${named(event)} with ${event.status}: ${adviceOf(event.diagnosis)}`
    case 'untold': return `${route}the key of ${named(event)} could not be tried: ${event.reason ?? ''}`
  }
}

/** What is wrong and what to do in one line; where nothing tells the causes apart, they are too many for that. */
function adviceOf (diagnosis: RouteChecked['diagnosis']): string {
  if (diagnosis === undefined) return ''
  const first = diagnosis.causes.find(({ code }) => code === diagnosis.code)
  return first === undefined ? `${diagnosis.summary} See /-/refusals` : `${diagnosis.summary} → ${first.fix}`
}

function named ({ credential, secret_ref: reference }: { readonly credential: string, readonly secret_ref: string }): string {
  return `credential "${credential}" (${reference})`
}

const TESTS: Record<CredentialRotated['test'], string> = { accepted: 'LangSmith accepts it', untold: 'it could not be tested', skipped: 'not tested' }

function rotationSentence (event: CredentialRotated): string {
  const why = event.reason === undefined ? '' : `: ${event.reason}`
  return `${named(event)}: ${whatIsNew(event)} is in use; ${TESTS[event.test]}${why}`
}

function whatIsNew ({ from, to }: CredentialRotated): string {
  if (from === undefined) return `key [${to}]`
  return from === to ? `another workspace ID with key [${to}]` : `new key [${to}] instead of [${from}]`
}

function reloadSentence (event: ConfigReloaded): string {
  const parts = [
    ['routes added', event.routes_added], ['removed', event.routes_removed], ['changed', event.routes_changed],
    ['settings changed', event.changed], ['after a restart only', event.needs_restart]
  ] as const
  const told = listed(parts)
  return `config reloaded (${event.by})${told === '' ? '; no setting changed' : `; ${told}`}`
}
