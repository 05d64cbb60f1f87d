// The other programs still start with their configurations and do what these say, so that a run of
// "npm run conformance" measures them and not a mistake of ours.

import t from 'tap'
import { CANARY, forwarded, REFUSED, request } from './case.ts'
import type { Case } from './case.ts'
import { startPlaces } from './places.ts'
import { runCase } from './run-case.ts'
import { TARGETS } from './targets.ts'

const ok = { promise: 'P1' } as const

/** What every one of them can do. */
const SWAP: readonly Case[] = [
  { ...ok, name: 'the key of / goes to main', send: request('GET /x?a=1', [`Authorization: Bearer ${CANARY}`, `X-Api-Key: ${CANARY}`, 'X-Kept: 1']), expect: forwarded({ line: 'GET /x?a=1 HTTP/1.1', has: ['X-Kept: 1'], lacks: ['authorization'] }) },
  { ...ok, name: 'the key of /eu goes to eu', send: request('GET /eu/x'), expect: forwarded({ place: 'eu', line: 'GET /x HTTP/1.1' }) },
  { ...ok, name: '/tls is reached over TLS', send: request('GET /tls/x'), expect: forwarded({ place: 'tls', line: 'GET /x HTTP/1.1' }) },
  { ...ok, name: 'an impostor is refused', send: request('GET /impostor/x'), expect: REFUSED }
]

/** What the library does not do by itself. */
const CHECKS: readonly Case[] = [
  { ...ok, name: 'another host is refused', send: 'GET /x HTTP/1.1\r\nHost: evil.example\r\n\r\n', expect: REFUSED },
  { ...ok, name: 'a web page is refused', send: request('GET /x', ['Origin: https://evil.example']), expect: REFUSED },
  { ...ok, name: 'a closed endpoint is refused', send: request('POST /api/v1/api-key', ['Content-Length: 0']), expect: REFUSED }
]

for (const [word, target] of Object.entries(TARGETS)) {
  if (word === 'langsmith-proxy') continue // run-groups.ts plays all cases against it
  const skip = target.version() === undefined && `needs ${word} (apt-get install ${word})`
  t.test(`${target.name} is set up for the suite`, { skip }, async (t) => {
    const places = await startPlaces()
    t.teardown(() => places.close())
    const running = await target.start(places)
    t.teardown(() => running.stop())
    for (const testCase of word === 'bare' ? SWAP : [...CHECKS, ...SWAP]) t.strictSame(await runCase(testCase, running.port, places, false), [], testCase.name)
    t.ok(running.alive())
  })
}
