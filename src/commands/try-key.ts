// Tries a key before it is stored: one read-only call, on the way that requests will go.

import { randomBytes } from 'node:crypto'
import { readAuthorities } from './authorities.ts'
import type { Way } from './key-place.ts'
import type { GivenKey } from './key-text.ts'
import { askYesNo, say } from './terminal.ts'
import { NEW_KEY } from '../secrets/key-advice.ts'
import type { Verdict } from '../secrets/rotation/judge.ts'
import { connectTo } from '../upstream/connections.ts'
import { probe } from '../upstream/probe.ts'

export interface Candidate extends GivenKey {
  readonly name: string
  readonly workspaceId: string | undefined
}

/** Takes two seconds at most. @throws ProxyError `config-invalid` when the certificate file of the route cannot be read. */
export async function tryKey ({ name, apiKey, shape, workspaceId }: Candidate, { route, timeouts }: Way): Promise<Verdict> {
  const connections = connectTo(route, timeouts, readAuthorities({ routes: [route] }).get(route.caFile ?? ''))
  try {
    const credential = { name, apiKey, shape, workspaceId, secretRef: `store:${name}`, organizationId: undefined, since: Date.now(), expiresAt: undefined }
    return await probe({ route, connection: connections.pooled, hopId: randomBytes(6).toString('hex') }, credential)
  } finally {
    await connections.close()
  }
}

/**
 * Tries a key and tells the result.
 *
 * @param mayAsk - A person decides about a key that was not accepted; else one that LangSmith refuses is not kept.
 * @returns Whether to keep it.
 */
export async function passesTest (candidate: Candidate, way: Way, mayAsk: boolean): Promise<boolean> {
  const { host } = way.route.upstream
  const verdict = await tryKey(candidate, way)
  switch (verdict.says) {
    case 'accepted':
      say(`tested: LangSmith at ${host} accepts the key`)
      return true
    case 'refused':
      say(`warning: LangSmith at ${host} refuses the key (status ${String(verdict.status)})`, ...causesOf(candidate, way).map((cause) => `hint: ${cause}`))
      return mayAsk && await askYesNo('Store it anyway?', false)
    case 'untold':
      say(`warning: the key could not be tested at ${host}: ${verdict.reason}`, 'hint: check the address and the way to it (HTTPS_PROXY, certificates); "langsmith-proxy secrets set" tests again')
      return !mayAsk || await askYesNo('Store it anyway?', true)
  }
}

/** What a person can look at, the most usual first. Source: docs/langsmith-api.md, section 6. */
function causesOf ({ shape, workspaceId }: Candidate, { route }: Way): readonly string[] {
  const { region, host } = route.upstream
  return [
    region === undefined ? `a key works only on the LangSmith where it was made; check that this was ${host}` : `a key works in one region only; check that it was made in ${region}`,
    ...workspaceId === undefined ? [] : ['check that the workspace ID belongs to the key, or leave it out'],
    ...workspaceId === undefined && shape.kind === 'service' ? ['a service key of several workspaces needs the ID of one of them'] : [],
    `if it was deleted or has expired, ${NEW_KEY}`
  ]
}
