// The whole page, from top to bottom.

import { useEffect, useState } from 'preact/hooks'
import { Clients } from './clients.tsx'
import { FirstSteps } from './first-steps.tsx'
import { Header } from './header.tsx'
import { Refusals } from './refusals.tsx'
import { Routes } from './routes.tsx'
import { followChanges, NOTHING } from './stream.ts'
import { TrafficCharts } from './traffic.tsx'

const SECOND_MS = 1000

export function Page () {
  const [shown, show] = useState(NOTHING)
  useEffect(() => followChanges(show), [])
  const now = useNow() + shown.clockAhead
  const { proxy, routes, team, traffic, refusals, isConnected } = shown
  const hasRequests = (team?.clients.some(({ requests }) => requests > 0) ?? false) || refusals.length > 0
  return (
    <>
      <Header shown={shown} now={now} />
      {proxy === undefined
        ? <main><p class="quiet">{isConnected ? 'Connected.' : 'Waiting for the proxy to tell how it is.'}</p></main>
        : (
            <main class={isConnected ? '' : 'old'}>
              {hasRequests ? <Refusals refusals={refusals} run={proxy.started} now={now} /> : <FirstSteps proxy={proxy} routes={routes} />}
              <TrafficCharts steps={traffic} stepS={proxy.step_s} now={now} />
              <Routes routes={routes} now={now} />
              {team !== undefined && <Clients team={team} now={now} />}
            </main>
          )}
      <footer>
        <nav aria-label="The same for programs">
          For programs: <a href="/-/metrics">metrics</a> <a href="/-/refusals">refusals</a> <a href="/-/usage">usage</a> <a href="/-/clients">clients</a>
        </nav>
        <p>Everything here is in the memory of the proxy and is gone when it ends.</p>
      </footer>
    </>
  )
}

/** Milliseconds since 1970, each second anew. */
function useNow (): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => { setNow(Date.now()) }, SECOND_MS)
    return () => { clearInterval(timer) }
  }, [])
  return now
}
