// The other routes of the config, as far as they help to explain a refusal on one.

import type { OtherRoute } from './diagnosis.ts'
import type { HistoryKeeper } from './history.ts'
import { workedLately, LATELY } from './standing.ts'
import type { Route } from '../routes/route.ts'
import type { Credential } from '../secrets/credential.ts'

/** @param credential - The version that was refused on `route`. */
export function otherRoutes (routes: readonly Route[], route: Pick<Route, 'prefix'>, credential: Credential, history: Pick<HistoryKeeper, 'of'>): readonly OtherRoute[] {
  return routes.filter(({ prefix }) => prefix !== route.prefix).map(({ prefix, upstream, credential: other }) => {
    const { current } = other
    const seen = current === undefined ? undefined : history.of({ route: prefix, fingerprint: current.apiKey.fingerprint })
    const worked = seen !== undefined && (seen.readWorked !== undefined || seen.writeWorked !== undefined)
    return {
      prefix,
      region: upstream.region,
      upstreamHost: upstream.host,
      credential: other.name,
      sameKey: current?.apiKey.equals(credential.apiKey) === true,
      works: worked && seen.inARow === 0,
      stoppedWorking: seen !== undefined && workedLately(seen) && seen.stopped !== undefined && seen.stopped <= LATELY
    }
  })
}
