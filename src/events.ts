// Everything that the program reports while it runs, with its fields. The stages call emit(event);
// observe/ turns events into log lines and metrics. Nothing is logged that is not listed here.
//
// Fields are snake_case with units. No event holds a header value, a query value or a body; the one
// exception is the masked `excerpt` of a refusal.

import type { ClientsEvent } from './access/clients/events.ts'
import type { LimitEvent } from './access/limits/events.ts'
import type { AnswerDiagnosed, RefusalDiagnosed, RefusalExplained, RouteChecked } from './diagnosis/events.ts'
import type { HttpErrorCode } from './errors.ts'
import type { RequestFields, Source } from './exchange.ts'
import type { CertificateEvent } from './guard/tls/events.ts'
import type { AuditEvent } from './observe/audit/events.ts'
import type { LogEvent } from './observe/log-events.ts'
import type { RotationEvent } from './secrets/rotation/events.ts'
import type { UpstreamEvent } from './upstream/events.ts'

/** One per answered request, whoever answered. */
export interface RequestCompleted extends RequestFields {
  readonly event: 'request.completed'
  readonly status: number
  readonly source: Source
  /** Set where the proxy answered itself. */
  readonly code?: HttpErrorCode | undefined
  /** Of the key that the request carried: which version of the credential. */
  readonly fingerprint?: string | undefined
  readonly duration_ms: number
  /** From the dispatch to the head of the upstream's answer. */
  readonly upstream_ms?: number | undefined
  /** From the head of the request to the head of the upstream's answer: what a client waits. */
  readonly first_byte_ms?: number | undefined
  /** That it waited for its turn before (pacing). */
  readonly waited_ms?: number | undefined
  readonly bytes_in: number
  readonly bytes_out: number
  /** The upstream answered with a web page, which LangSmith's API never does. */
  readonly page?: true | undefined
  /** Query pairs that were cut out because they hold credentials: names only. */
  readonly query_removed?: readonly string[] | undefined
}

/** The client left, or the answer was cut, before the answer was complete. */
export interface RequestAborted extends RequestFields {
  readonly event: 'request.aborted'
  readonly by: 'client' | 'upstream' | 'proxy'
  /** What broke: a code such as ECONNRESET, never a message. */
  readonly reason?: string | undefined
  readonly status?: number | undefined
  readonly duration_ms: number
  readonly bytes_in: number
  readonly bytes_out: number
}

/** The proxy itself said no. */
export interface RequestDenied extends RequestFields {
  readonly event: 'request.denied'
  readonly code: HttpErrorCode
  readonly status: number
  readonly detail: string
  readonly hint: string
  readonly peer?: string | undefined
}

/** A role in report mode let a request pass that it would deny. */
export interface RoleWouldDeny extends RequestFields {
  readonly event: 'role.would_deny'
  readonly code: Extract<HttpErrorCode, 'role-denied'>
  readonly role: string
  /** Whose role it is: the caller's, or the policy of the route. */
  readonly of: 'client' | 'policy'
  readonly detail: string
}

/** Refusals like earlier ones, counted instead of logged in full. */
export interface RefusalsRepeated {
  readonly event: 'refusal.repeated'
  readonly credential: string
  readonly code: string
  readonly count: number
}

/** Events like earlier ones, counted instead of logged in full. */
export interface EventsRepeated {
  readonly event: 'events.repeated'
  readonly of: string
  readonly code: string
  readonly count: number
}

export interface ProxyStarted {
  readonly event: 'proxy.started'
  readonly url: string
  readonly version: string
  readonly config: string
  readonly routes: readonly {
    readonly prefix: string
    readonly upstream: string
    readonly region?: string | undefined
    readonly credential: string
    readonly secret_ref: string
    /** Undefined while the key could not be read. */
    readonly fingerprint?: string | undefined
    readonly workspace: boolean
    /** Name of the role that holds for all who use the route. */
    readonly policy?: string | undefined
    /** `host:port` of the egress proxy in between. */
    readonly via?: string | undefined
  }[]
}

/** Something to know about the settings; the start goes on. */
export interface ConfigNoticed {
  readonly event: 'config.noticed'
  readonly code: string
  readonly message: string
  readonly hint: string
}

export interface ProxyDraining {
  readonly event: 'proxy.draining'
  /** `SIGTERM`, `SIGINT`, `POST /-/stop`, or `end of the command` of `langsmith-proxy run`. */
  readonly signal: string
  readonly in_flight: number
}

export interface ProxyStopped {
  readonly event: 'proxy.stopped'
  /** Requests that were cut, at the deadline or by a second signal. */
  readonly cut: number
}

/** The config was read again and is in use; names only, no values. */
export interface ConfigReloaded {
  readonly event: 'config.reloaded'
  /** `SIGHUP`, or `file` where the file has changed. */
  readonly by: string
  /** Prefixes of routes. */
  readonly routes_added: readonly string[]
  readonly routes_removed: readonly string[]
  readonly routes_changed: readonly string[]
  /** Other settings that changed. */
  readonly changed: readonly string[]
  /** Those of them that have no effect before a restart. */
  readonly needs_restart: readonly string[]
}

/** The config was read again and has a mistake; the one before stays as a whole. */
export interface ConfigRejected {
  readonly event: 'config.rejected'
  readonly by: string
  readonly code: string
  readonly message: string
  readonly hint: string
}

/** A signal that other programs take as "reload" or "debug" arrived and was not acted on. */
export interface SignalIgnored {
  readonly event: 'signal.ignored'
  readonly signal: string
}

/** A defect of ours. Name and code only: a message could quote a value. */
export interface InternalFailed {
  readonly event: 'internal.failed'
  readonly reqId?: string | undefined
  readonly name: string
  readonly reason: string
  /** File and line of the throw. */
  readonly at?: string | undefined
}

/** The process may open no more files, so connections are closed unanswered or not made. */
export interface DescriptorsExhausted {
  readonly event: 'descriptors.exhausted'
  /** What a client is told that still has a connection. */
  readonly code: Extract<HttpErrorCode, 'overloaded'>
  /** EMFILE: the limit of the process; ENFILE: that of the machine. */
  readonly reason: string
  readonly hint: string
}

export type ProxyEvent
  = | RequestCompleted | RequestAborted | RequestDenied | RoleWouldDeny | UpstreamEvent
    | RefusalDiagnosed | RefusalExplained | AnswerDiagnosed | RouteChecked | RefusalsRepeated | EventsRepeated | ProxyStarted | ConfigNoticed | ProxyDraining | ProxyStopped
    | SignalIgnored | InternalFailed | LogEvent | DescriptorsExhausted | ConfigReloaded | ConfigRejected | AuditEvent | CertificateEvent | ClientsEvent | LimitEvent | RotationEvent

export type EventName = ProxyEvent['event']

/** How the stages report: must not throw and must not wait. */
export type Emit = (event: ProxyEvent) => void
