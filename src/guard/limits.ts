// What one caller may cost, where it is no setting. docs/limits.md has all limits, with what happens above
// them; those that depend on the machine or its callers are settings (listen.*, timeouts.*).

import type { Denial } from '../exchange.ts'

/** The head of a request, in bytes. SDKs send less than 2 KiB; LangSmith's own edge takes about as much. */
export const MAX_HEAD_BYTES = 16 * 1024

/** Header lines. Clients send fewer than 50; thousands of tiny ones cost four times as much as the same bytes in long ones. */
export const MAX_HEADER_LINES = 500

/** How often connections are looked at whose head has not come. */
export const HEAD_CHECK_MS = 5000

/** How long a TLS handshake may take; a browser far away needs less than one. */
export const HANDSHAKE_MS = 20_000

/** An idle connection is kept a little longer than load balancers in front keep it (60 s), so that they close first. */
export const KEEP_ALIVE_MS = 72_000

/** The limits that are settings and refuse what comes above them, with their variables. */
export const LIMIT_VARIABLES = {
  'listen.maxConnections': 'LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS',
  'listen.maxConnectionsPerAddress': 'LANGSMITH_PROXY_LISTEN_MAX_CONNECTIONS_PER_ADDRESS',
  'listen.maxInFlight': 'LANGSMITH_PROXY_LISTEN_MAX_IN_FLIGHT'
} as const

/** @param detail - What there is too much of. */
export function overLimit (detail: string, setting: keyof typeof LIMIT_VARIABLES): Denial {
  return { code: 'overloaded', detail: `${detail} (${setting})`, hint: `try again in a moment, or raise ${setting} (${LIMIT_VARIABLES[setting]})` }
}

/** @param rawHeaders - Flat list of names and values, whole: with a limit of node:http, what is past it would be invisible here. */
export function judgeLines (rawHeaders: readonly string[]): Denial | undefined {
  if (rawHeaders.length / 2 <= MAX_HEADER_LINES) return undefined
  return { code: 'headers-too-large', detail: `the request has more than ${MAX_HEADER_LINES} header lines` }
}
