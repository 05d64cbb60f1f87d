// The variables of this program, LANGSMITH_PROXY_…: which settings they set, and which are slips.

import type { Notice } from './config.ts'
import { LEAVES, PREFIX, type FlatSetting } from './flat.ts'
import type { Mistakes } from './mistakes.ts'
import { QUICK_START_VARIABLES } from './quick-start.ts'
import { nearest } from './suggest.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The variable that names the config file. */
export const CONFIG_VARIABLE = `${PREFIX}CONFIG`

/** Short forms of long names. LANGSMITH_PROXY_LOG_LEVEL is the variable of log.level anyway. */
export const SHORT_FORMS: Readonly<Record<string, string>> = {
  [`${PREFIX}HOST`]: `${PREFIX}LISTEN_HOST`,
  [`${PREFIX}PORT`]: `${PREFIX}LISTEN_PORT`
}

// Kubernetes sets these in every container for a Service called langsmith-proxy or langsmith-proxy-…:
// kubernetes.io/docs/concepts/services-networking/service, "Environment variables".
const SERVICE_LINK_NAME = /_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/
const SERVICE_LINK_PORT = /^(tcp|udp|sctp):\/\//

/** The variables that are set: blanks around values cut off, empty values left out. */
export function presentVariables (env: Environment): Readonly<Record<string, string>> {
  const trimmed = Object.entries(env).map(([name, value]) => [name, value?.trim() ?? ''] as const)
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''))
}

/** What the variables set, as text; slips are mistakes, names made by Kubernetes one notice. */
export function readEnvironment (variables: Readonly<Record<string, string>>, mistakes: Mistakes): { settings: readonly FlatSetting[], notices: readonly Notice[] } {
  const own = Object.entries(variables).filter(([name]) => name.startsWith(PREFIX) && name !== CONFIG_VARIABLE)
  const links = own.filter(([name, text]) => isServiceLink(name, text)).map(([name]) => name)
  const settings: FlatSetting[] = []
  for (const [place, text] of own.filter(([name]) => !links.includes(name))) {
    const variable = SHORT_FORMS[place] ?? place
    const other = settings.find((setting) => setting.variable === variable)
    if (!LEAVES.has(variable)) {
      mistakes.add(place, `there is no such setting${suggestVariable(place)}`)
    } else if (other !== undefined && other.text !== text) {
      mistakes.add(place, `is another name for ${other.place}, which is set to something else; keep one of them`)
    } else {
      settings.push({ variable, place, text })
    }
  }
  return { settings, notices: links.length === 0 ? [] : [serviceLinkNotice(links)] }
}

// Compared without their common start, which would make all names look alike.
function suggestVariable (name: string): string {
  const known = [...LEAVES.keys(), ...Object.keys(SHORT_FORMS), CONFIG_VARIABLE, ...QUICK_START_VARIABLES]
  const byEnd = new Map(known.map((full) => [full.replace(/^LANGSMITH_(PROXY_)?/, ''), full]))
  const best = byEnd.get(nearest(name.slice(PREFIX.length), [...byEnd.keys()]) ?? '')
  return best === undefined ? '' : `; did you mean ${best}?`
}

function isServiceLink (name: string, value: string): boolean {
  return SERVICE_LINK_NAME.test(name) || (name.endsWith('_PORT') && SERVICE_LINK_PORT.test(value))
}

function serviceLinkNotice (links: readonly string[]): Notice {
  return {
    code: 'service-links-ignored',
    message: `${[...links].sort().join(', ')} (environment): set by Kubernetes, not by a person, and ignored`,
    hint: 'set enableServiceLinks: false in the pod spec to be rid of them'
  }
}
