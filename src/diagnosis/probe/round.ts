// One round of read-only calls about a refused key. They go out two at a time at most, take two seconds each at most, and
// carry nothing of a client's request. Asks in the order of what it costs: public, own upstream, hosts that have the key, others.

import { INFO, ORGANIZATION, SESSIONS, USAGE, WORKSPACES } from './calls.ts'
import type { ProbeHosts } from './hosts.ts'
import { readInfo, readOrganization, readRegion, readSessions, readUsage, readWorkspaces } from './read-answers.ts'
import type { Findings, Said } from '../findings.ts'
import type { Config } from '../../config/config.ts'
import { REGION_NAMES } from '../../config/regions.ts'
import type { RegionName } from '../../config/regions.ts'
import type { Credential } from '../../secrets/credential.ts'
import { createTextMask } from '../../swap/mask-text.ts'
import { ask } from '../../upstream/ask.ts'
import type { AskedHost } from '../../upstream/ask.ts'

/** Never `off`: then there is no round. */
export type ProbeMode = Exclude<Config['diagnosis']['probe'], 'off'>

/**
 * Asks the upstream that refused and, as long as it accepts the key in no way, other regions: those that routes of the same
 * credential use, and with mode `regions` the rest, which do not have the key yet. For a self-hosted upstream never those.
 *
 * Takes 14 seconds at most, where nobody answers. Calls that fail are `untold`.
 *
 * @param ending - Ends the round; what was not asked by then is `untold`.
 */
export async function runRound (hosts: ProbeHosts, credential: Credential, mode: ProbeMode, ending?: AbortSignal): Promise<Findings> {
  const { own } = hosts
  const keyAlone: Credential = { ...credential, workspaceId: undefined, organizationId: undefined }
  const withoutWorkspace: Credential = { ...credential, workspaceId: undefined }
  const mask = createTextMask([credential.apiKey])

  const [info, workspaces] = await Promise.all([ask(own, undefined, INFO, ending), ask(own, keyAlone, WORKSPACES, ending)])
  const [sessions, bare] = await Promise.all([
    ask(own, credential, SESSIONS, ending),
    credential.workspaceId === undefined ? undefined : ask(own, withoutWorkspace, SESSIONS, ending)
  ])
  const [organization, usage] = await Promise.all([ask(own, credential, ORGANIZATION, ending), ask(own, credential, USAGE, ending)])
  const atOwn = {
    isApi: readInfo(info),
    sessions: readSessions(sessions),
    sessionsWithoutWorkspace: bare === undefined ? undefined : readSessions(bare),
    workspaces: readWorkspaces(workspaces, credential.workspaceId, mask),
    organization: readOrganization(organization, mask),
    usage: readUsage(usage, mask)
  }
  const { sessions: withAll, sessionsWithoutWorkspace, workspaces: { said } } = atOwn
  const isKnownHere = [withAll, sessionsWithoutWorkspace, said].includes('accepted')
  return { ...atOwn, regions: isKnownHere ? {} : await askRegions(hosts, keyAlone, mode, ending) }
}

async function askRegions (hosts: ProbeHosts, keyAlone: Credential, mode: ProbeMode, ending: AbortSignal | undefined): Promise<Findings['regions']> {
  const { region: ownRegion } = hosts.own.route.upstream
  const regions: Partial<Record<RegionName, Said>> = {}
  const askOne = async (name: RegionName, host: AskedHost): Promise<void> => {
    regions[name] = readRegion(await ask(host, keyAlone, SESSIONS, ending))
  }
  for (const name of REGION_NAMES.filter((name) => name !== ownRegion)) {
    const sharing = hosts.sharing.find(({ route }) => route.upstream.region === name)
    if (sharing !== undefined) {
      await askOne(name, sharing)
    } else if (mode === 'regions' && ownRegion !== undefined && ending?.aborted !== true) {
      const { host, close } = hosts.openRegion(name)
      await askOne(name, host).finally(close)
    }
  }
  return regions
}
