// Log lines for a person at a terminal: one line a request, and a block for a refusal that says what
// is wrong and what to do. Built on pino-pretty; machines get JSON.

import { prettyFactory } from 'pino-pretty'
import type { Cause } from '../diagnosis/diagnosis.ts'
import type { RefusalDiagnosed, ProxyStarted } from '../events.ts'

/**
 * @param color - Whether the terminal shows colours.
 * @returns Turns a JSON line into text, line end included.
 */
export function createTerminalFormat (color: boolean): (line: string) => string {
  const pretty = prettyFactory({
    colorize: color,
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
    messageFormat: (log, messageKey) => [String(log[messageKey]), ...detailsOf(log)].map(visible).join('\n  ')
  })
  return (line) => pretty(line)
}

// Upstreams and config files put text into the log; as control characters it could rewrite the screen.
// pino-pretty takes them out of plain messages only.
function visible (text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

function detailsOf (log: Record<string, unknown>): readonly string[] {
  switch (log.event) {
    case 'refusal.diagnosed': return refusalDetails(log as unknown as RefusalDiagnosed)
    case 'proxy.started': return routeDetails(log as unknown as ProxyStarted)
    default: return []
  }
}

function refusalDetails (event: RefusalDiagnosed): readonly string[] {
  return [
    `${event.method} ${event.path}  route ${event.route ?? '?'}  credential ${event.credential ?? '?'}  (${event.secret_ref})`,
    `LangSmith said: ${event.excerpt === '' ? '(nothing)' : event.excerpt}`,
    ...event.diagnosis.causes.flatMap((cause) => causeLines(cause, event.diagnosis.summary))
  ]
}

// The headline says already what is certain; the summary of a possible cause says "possibly" itself.
function causeLines ({ confidence, summary, fix }: Cause, headline: string): readonly string[] {
  const named = confidence === 'possible' ? summary : `${confidence}: ${summary}`
  return [...(confidence === 'certain' && summary === headline ? [] : [named]), `  → ${fix}`]
}

function routeDetails (event: ProxyStarted): readonly string[] {
  return event.routes.map((route) => {
    const via = route.via === undefined ? '' : `  via ${route.via}`
    return `${route.prefix} → ${route.upstream}${route.region === undefined ? '' : ` (${route.region})`}  credential ${route.credential} [${route.fingerprint}] from ${route.secret_ref}${via}`
  })
}
