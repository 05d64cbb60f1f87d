// The words of a diagnosis: evidence in, ranked causes out. Rules and ranking are pure; only history.ts keeps
// something, and only probe/ asks anybody.

import type { PathClass } from './path-class.ts'
import type { Findings } from './findings.ts'
import type { RegionName } from '../config/regions.ts'
import type { Expiry, KeyShape } from '../secrets/credential.ts'

/**
 * Who wrote the body, judged by its form alone. `detail` = LangSmith's Python backend, `error` = its Go
 * backend, `problem` = its v2 API; the rest did not come from LangSmith's application.
 */
export type Dialect = 'detail' | 'error' | 'problem' | 'other-json' | 'html' | 'text' | 'empty'

/**
 * What LangSmith's own words mean (statement.ts). `forbidden` = a bare no, without a reason; `unknown` = LangSmith's form with words
 * that are not known here.
 */
export type Statement
  = 'no-key' | 'deployment-no-key' | 'legacy-key' | 'header-not-uuid' | 'workspace-required' | 'no-plan' | 'usage-limit' | 'forbidden' | 'unknown'

/**
 * What the body says: `detail`, `error`, `message`, `title`, `remedy` of a JSON body where they are strings, `title` of an
 * HTML page, `text` = the first words of anything that is not JSON. Written by the upstream, so never
 * quoted in a summary or fix; excerpt.ts makes it fit for a log. A value that was cut off ends in `…`.
 */
export type Fields = Readonly<Partial<Record<'detail' | 'error' | 'message' | 'title' | 'remedy' | 'text', string>>>

/** What this process has seen of one key on one route. Times are milliseconds ago; undefined for never. */
export interface History {
  /** When LangSmith last accepted a call that only reads, and one that changes something. */
  readonly readWorked: number | undefined
  readonly writeWorked: number | undefined
  /** Refusals without a success in between, this one included. */
  readonly inARow: number
  /** When LangSmith last refused an ordinary call of a kind that had worked before; undefined as long as none is, or once anything works again. */
  readonly stopped?: number | undefined
}

/** Another route of the config. */
export interface OtherRoute {
  readonly prefix: string
  readonly region: RegionName | undefined
  readonly upstreamHost: string
  readonly credential: string
  /** It sends the same key. */
  readonly sameKey: boolean
  /** LangSmith accepted its key at the last answer. */
  readonly works: boolean
  /** It worked lately, and LangSmith refuses ordinary calls now. */
  readonly stoppedWorking: boolean
}

/** Everything that is known about one refusal, or another answer that may need explaining. Holds no secret. */
export interface Evidence {
  readonly status: number
  readonly method: string
  /** The path that was forwarded, without query and without the base path of the upstream. */
  readonly path: string
  readonly pathClass: PathClass
  readonly contentType: string | undefined
  /** The Server header. */
  readonly server: string | undefined
  /** Names of the headers that gates and proxies in between add, lower case, e.g. `via`, `cf-ray`. */
  readonly edgeHeaders: readonly string[]
  /** Seconds, from Retry-After. */
  readonly retryAfter: number | undefined
  readonly dialect: Dialect
  readonly fields: Fields
  /** Undefined when the answer does not look like LangSmith's. */
  readonly statement: Statement | undefined
  /** The credential headers and query names that the client sent and the proxy removed, lower case. */
  readonly removed: readonly string[]
  /** The first product of the client's User-Agent, such as `curl`; a name, never quoted with its version. */
  readonly client: string | undefined
  readonly route: {
    readonly prefix: string
    readonly upstreamHost: string
    /** Undefined for self-hosted. */
    readonly region: RegionName | undefined
    readonly credential: string
    readonly secretRef: string
    readonly keyShape: KeyShape
    readonly workspaceId: string | undefined
    readonly organizationId: string | undefined
  }
  /** Of the version of the key that was sent. */
  readonly key: {
    readonly fingerprint: string
    /** How long this process has had it, in milliseconds. */
    readonly age: number
    /** Milliseconds until it expires, below zero when it has; undefined where nobody says. */
    readonly expiresIn: number | undefined
    /** Who says that: the place of the key, or LangSmith's list of keys. */
    readonly expirySaidBy: Expiry['saidBy'] | undefined
  }
  readonly history: History
  readonly others: readonly OtherRoute[]
  /** What read-only calls found out; undefined as long as none was made. */
  readonly findings: Findings | undefined
  /** How old the findings were when the answer came, in milliseconds; undefined where LangSmith was asked about this very answer, or not at all. */
  readonly foundAgo: number | undefined
}

export type Confidence = 'certain' | 'likely' | 'possible'

/** What one rule has to say. */
export interface Suspicion {
  /** 1 to 100; see weights.ts. */
  readonly weight: number
  /** One sentence: what is wrong and where it was set. A weight below LIKELY starts it with "Possibly". */
  readonly summary: string
  /** A command, a setting, or a place in the LangSmith UI. */
  readonly fix: string
  /** Read-only calls have shown it, so that it may outrank what is only confirmed elsewhere. */
  readonly probed?: boolean
}

/** One reason why LangSmith may have refused. */
export interface Cause {
  /** kebab-case, never renamed: it is in headers, logs and reason phrases. */
  readonly code: string
  readonly confidence: Confidence
  readonly summary: string
  readonly fix: string
}

/** One case: how it is recognised, and what docs/diagnosis.md says of it. */
export interface Rule {
  readonly code: string
  /** `refusals` = 401 and 403; `others` = the other answers that may need explaining; `all`. */
  readonly answers: 'refusals' | 'others' | 'all'
  /** Whether user reports, documentation or code show that this happens; what is only concluded never ranks above that. */
  readonly basis: 'confirmed' | 'inferred'
  /** Rows of docs/langsmith-api.md, section 4.3. */
  readonly rows: readonly number[]
  /** For the catalogue: what a person sees, what it means, what to do. Markdown, each one or two sentences. */
  readonly seen: string
  readonly means: string
  readonly remedy: string
  /** For the catalogue: when it is certain, likely or only possible. Markdown, one or two sentences. */
  readonly sureness: string
  /** For the catalogue: addresses of the sources, or a few words where there is none. */
  readonly sources: readonly string[]
  /** Pure: what the evidence says of this case, or undefined if it is not there. */
  readonly judge: (evidence: Evidence) => Suspicion | undefined
}

export interface Diagnosis {
  /** The code of the first cause; where nothing tells the causes apart, a general one (see diagnose.ts). */
  readonly code: string
  readonly summary: string
  readonly causes: readonly Cause[]
  /** Read-only calls were made to find out. */
  readonly probed: boolean
}
