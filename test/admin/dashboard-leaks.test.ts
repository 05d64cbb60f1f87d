// No part of the stream holds a secret: keys where callers, upstreams and whoever wrote the config can put them. And no part is long.

import t from 'tap'
import { describeTeam } from '../../src/admin/dashboard/team.ts'
import { startProxy } from '../support/proxy.ts'
import { refuseLeak } from '../support/leaks.ts'
import { readEvents } from '../support/server-events.ts'
import { startUpstream } from '../support/upstream.ts'

const KNOWN = `lsv2_pt_${'0f1e2d3c4b5a6978'.repeat(2)}_a1b2c3d4e5`
const FOREIGN = `lsv2_sk_${'13579bdf02468ace'.repeat(2)}_9f8e7d6c5b`
const ODD = 'n0t-of-langsmiths-kind-Zq81xWv7'

t.test('no part has a key, wherever it stands', async (t) => {
  const upstream = await startUpstream(t, { answer: (_request, response) => {
    response.writeHead(403, `no ${KNOWN}`, { 'content-type': 'application/json', 'x-request-id': KNOWN }).end(JSON.stringify({ detail: `Forbidden for ${KNOWN}, ${FOREIGN} and ${ODD}` }))
  } })
  const proxy = await startProxy(t, { routes: [
    { upstream: upstream.url, credential: KNOWN, key: KNOWN }, { upstream: `${upstream.url}/${FOREIGN}`, prefix: `/${FOREIGN}`, credential: `x${FOREIGN}`, key: ODD }
  ] })
  for (const path of [`/${KNOWN}/x?key=${ODD}`, `/${FOREIGN}/${ODD}`, `/runs/${ODD}`]) await (await fetch(proxy.url + path, { headers: { 'x-api-key': FOREIGN } })).text()
  const viewer = await readEvents(t, `${proxy.url}/-/changes`)
  await viewer.until('the refusals', (events) => events.find(({ name, data }) => name === 'refusals' && data.includes('"id":3')))
  t.strictSame(viewer.events.map(({ name }) => name), ['clock', 'proxy', 'routes', 'team', 'traffic', 'refusals'])
  for (const { name, data } of viewer.events) refuseLeak(name, data, KNOWN, FOREIGN, ODD)
  t.match(viewer.text(), /Forbidden for/, 'what the upstream said is there')
})

t.test('a thousand clients are a hundred rows', async (t) => {
  const clients = Array.from({ length: 1000 }, (_, at) => ({ name: `c${at}`, role: 'full', routes: undefined, created: '', expires: undefined, last_used: undefined }))
  const row = { route: '/', path: 'x', requests: 5, bytes_in: 1, bytes_out: 2, refused: 1, too_many: 0, held: 0 }
  const team = describeTeam({ clients }, { usage: [{ ...row, client: 'c7' }, { ...row, client: 'c7', path: 'y' }, { ...row, client: null }, { ...row, client: 'gone' }], budgets: [] })
  t.equal(team.clients.length, 100)
  t.equal(team.clients_left_out, 902)
  t.match(team.clients.slice(0, 3), [{ name: 'c7', role: 'full', requests: 10, refused: 2, bytes_out: 4 }, { name: null, requests: 5 }, { name: 'gone', role: undefined, requests: 5 }])
})
