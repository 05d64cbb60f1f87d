// Why Redis could not be used, in one word. Messages stay out: Redis quotes in them what it was sent.

const NAMES: Readonly<Record<string, string>> = { ConnectionTimeoutError: 'TIMEOUT', SocketTimeoutError: 'TIMEOUT', SocketClosedUnexpectedlyError: 'CLOSED' }

/** Redis did not answer in time. */
export class RedisTimeout extends Error {
  readonly code = 'TIMEOUT'
}

/** @returns The system's code, or the first word of what Redis says, such as WRONGPASS or READONLY. */
export function redisReason (error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN'
  if ('code' in error && typeof error.code === 'string') return error.code
  return /^[A-Z]{2,12}(?= )/.exec(error.message)?.[0] ?? NAMES[error.constructor.name] ?? 'UNKNOWN'
}
