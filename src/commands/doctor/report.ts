// The report as text for people and as JSON for programs. Whatever is in a finding passes through `shown` first.

import { styleText } from 'node:util'
import type { Finding, State } from './finding.ts'
import type { Cause, Diagnosis } from '../../diagnosis/diagnosis.ts'
import type { ProxyStarted } from '../../events.ts'
import { breakText } from '../../observe/break-text.ts'
import type { MaskText } from '../../swap/mask-text.ts'

const STATE_WIDTH = 4
const CHECK_WIDTH = 11
const INDENT = ' '.repeat(2 + STATE_WIDTH + 2 + CHECK_WIDTH + 2)
const MOST_CAUSES = 4
const COLORS = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'gray' } as const satisfies Record<State, string>

/** A text without secrets and without what could rewrite a screen: servers and files put words into it. */
export function plainText (text: string, maskText: MaskText): string {
  return maskText(text).replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}

export function shown (finding: Finding, maskText: MaskText): Finding {
  const plain = (text: string): string => plainText(text, maskText)
  const { says, fix, diagnosis } = finding
  return {
    ...finding, says: plain(says),
    ...fix === undefined ? {} : { fix: plain(fix) },
    ...diagnosis === undefined ? {} : { diagnosis: shownDiagnosis(diagnosis, plain) }
  }
}

function shownDiagnosis (diagnosis: Diagnosis, plain: (text: string) => string): Diagnosis {
  const causes = diagnosis.causes.map((cause) => ({ ...cause, summary: plain(cause.summary), fix: plain(cause.fix) }))
  return { ...diagnosis, summary: plain(diagnosis.summary), causes }
}

export interface Look {
  readonly colors: boolean
  /** Characters of a line; undefined for lines that are not broken. */
  readonly width: number | undefined
}

/** One finding: a line, its fix below it. */
export function findingText ({ check, state, says, fix, diagnosis }: Finding, { colors, width }: Look): string {
  const word = state.padEnd(STATE_WIDTH)
  // The stream is not asked: the caller knows whether it shows colours.
  const head = `  ${colors ? styleText(COLORS[state], word, { validateStream: false }) : word}  ${check.padEnd(CHECK_WIDTH)}  `
  const more = [...fix === undefined ? [] : [`→ ${fix}`], ...diagnosis === undefined ? [] : diagnosis.causes.slice(0, MOST_CAUSES).flatMap((cause) => causeLines(cause, diagnosis.summary))]
  return `${[says, ...more].map((text, at) => (at === 0 ? head : INDENT) + breakText(text, width === undefined ? undefined : width - INDENT.length).join(`\n${INDENT}`)).join('\n')}\n`
}

// The line above says already what is certain; the summary of a possible cause says "possibly" itself.
function causeLines ({ confidence, summary, fix }: Cause, headline: string): readonly string[] {
  const named = confidence === 'possible' ? summary : `${confidence}: ${summary}`
  return [...(summary === headline ? [] : [named]), `→ ${fix}`]
}

type Described = ProxyStarted['routes'][number]

/** The same for what is told of a route: any of its words may be a key by mistake. */
export function shownRoute (route: Described, maskText: MaskText): Described {
  const plain = (text: string): string => plainText(text, maskText)
  return { ...route, prefix: plain(route.prefix), upstream: plain(route.upstream), credential: plain(route.credential), secret_ref: plain(route.secret_ref), via: route.via === undefined ? undefined : plain(route.via) }
}

/** `route /eu  →  https://eu.api.smith.langchain.com (eu)  credential eu [3f9a1c22] from env:KEY_EU`. */
export function routeText ({ prefix, upstream, region, credential, fingerprint, secret_ref: secretRef, via }: Described): string {
  const key = fingerprint === undefined ? '' : ` [${fingerprint}]`
  return `route ${prefix}  →  ${upstream}${region === undefined ? '' : ` (${region})`}${via === undefined ? '' : ` via ${via}`}  credential ${credential}${key} from ${secretRef}\n`
}

/** Findings of one route, or of what all have in common. */
export type Findings = readonly Finding[]

export function isBroken (findings: Findings): boolean {
  return findings.some(({ state }) => state === 'fail')
}

/** The last line. */
export function summaryText (common: Findings, routes: readonly Findings[]): string {
  const broken = routes.filter(isBroken).length
  const warnings = [common, ...routes].flat().filter(({ state }) => state === 'warn').length
  const works = routes.length === 1 ? 'the route works' : `all ${routes.length} routes work`
  const fails = broken === routes.length ? `${broken === 1 ? 'the route' : `all ${broken} routes`} cannot work` : `${broken} of ${routes.length} routes cannot work`
  return `${broken === 0 ? works : fails}${warnings === 0 ? '' : `; ${warnings} warning${warnings === 1 ? '' : 's'}`}\n`
}
