// The words of a diagnosis: evidence in, ranked causes out. Everything below diagnosis/ is pure.

import type { RegionName } from '../config/regions.ts'
import type { KeyShape } from '../secrets/credential.ts'

/**
 * Who wrote the body, judged by its form alone. `detail` = LangSmith's Python backend, `error` = its Go
 * backend, `problem` = its v2 API; the rest did not come from LangSmith's application.
 */
export type Dialect = 'detail' | 'error' | 'problem' | 'other-json' | 'html' | 'text' | 'empty'

/**
 * What the body says: `detail`, `error`, `message`, `title` of a JSON body where they are strings, `title` of an
 * HTML page, `text` = the first words of anything that is not JSON. Written by the upstream, so never
 * quoted in a summary or fix; excerpt.ts makes it fit for a log. A value that was cut off ends in `…`.
 */
export type Fields = Readonly<Partial<Record<'detail' | 'error' | 'message' | 'title' | 'text', string>>>

/** Everything that is known about one refusal. Holds no secret. */
export interface Evidence {
  readonly status: number
  readonly method: string
  /** The path that was forwarded, without query. */
  readonly path: string
  readonly contentType: string | undefined
  /** The Server header. */
  readonly server: string | undefined
  readonly dialect: Dialect
  readonly fields: Fields
  /** The credential headers and query names that the client sent and the proxy removed, lower case. */
  readonly removed: readonly string[]
  readonly route: {
    readonly prefix: string
    readonly upstreamHost: string
    /** Undefined for self-hosted. */
    readonly region: RegionName | undefined
    readonly credential: string
    readonly secretRef: string
    readonly keyShape: KeyShape
    readonly workspaceId: string | undefined
  }
}

export type Confidence = 'certain' | 'likely' | 'possible'

/** One reason why LangSmith may have refused. */
export interface Cause {
  /** kebab-case, never renamed: it is in headers, logs and reason phrases. */
  readonly code: string
  readonly confidence: Confidence
  /** One sentence: what is wrong and where it was set. */
  readonly summary: string
  /** A command, a setting, or a place in the LangSmith UI. */
  readonly fix: string
}

/** Pure: says what it sees in the evidence, or undefined if this case is not there. */
export type Rule = (evidence: Evidence) => Cause | undefined

export interface Diagnosis {
  /** The code of the first cause; where nothing tells the causes apart, a general one (see diagnose.ts). */
  readonly code: string
  readonly summary: string
  readonly causes: readonly Cause[]
}
