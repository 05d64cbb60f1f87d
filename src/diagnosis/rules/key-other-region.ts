// An organisation lives in one region, its keys are unknown in all others, and a key does not tell its region
// (teddynote issue 7: 200 in one region, 403 in another; the first question in langsmith-sdk issue 2112).

import { REGIONS } from '../../config/regions.ts'
import type { RegionName } from '../../config/regions.ts'
import type { Evidence, Rule, Suspicion } from '../diagnosis.ts'
import { regionsOf } from '../other-regions.ts'
import { docsPage, sdkIssue } from '../sources.ts'
import { isKnownHere, standingOf } from '../standing.ts'
import { saidNoReason } from '../unexplained.ts'
import { atWeight, itsPages, regionSetting, theKey, theRoute, upstreamSetting } from '../words.ts'
import { BARE, CERTAIN, LIKELY, POINTED_AT, POSSIBLE } from '../weights.ts'

const ASK = '; "langsmith-proxy doctor --regions" asks them with this key, as diagnosis.probe: regions does by itself'

export const keyOtherRegion: Rule = {
  code: 'key-other-region',
  answers: 'refusals',
  basis: 'confirmed',
  rows: [6],
  seen: '403 `{"error":"Forbidden"}` or `{"detail":"Forbidden"}` on everything.',
  means: 'The key was made in another region. An organization lives in one region, its keys are unknown elsewhere, and a key does not tell its region.',
  remedy: 'Look at the address of the LangSmith page where the key was made (`eu.smith.langchain.com` is `eu`) and set `region` of the route to it; `langsmith-proxy doctor --regions` asks all of them.',
  sureness: 'Certain when a region accepts the key that was asked; likely when another route of the config works in another region with this key; otherwise possible. Never for a key that has worked on this route. Only a list of projects is asked for, so a service key stays possible in a region that refuses it.',
  sources: ['https://github.com/teddylee777/langchain-teddynote/issues/7', sdkIssue(2112), sdkIssue(3326), docsPage('cloud')],
  judge
}

function judge (evidence: Evidence): Suspicion | undefined {
  if (!saidNoReason(evidence) || isKnownHere(evidence)) return undefined
  const { region, upstreamHost } = evidence.route
  if (region === undefined) {
    return {
      weight: standingOf(evidence) === 'refused' ? POINTED_AT : BARE.otherRegion,
      summary: `Possibly ${theKey(evidence)} was made on another LangSmith than ${upstreamHost}.`,
      fix: `create the key on ${itsPages(evidence)}, or correct ${upstreamSetting(evidence)}`
    }
  }
  const { asked, used, open, doubtful } = regionsOf(evidence, region)
  if (asked.length > 0) return foundIn(evidence, region, asked, CERTAIN)
  if (used.length > 0) return foundIn(evidence, region, used, LIKELY + 15)
  const left = [...open, ...doubtful]
  if (left.length === 0) return undefined
  const probed = standingOf(evidence) === 'refused'
  const asLikely = probed ? POINTED_AT : BARE.otherRegion
  return {
    weight: open.length === 0 ? POSSIBLE : asLikely,
    summary: `Possibly ${theKey(evidence)} belongs to another region; ${theRoute(evidence)} goes to ${region}.`,
    fix: `look at the address of the LangSmith page where the key was made (${REGIONS.eu.ui} is eu), then set ${regionSetting(evidence)} to that one: ${left.join(', ')}${probed && open.length > 0 ? ASK : ''}`
  }
}

function foundIn (evidence: Evidence, region: RegionName, found: readonly RegionName[], weight: number): Suspicion {
  const names = found.join(' and ')
  const there = evidence.others.find(({ sameKey, works, region: other }) => sameKey && works && other !== undefined && found.includes(other))
  const instead = there === undefined ? '' : `, or call route ${there.prefix}, which goes there`
  return {
    weight,
    summary: `${atWeight(weight, `${theKey(evidence)} belongs to ${names}, not to ${region}`)}: LangSmith accepts it there, and ${theRoute(evidence)} goes to ${region}.`,
    fix: `set ${regionSetting(evidence)} to ${names}${instead}`,
    probed: weight === CERTAIN
  }
}
