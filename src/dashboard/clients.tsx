// Who calls, and who spends LangSmith's budgets.

import type { ClientPart, TeamPart } from '../admin/dashboard/parts.ts'
import { Ago, Table } from './parts.tsx'
import { bytes, count, exactTime, plural, until } from './words.ts'

type Budget = TeamPart['budgets'][number]

export function Clients ({ team: { clients, clients_left_out: leftOut, budgets }, now }: { readonly team: TeamPart, readonly now: number }) {
  const isTeam = clients.some(({ name }) => name !== null)
  const spent = budgets.filter(({ used, waiting, blocked_s: blocked }) => used > 0 || waiting > 0 || blocked > 0)
  if (!isTeam && spent.length === 0) return null
  return (
    <section class="card" aria-labelledby="clients">
      <h2 id="clients">{isTeam ? 'Clients and budgets' : 'Budgets'}</h2>
      {isTeam && <ClientTable clients={clients} now={now} />}
      {leftOut > 0 && <p class="quiet">and {plural(leftOut, 'client')} more: <code>langsmith-proxy clients list</code></p>}
      <h3>LangSmith's budgets of each key</h3>
      {spent.length === 0
        ? <p class="quiet">Nothing spent just now.</p>
        : <div class="budgets">{spent.map((budget) => <Share key={`${budget.credential} ${budget.upstream} ${budget.path}`} budget={budget} />)}</div>}
    </section>
  )
}

function ClientTable ({ clients, now }: { readonly clients: readonly ClientPart[], readonly now: number }) {
  return (
    <Table
      caption="Clients, and what they did since the proxy started"
      rows={clients}
      keyOf={({ name }) => name ?? ''}
      columns={[
        { title: 'Client', cell: ({ name }) => name ?? <span class="quiet">without a client key</span> },
        { title: 'Role', cell: ({ name, role }) => role ?? (name === null ? '–' : 'no client any more') },
        { title: 'Routes', cell: ({ routes }) => routes === undefined ? 'all' : routes.join(' ') },
        { title: 'Requests', isNumber: true, cell: ({ requests }) => count(requests) },
        { title: 'Refused', isNumber: true, cell: ({ refused }) => count(refused) },
        { title: 'Too many', isNumber: true, cell: ({ too_many: tooMany, held }) => count(tooMany + held) },
        { title: 'Bytes in, out', isNumber: true, cell: ({ bytes_in: sent, bytes_out: got }) => `${bytes(sent)}, ${bytes(got)}` },
        { title: 'Last seen', cell: ({ last_used: last }) => last === undefined ? '–' : <Ago time={last} now={now} /> },
        { title: 'Ends', cell: ({ expires }) => expires === undefined ? 'never' : <time dateTime={expires} title={exactTime(expires)}>{until(expires, now)}</time> }
      ]}
    />
  )
}

/** How much of a budget is spent in the time that it is about, and by whom. */
function Share ({ budget: { credential, path, limit, seconds, used, clients, waiting, blocked_s: blocked } }: { readonly budget: Budget }) {
  const share = limit === null ? undefined : Math.min(100, Math.round(used / limit * 100))
  return (
    <div class="budget">
      <p><b>{path}</b> <span class="quiet">key {credential}</span></p>
      {share !== undefined && <div class="bar" aria-hidden="true"><span class={share >= 90 ? 'full' : ''} style={{ width: `${share}%` }} /></div>}
      <p>
        {limit === null ? `${count(used)} used, no published budget` : `${count(used)} of ${count(limit)} in ${seconds ?? '?'} s (${share ?? 0} %)`}
        {waiting > 0 && `, ${count(waiting)} waiting`}
        {blocked > 0 && `, LangSmith wants no more for ${blocked} s`}
      </p>
      {clients.length > 0 && used > 0 && <p class="quiet">{clients.map(({ client, used: own }) => `${client} ${Math.round(own / used * 100)} %`).join(', ')}</p>}
    </div>
  )
}
