// Who sends a request, by what it shows: a table of headers and what becomes of them.

import t from 'tap'
import { makeClientKey } from '../../../src/access/clients/client-key.ts'
import { identify } from '../../../src/access/clients/identify.ts'
import { TEST_KEY } from '../../support/proxy.ts'
import { basic, clientOf } from './support.ts'

const NOW = Date.UTC(2026, 5, 1)
const [ANA, BO, EXPIRED, ENDED] = ['ana', 'bo', 'expired', 'ended'].map(makeClientKey) as [string, string, string, string]
const CLIENTS = new Map([
  clientOf('ana', ANA), clientOf('bo', BO), clientOf('expired', EXPIRED, { expires: NOW }), clientOf('ended', ENDED, { until: NOW })
].map((client) => [client.name, client]))

type Headers = readonly (readonly [string, string])[]

interface Case {
  readonly title: string
  readonly headers: Headers
  /** A name, or the words of the denial. */
  readonly is: string | RegExp
  /** In our log, where that differs. */
  readonly logged?: RegExp
  /** Without clients.required; as with it where left out. */
  readonly optional?: 'served'
}

const UNKNOWN = /^the client key is not known here, or not any more$/
const SEVERAL = /different keys/
const bearer = (key: string): Headers[number] => ['Authorization', `Bearer ${key}`]

const CASES: readonly Case[] = [
  { title: 'nothing', headers: [], is: /no client key/, optional: 'served' },
  { title: 'empty headers', headers: [['X-API-Key', ''], ['Authorization', '']], is: /no client key/, optional: 'served' },
  { title: 'what the JS SDK sends that has no key', headers: [['x-api-key', 'undefined']], is: /no client key/, optional: 'served' },
  { title: 'Basic of somebody else, as from ~/.netrc', headers: [['Authorization', basic('login', 'password')]], is: /no client key/, optional: 'served' },
  { title: 'Basic that is no base64', headers: [['Authorization', 'Basic %%%']], is: /no client key/, optional: 'served' },
  { title: 'another scheme', headers: [['Authorization', 'Digest username="x"']], is: /no client key/, optional: 'served' },
  { title: 'a word that is no key', headers: [['X-API-Key', 'local-proxy']], is: /no client key of this proxy/, optional: 'served' },
  { title: 'a key of LangSmith', headers: [['X-API-Key', TEST_KEY]], is: /key of LangSmith/, optional: 'served' },
  { title: 'an old key of LangSmith as Bearer', headers: [bearer('ls__0123456789')], is: /key of LangSmith/, optional: 'served' },
  { title: 'a key of LangSmith without Bearer', headers: [['Authorization', TEST_KEY]], is: /key of LangSmith/, optional: 'served' },
  { title: 'a key that nobody has', headers: [bearer(makeClientKey('nobody'))], is: UNKNOWN, logged: /names nobody in/ },
  { title: 'another key with the name of a client', headers: [bearer(makeClientKey('ana'))], is: UNKNOWN, logged: /names ana, and is not the key of ana/ },
  { title: 'a key of a client that has expired', headers: [bearer(EXPIRED)], is: UNKNOWN, logged: /key of expired has expired/ },
  { title: 'another key with the name of a client that has expired', headers: [bearer(makeClientKey('expired'))], is: UNKNOWN, logged: /is not the key of expired/ },
  { title: 'a key whose time beside a newer one is over', headers: [bearer(ENDED)], is: UNKNOWN, logged: /key of ended has expired/ },
  { title: 'a name of Object.prototype', headers: [bearer(makeClientKey('constructor'))], is: UNKNOWN },
  { title: 'a key without its last character', headers: [bearer(ANA.slice(0, -1))], is: /wrong or missing/ },
  { title: 'the prefix alone', headers: [['X-API-Key', 'lsp_']], is: /wrong or missing/ },
  { title: 'two clients at once', headers: [['X-API-Key', ANA], bearer(BO)], is: SEVERAL },
  { title: 'two clients on one line', headers: [['X-API-Key', `${ANA}, ${BO}`]], is: SEVERAL },
  { title: 'a right key and a wrong one', headers: [['X-API-Key', ANA], ['X-API-Key', makeClientKey('ana')]], is: SEVERAL },
  { title: 'a right key and one of LangSmith', headers: [['X-API-Key', TEST_KEY], bearer(ANA)], is: SEVERAL },
  { title: 'a right key and a word that is no key', headers: [['X-API-Key', ANA], bearer('your_api_key_here')], is: SEVERAL },
  { title: 'Basic with the name of another', headers: [['Authorization', basic('bo', ANA)]], is: /user name/ },
  { title: 'a right key, and the same as Basic with the name of another', headers: [['X-API-Key', ANA], ['Authorization', basic('bo', ANA)]], is: /user name/ },

  { title: 'X-API-Key', headers: [['X-API-Key', ANA]], is: 'ana' },
  { title: 'x-api-key with blanks', headers: [['x-api-key', ` ${ANA} `]], is: 'ana' },
  { title: 'Bearer', headers: [bearer(ANA)], is: 'ana' },
  { title: 'bearer in small letters', headers: [['authorization', `bearer   ${ANA}`]], is: 'ana' },
  { title: 'Authorization without Bearer', headers: [['Authorization', ANA]], is: 'ana' },
  { title: 'curl -u NAME:KEY', headers: [['Authorization', basic('ana', ANA)]], is: 'ana' },
  { title: 'curl -u :KEY', headers: [['Authorization', basic('', ANA)]], is: 'ana' },
  { title: 'curl -u KEY:', headers: [['Authorization', basic(ANA, '')]], is: 'ana' },
  { title: 'the same key twice, as the Python SDK sends it', headers: [['X-API-Key', ANA], ['x-api-key', ANA]], is: 'ana' },
  { title: 'the same key twice on one line', headers: [['X-API-Key', `${ANA}, ${ANA}`]], is: 'ana' },
  { title: 'the same key twice as Bearer', headers: [['Authorization', `Bearer ${ANA}, Bearer ${ANA}`]], is: 'ana' },
  { title: 'the same key in three places', headers: [['X-API-Key', ANA], bearer(ANA), ['Authorization', basic('ana', ANA)]], is: 'ana' },
  { title: 'a key beside Basic of somebody else', headers: [['X-API-Key', BO], ['Authorization', basic('login', 'password')]], is: 'bo' },
  { title: 'a key beside what the JS SDK sends that has none', headers: [['x-api-key', 'undefined'], bearer(BO)], is: 'bo' }
]

