import t from 'tap'
import { Mistakes } from '../../src/config/mistakes.ts'
import { checkTree } from '../../src/config/validate.ts'
import type { CheckedTree } from '../../src/config/validate.ts'
import type { Group } from '../../src/config/tree.ts'

const RIGHT: Readonly<Record<string, Group>> = {
  'the least that there can be': {
    credentials: { us: { apiKey: 'env:KEY' } },
    routes: [{ prefix: '/', region: 'us', credential: 'us' }]
  },
  'something of every part': {
    listen: { port: 1, allowedHosts: ['a.example'], tls: { cert: 'a', key: 'b' } },
    admin: { port: 2 },
    timeouts: { idle: '5s' },
    clients: { required: true },
    credentials: { us: { apiKey: ['exec:a', 'b'], hosts: ['b.example'] }, eu: { apiKey: 'file:/a', workspaceId: 'env:B' } },
    roles: { reader: { allow: ['GET /sessions/**'] }, tried: { mode: 'report', allow: ['GET /**'], deny: ['GET /runs'] } },
    routes: [{ prefix: '/', region: 'us', credential: 'us', open: ['members'] }, { prefix: '/eu', upstream: 'https://c.example', credential: 'eu', policy: 'reader' }]
  }
}

/** What is left of a tree, and whether it has mistakes. */
function check (value: Group): CheckedTree & { readonly wrong: boolean } {
  const mistakes = new Mistakes()
  return { ...checkTree({ value, place: (path) => path.join('.') }, mistakes), wrong: mistakes.any }
}

for (const [what, value] of Object.entries(RIGHT)) {
  t.test(`a part of a right file is what it is beside a mistake elsewhere, with all defaults: ${what}`, async (t) => {
    const right = check(value)
    t.notOk(right.wrong)
    const otherRoute = check({ ...value, routes: [...value.routes as readonly unknown[], { prefix: 1 }] })
    const otherSetting = check({ ...value, colour: 'red' })
    t.ok(otherRoute.wrong && otherSetting.wrong)
    for (const name of ['general', 'listen', 'clientsRequired', 'credentials', 'roles', 'routes'] as const) t.strictSame(otherRoute[name], right[name], name)
    for (const name of ['listen', 'clientsRequired', 'credentials', 'roles', 'routes'] as const) t.strictSame(otherSetting[name], right[name], name)
    t.equal(otherSetting.general, undefined)
  })
}

t.test('what is wrong in one part is no reason to believe another', async (t) => {
  const { credentials, routes, listen, wrong } = check({
    listen: { host: 1 },
    credentials: { us: { apiKey: 'env:KEY' }, eu: { apiKey: 1 } },
    routes: [{ prefix: '/', region: 'us', credential: 'us' }, { prefix: '/eu', region: 'nowhere', credential: 'eu' }]
  })
  t.ok(wrong)
  t.equal(listen, undefined)
  t.strictSame(credentials.map(({ path }) => path), [['credentials', 'us']])
  t.strictSame(routes.map(({ path }) => path), [['routes', '0']])
})
