// Tries a key before it is stored: read-only calls, on the way that requests will go. A refusal is explained as the
// running proxy would explain it.

import { randomBytes } from 'node:crypto'
import { readAuthorities } from './authorities.ts'
import type { Way } from './key-place.ts'
import type { GivenKey } from './key-text.ts'
import { askYesNo, say } from './terminal.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import type { Diagnosis } from '../diagnosis/diagnosis.ts'
import { collectEvidence } from '../diagnosis/evidence.ts'
import { runRound } from '../diagnosis/probe/round.ts'
import { createHistory } from '../diagnosis/history.ts'
import type { Credential } from '../secrets/credential.ts'
import type { Verdict } from '../secrets/rotation/judge.ts'
import { ask } from '../upstream/ask.ts'
import type { AskedHost } from '../upstream/ask.ts'
import { connectTo } from '../upstream/connections.ts'
import { LIST_ONE_PROJECT, verdictOf } from '../upstream/probe.ts'

export interface Candidate extends GivenKey {
  readonly name: string
  readonly workspaceId: string | undefined
}

interface Tried {
  readonly verdict: Verdict
  /** Of a refusal. */
  readonly diagnosis: Diagnosis | undefined
}

/** Takes a few seconds at most. @throws ProxyError `config-invalid` when the certificate file of the route cannot be read. */
async function tryKey ({ name, apiKey, shape, workspaceId }: Candidate, { route, timeouts }: Way): Promise<Tried> {
  const connections = connectTo(route, timeouts, readAuthorities({ routes: [route] }).get(route.caFile ?? ''))
  try {
    const credential = { name, apiKey, shape, workspaceId, secretRef: `store:${name}`, organizationId: undefined, since: Date.now(), expiresAt: undefined }
    const host = { route, connection: connections.pooled, hopId: randomBytes(6).toString('hex') }
    const asked = await ask(host, credential, LIST_ONE_PROJECT)
    const verdict = verdictOf(asked)
    return { verdict, diagnosis: asked.answered && verdict.says === 'refused' ? await explain(asked, credential, host) : undefined }
  } finally {
    await connections.close()
  }
}

/** Only the host that has the key by now is asked for more. */
async function explain ({ status, headers, body }: { status: number, headers: readonly string[], body: Buffer }, credential: Credential, host: AskedHost): Promise<Diagnosis> {
  const openRegion = (): never => { throw new Error('no other host is asked') }
  const findings = await runRound({ own: host, sharing: [], openRegion }, credential, 'same-host')
  const history = createHistory(() => 0).of({ route: host.route.prefix, fingerprint: credential.apiKey.fingerprint })
  return diagnose(collectEvidence(
    { status, method: 'GET', path: LIST_ONE_PROJECT.path, headers, body, removed: [], client: undefined, route: host.route, credential },
    { history, others: [], findings, now: Date.now() }
  ))
}

/**
 * Tries a key and tells the result.
 *
 * @param mayAsk - A person decides about a key that was not accepted; else one that LangSmith refuses is not kept.
 * @returns Whether to keep it.
 */
export async function passesTest (candidate: Candidate, way: Way, mayAsk: boolean): Promise<boolean> {
  const { host } = way.route.upstream
  const { verdict, diagnosis } = await tryKey(candidate, way)
  switch (verdict.says) {
    case 'accepted':
      say(`tested: LangSmith at ${host} accepts the key`)
      return true
    case 'refused':
      say(`warning: LangSmith at ${host} refuses the key (status ${String(verdict.status)})`, ...linesOf(diagnosis))
      return mayAsk && await askYesNo('Store it anyway?', false)
    case 'untold':
      say(`warning: the key could not be tested at ${host}: ${verdict.reason}`, 'hint: check the address and the way to it (HTTPS_PROXY, certificates); "langsmith-proxy secrets set" tests again')
      return !mayAsk || await askYesNo('Store it anyway?', true)
  }
}

/** What a person reads before answering a question. */
const MOST_CAUSES = 3

function linesOf (diagnosis: Diagnosis | undefined): readonly string[] {
  return diagnosis?.causes.slice(0, MOST_CAUSES).flatMap(({ summary, fix }) => [`  ${summary}`, `  → ${fix}`]) ?? []
}