for (const { title, headers, is, logged, optional } of CASES) {
  t.test(`${title}: ${typeof is === 'string' ? `is ${is}` : `refused (${is.source})`}`, async (t) => {
    const rawHeaders = ['Host', 'localhost', ...headers.flat()]
    const found = identify(rawHeaders, CLIENTS, true, NOW)
    if (typeof is === 'string') {
      t.equal(found.client?.name, is)
      t.equal(found.denial, undefined)
      t.equal(identify(rawHeaders, CLIENTS, false, NOW).client?.name, is, 'also where none is needed')
      return
    }
    t.equal(found.client, undefined)
    t.match(found.denial?.detail, is)
    if (logged !== undefined) t.match(found.denial?.logged, logged)
    t.notMatch(JSON.stringify(found.denial), /[0-9A-Za-z]{30}/, 'quotes no key')
    t.same(identify(rawHeaders, CLIENTS, false, NOW), optional === 'served' ? {} : found, 'without clients.required')
  })
}

t.test('keys that are unknown, revoked and expired get one answer, word for word', async (t) => {
  const answers = [makeClientKey('nobody'), makeClientKey('ana'), EXPIRED, ENDED].map((key) => {
    const { denial } = identify(['X-API-Key', key], CLIENTS, true, NOW)
    return [denial?.code, denial?.detail, denial?.hint]
  })
  t.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1)
})

t.test('a client is known until the moment it ends', async (t) => {
  t.equal(identify(['X-API-Key', EXPIRED], CLIENTS, true, NOW - 1).client?.name, 'expired')
  t.equal(identify(['X-API-Key', ENDED], CLIENTS, true, NOW - 1).client?.name, 'ended')
})
