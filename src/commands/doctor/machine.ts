// What does not belong to one route: config, environment, files.

import { judgeEnvironment, endpointLeadsHere } from './checks/environment.ts'
import { judgeFiles } from './checks/files.ts'
import { ok, warn } from './finding.ts'
import type { Finding } from './finding.ts'
import type { Subject } from './subject.ts'
import { presentVariables } from '../../config/environment.ts'

/** Said more exactly by checks/environment.ts. */
const SAID_BY_ENVIRONMENT: ReadonlySet<string> = new Set(['variable-renamed'])
/** Notices about what is right as it is. */
const HARMLESS: ReadonlySet<string> = new Set(['endpoint-is-proxy', 'service-links-ignored'])

export interface Machine {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDir: string
  readonly uid: number | undefined
}

export function examineMachine ({ config }: Pick<Subject, 'config'>, { env, homeDir, uid }: Machine): readonly Finding[] {
  const variables = presentVariables(env)
  const surroundings = { variables, listen: config.listen, quickStart: config.source === 'environment' }
  const notices = config.notices.filter(({ code }) => !SAID_BY_ENVIRONMENT.has(code))
    .map(({ code, message, hint }) => HARMLESS.has(code) ? ok('config', `${message}; ${hint}`) : warn('config', message, hint))
  return [
    ok('config', `read from ${config.source}; ${config.routes.length === 1 ? 'one route' : `${config.routes.length} routes`}`),
    ...notices,
    ...judgeEnvironment(surroundings),
    ...judgeFiles({ variables, homeDir, uid, config, endpointLeadsHere: endpointLeadsHere(surroundings) })
  ]
}
