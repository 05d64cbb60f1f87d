// How each event reads: its level and one short sentence. Pure.

import type { EventName, ProxyEvent } from '../events.ts'

/** error = someone must act, warn = a client was refused, info = one line a request, debug = the rest. */
export type Level = 'debug' | 'info' | 'warn' | 'error'

const LEVELS: Record<EventName, Level> = {
  'proxy.started': 'info',
  'config.noticed': 'warn',
  'request.completed': 'info',
  'request.aborted': 'debug',
  'request.denied': 'warn',
  'upstream.failed': 'error',
  'upstream.retried': 'debug',
  'redirect.foreign': 'warn',
  'refusal.diagnosed': 'warn',
  'refusal.repeated': 'warn',
  'events.repeated': 'warn',
  'proxy.draining': 'info',
  'proxy.stopped': 'info',
  'signal.ignored': 'info',
  'internal.failed': 'error',
  'log.lost': 'warn'
}

export function levelOf (event: ProxyEvent): Level {
  // Probes come every few seconds, and nobody wants to read them.
  if (event.event === 'request.completed' && event.route === undefined && event.code === undefined) return 'debug'
  if (event.event === 'request.aborted' && event.by === 'upstream') return 'warn'
  return LEVELS[event.event]
}

/** One sentence for people; the fields beside it are for programs. */
export function sentenceOf (event: ProxyEvent): string {
  switch (event.event) {
    case 'proxy.started': return `listening on ${event.url}`
    case 'config.noticed': return `${event.message}; ${event.hint}`
    case 'request.completed': return `${event.method} ${event.path} → ${event.status} in ${event.duration_ms} ms`
    case 'request.aborted': return `${event.method} ${event.path} was cut by the ${event.by}`
    case 'request.denied': return `denied (${event.code}): ${event.detail}; ${event.hint}`
    case 'upstream.failed': return `${event.upstream}: ${event.detail}; ${event.hint}`
    case 'upstream.retried': return `sent once more: the connection broke before an answer (${event.reason})`
    case 'redirect.foreign': return `redirect to another host (${event.target}) passed on; whoever follows it has no key there`
    case 'refusal.diagnosed': return `${event.status}: ${event.diagnosis.summary}`
    case 'refusal.repeated': return `${event.count} more refusals of credential ${event.credential} (${event.code})`
    case 'events.repeated': return `${event.count} more of ${event.of} (${event.code})`
    case 'proxy.draining': return `${event.signal}: finishing ${event.in_flight} requests`
    case 'proxy.stopped': return event.cut === 0 ? 'stopped' : `stopped; ${event.cut} requests were cut at the deadline`
    case 'signal.ignored': return `${event.signal} ignored`
    case 'internal.failed': return `defect of langsmith-proxy: ${event.name} (${event.reason})`
    case 'log.lost': return `${event.lines} log lines were lost while the log could not be written`
  }
}
