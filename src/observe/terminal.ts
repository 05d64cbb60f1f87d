// Log lines for a person at a terminal: one line a request, and a block for a refusal that says what
// is wrong and what to do. Built on pino-pretty; machines get JSON.

import { prettyFactory } from 'pino-pretty'
import { refusalLines } from './refusal-lines.ts'
import type { Explained } from './refusal-lines.ts'
import { visible } from './visible.ts'
import type { ProxyStarted } from '../events.ts'

/**
 * @param color - Whether the terminal shows colours.
 * @returns Turns a JSON line into text, line end included.
 */
export function createTerminalFormat (color: boolean): (line: string) => string {
  const pretty = prettyFactory({
    colorize: color,
    translateTime: 'SYS:HH:MM:ss',
    hideObject: true,
    // pino-pretty makes plain messages visible itself, but not these
    messageFormat: (log, messageKey) => [String(log[messageKey]), ...detailsOf(log)].map(visible).join('\n  ')
  })
  return (line) => pretty(line)
}

function detailsOf (log: Record<string, unknown>): readonly string[] {
  switch (log.event) {
    case 'refusal.diagnosed':
    case 'refusal.explained':
    case 'answer.diagnosed': return refusalLines(log as unknown as Explained)
    case 'proxy.started': return routeDetails(log as unknown as ProxyStarted)
    default: return []
  }
}

function routeDetails (event: ProxyStarted): readonly string[] {
  return event.routes.map((route) => {
    const via = route.via === undefined ? '' : `  via ${route.via}`
    return `${route.prefix} → ${route.upstream}${route.region === undefined ? '' : ` (${route.region})`}  credential ${route.credential} [${route.fingerprint ?? 'no key yet'}] from ${route.secret_ref}${via}`
  })
}
