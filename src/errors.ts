// Every way this program says no: one code each, never renamed, because logs, scripts and
// bug reports quote them. The table is also the source of docs/errors.md.

import { hideKeys } from './hide-keys.ts'

/** What an HTTP caller gets: the status, and the action that helps when the code says nothing more exact. */
interface HttpEntry { readonly status: number, readonly hint: string }
/** 126 and 127 are what shells give for a command that cannot be run. */
type ExitCode = 1 | 2 | 126 | 127
/** What a command says before it ends: the exit code, and the action. */
interface ExitEntry { readonly exit: ExitCode, readonly hint: string }

/** Codes of answers that the proxy makes itself; the form is in src/answer.ts. */
export const HTTP_ERRORS = {
  'request-ambiguous': { status: 400, hint: 'send a plain path that starts with /, with one Host header and one body length' },
  'log-level-unknown': { status: 400, hint: 'send one word: debug, info, warn, error or silent' },
  'client-key-required': { status: 401, hint: 'send your client key as X-API-Key or as Authorization: Bearer' },
  'client-key-unknown': { status: 401, hint: 'ask the person who runs this proxy for a new client key' },
  'browser-request': { status: 403, hint: 'call the proxy from a program such as curl or an SDK; web pages are refused' },
  'endpoint-closed': { status: 403, hint: 'this endpoint hands out credentials; to allow it, name it under "open" of the route' },
  'role-denied': { status: 403, hint: 'ask the person who runs this proxy for a role that allows it' },
  'method-not-allowed': { status: 405, hint: 'use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS' },
  'request-timeout': { status: 408, hint: 'send the whole request without a long pause' },
  'body-too-large': { status: 413, hint: 'send less at once, or raise listen.bodyLimit (LANGSMITH_PROXY_LISTEN_BODY_LIMIT)' },
  'no-route': { status: 421, hint: 'see "langsmith-proxy check" for the prefixes that are configured' },
  'host-not-allowed': { status: 421, hint: 'call the proxy as localhost, or add this name to listen.allowedHosts (LANGSMITH_PROXY_LISTEN_ALLOWED_HOSTS)' },
  'rate-limited': { status: 429, hint: 'wait for the time in Retry-After' },
  'budget-spent': { status: 429, hint: 'wait for the time in Retry-After; "langsmith-proxy usage" shows who spent it' },
  'headers-too-large': { status: 431, hint: 'send fewer or shorter headers; 500 lines of 16 KiB in all are allowed' },
  'upstream-unreachable': { status: 502, hint: 'check the region or LANGSMITH_ENDPOINT (upstream of the route), and that this machine can reach it' },
  'upstream-tls': { status: 502, hint: 'the certificate could not be verified; set "ca" of the route if your company issues its own, and check the clock' },
  'upstream-protocol': { status: 502, hint: 'the upstream broke off or sent a broken answer; check whether it acted on the request before you send it again' },
  'internal-error': { status: 503, hint: 'this is a defect of langsmith-proxy; report it with the request ID' },
  'credential-unavailable': { status: 503, hint: 'the key of this route could not be read; the log of the proxy says why' },
  overloaded: { status: 503, hint: 'try again in a moment; whoever runs the proxy can raise the limit' },
  draining: { status: 503, hint: 'the proxy is stopping; try again in a moment' },
  'upstream-timeout': { status: 504, hint: 'the upstream did not answer in time; try again' },
  'loop-detected': { status: 508, hint: 'an upstream in the config points back to this proxy; change it' }
} as const satisfies Record<string, HttpEntry>

/** Codes of commands that end without having done their work. Exit codes: design, 1 = at run time, 2 = usage or config. */
export const EXIT_ERRORS = {
  'usage-invalid': { exit: 2, hint: 'run langsmith-proxy --help' },
  'config-invalid': { exit: 2, hint: 'correct the settings named above, then run langsmith-proxy check' },
  'not-available': { exit: 2, hint: 'remove this setting; see CHANGELOG.md for what this version can do' },
  'secret-missing': { exit: 2, hint: 'set the secret where it is looked for' },
  'secret-unusable': { exit: 2, hint: 'store the key again, exactly as LangSmith showed it' },
  'secret-exposed': { exit: 2, hint: 'run chmod 600 on the file' },
  'secret-unreadable': { exit: 1, hint: 'make the file readable for the user who runs the proxy' },
  'listen-refused': { exit: 2, hint: 'listen on localhost, or see "beyond this machine" in the README' },
  'listen-failed': { exit: 1, hint: 'choose another address or port with --host and --port' },
  'audit-unwritable': { exit: 1, hint: 'make the audit file writable for the user who runs the proxy' },
  'not-ready': { exit: 1, hint: 'see the log of the proxy' },
  'not-stopped': { exit: 1, hint: 'see the log of the proxy, or send SIGTERM to its process' },
  'command-not-run': { exit: 126, hint: 'make the file executable (chmod +x), or name the program that reads it first' },
  'command-not-found': { exit: 127, hint: 'check its name and PATH; the words of a shell, such as pipes, need sh -c' }
} as const satisfies Record<string, ExitEntry>

export type HttpErrorCode = keyof typeof HTTP_ERRORS
export type ExitErrorCode = keyof typeof EXIT_ERRORS
export type ErrorCode = HttpErrorCode | ExitErrorCode

/**
 * The one error class of this program. Neither message nor hint may hold a secret, a header value or
 * the value of a setting; `cause` keeps the original for the debugger and is never logged.
 */
export class ProxyError extends Error {
  override readonly name = 'ProxyError'
  readonly code: ErrorCode
  /** What to do about it: an action. */
  readonly hint: string

  /**
   * @param code - From the tables above.
   * @param message - What is wrong and where it was set: lower case, no final dot, no values.
   * @param options - `hint` replaces the hint of the table.
   */
  constructor (code: ErrorCode, message: string, options: { hint?: string | undefined, cause?: unknown } = {}) {
    super(hideKeys(message), { cause: options.cause }) // messages name files, variables and hosts, where a key may have been put
    this.code = code
    const entry: HttpEntry | ExitEntry = { ...HTTP_ERRORS, ...EXIT_ERRORS }[code]
    this.hint = options.hint === undefined ? entry.hint : hideKeys(options.hint)
  }

  /** The exit code of a command that ends with this error. */
  get exitCode (): ExitCode {
    return this.code in EXIT_ERRORS ? EXIT_ERRORS[this.code as ExitErrorCode].exit : 1
  }
}

/**
 * What may be logged of an error that nobody expected: its name, its code and where it was thrown.
 * Its message stays out, because it can quote a value.
 */
export function describeFailure (error: unknown): { readonly name: string, readonly reason: string, readonly at?: string } {
  if (!(error instanceof Error)) return { name: 'unknown', reason: typeof error }
  const reason = 'code' in error && typeof error.code === 'string' ? error.code : 'no code'
  const frames = (error.stack ?? '').replace(error.message, '') // a message of several lines can look like a frame
  const at = /^\s*at .*$/m.exec(frames)?.[0].trim().replace(/\(?(?:file:\/\/)?\/.*\//, '(')
  return { name: error.name, reason, ...(at === undefined ? {} : { at }) }
}
