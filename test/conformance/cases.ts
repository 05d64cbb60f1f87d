// The table of cases: every run, ours and others', uses all of it.

import type { Case } from './case.ts'
import { answerKeys } from './cases/answer-keys.ts'
import { answers } from './cases/answers.ts'
import { beyond } from './cases/beyond.ts'
import { brokenUpstreams } from './cases/broken-upstreams.ts'
import { clientKeys } from './cases/client-keys.ts'
import { closedEndpoints } from './cases/closed-endpoints.ts'
import { headerSwap } from './cases/header-swap.ts'
import { hopByHop } from './cases/hop-by-hop.ts'
import { hostAndBrowser } from './cases/host-and-browser.ts'
import { otherHeaders } from './cases/other-headers.ts'
import { ownPages } from './cases/own-pages.ts'
import { queryCredentials } from './cases/query-credentials.ts'
import { redirects } from './cases/redirects.ts'
import { requestBodies } from './cases/request-bodies.ts'
import { requestLines } from './cases/request-lines.ts'
import { requestSmuggling } from './cases/request-smuggling.ts'
import { requestTarget } from './cases/request-target.ts'
import { roles } from './cases/roles.ts'
import { routes } from './cases/routes.ts'
import { slowAndAborts } from './cases/slow-and-aborts.ts'
import { targetRefusals } from './cases/target-refusals.ts'
import { tlsCases } from './cases/tls.ts'

/** The group for which everybody needs a client key. Other programs know neither clients nor roles. */
export const TEAM = 'client keys and roles'

/** In the order of the page. What is `beyond` is no promise of ours: others may be better there, and the page says so. */
export const GROUPS = {
  'header swap': [...headerSwap, ...queryCredentials, ...otherHeaders],
  'hop-by-hop': hopByHop,
  'request target': [...requestTarget, ...targetRefusals, ...requestLines],
  'routes and closed endpoints': [...routes, ...redirects, ...closedEndpoints, ...ownPages],
  'request smuggling': requestSmuggling,
  'host and browser': hostAndBrowser,
  'request bodies': requestBodies,
  answers,
  'echoed keys': answerKeys,
  'broken upstreams': brokenUpstreams,
  'slow peers and aborts': slowAndAborts,
  TLS: tlsCases,
  [TEAM]: [...clientKeys, ...roles],
  beyond
} satisfies Readonly<Record<string, readonly Case[]>>
