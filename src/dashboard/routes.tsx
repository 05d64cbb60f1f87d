// Where requests go, and with which key.

import type { RoutePart, SightingPart } from '../admin/dashboard/parts.ts'
import { Ago, State, Table } from './parts.tsx'
import { exactTime, until } from './words.ts'

export function Routes ({ routes, now }: { readonly routes: readonly RoutePart[], readonly now: number }) {
  return (
    <section class="card" aria-labelledby="routes">
      <h2 id="routes">Routes</h2>
      <Table
        caption="Routes, their keys and what LangSmith said about them"
        rows={routes}
        keyOf={({ prefix }) => prefix}
        columns={[
          { title: 'Prefix', cell: ({ prefix }) => <code>{prefix}</code> },
          { title: 'Goes to', cell: (route) => <Target route={route} /> },
          { title: 'Key', cell: (route) => <Key route={route} /> },
          { title: 'Kept in', cell: ({ secret_ref: kept }) => <code>{kept}</code> },
          { title: 'In use since', cell: (route) => <Age route={route} now={now} /> },
          { title: 'Last check', cell: ({ last_check: check, last_answer: answer }) => <LastCheck check={check} answer={answer} now={now} /> },
          { title: 'State', cell: ({ state }) => <State kind={STATES[state].kind}>{STATES[state].text}</State> }
        ]}
      />
    </section>
  )
}

const STATES = {
  works: { kind: 'good', text: 'works' },
  refused: { kind: 'bad', text: 'refused' },
  untold: { kind: 'wait', text: 'not tried yet' },
  'no-key': { kind: 'bad', text: 'no key' }
} as const

function Target ({ route: { region, upstream, via, policy } }: { readonly route: RoutePart }) {
  return (
    <>
      {region ?? 'self-hosted'} <span class="quiet address">{upstream.replace(/^https:\/\//, '')}</span>
      {via !== undefined && <span class="quiet address">via {via}</span>}
      {policy !== undefined && <span class="tag">{policy}</span>}
    </>
  )
}

function Key ({ route: { credential, fingerprint, workspace } }: { readonly route: RoutePart }) {
  return <>{credential} {fingerprint !== undefined && <code>[{fingerprint}]</code>}{workspace && <span class="tag">workspace set</span>}</>
}

function Age ({ route: { since, expires }, now }: { readonly route: RoutePart, readonly now: number }) {
  if (since === undefined) return <>–</>
  return (
    <>
      <Ago time={since} now={now} />
      {expires !== undefined && <span class="quiet address">ends <time dateTime={expires} title={exactTime(expires)}>{until(expires, now)}</time></span>}
    </>
  )
}

/** The later of the two; what clients were answered is a check, too. */
function LastCheck ({ check, answer, now }: { readonly check: SightingPart | undefined, readonly answer: SightingPart | undefined, readonly now: number }) {
  const last = [check, answer].filter((sighting) => sighting !== undefined).sort((one, other) => Date.parse(other.time) - Date.parse(one.time))[0]
  if (last === undefined) return <>never</>
  return <><Ago time={last.time} now={now} /> <span class="quiet">{last.status === undefined ? 'no answer' : last.status}{last === check && ', at the start'}</span></>
}
