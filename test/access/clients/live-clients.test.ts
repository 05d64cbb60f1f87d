// A list of clients that is followed while the proxy runs, and what it does when the file cannot be read for a moment.

import { rmSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { makeClients } from './support.ts'
import { followClients } from '../../../src/access/clients/live-clients.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { openClients } from '../../../src/commands/clients-of.ts'
import { ProxyError } from '../../../src/errors.ts'

t.test('a client that was revoked while the file could not be read is refused as soon as it can be', async (t) => {
  const { live, write } = await makeClients(t, { ana: {}, eve: {} })
  const ana = live.current.get('ana')
  let failures = 3
  const told: string[] = []
  const short = {
    ...live,
    async read () {
      if (failures-- > 0) throw new ProxyError('secret-unreadable', 'no descriptor is left (EMFILE)')
      return live.read()
    }
  }
  if (ana !== undefined) write(new Map([['ana', ana]])) // before anything is watched: no later change tells of it
  const followed = followClients(short, (event) => { told.push(event.event) }, (error) => { throw error })
  t.teardown(followed.stop)
  for (let tries = 0; tries < 200 && short.current.has('eve'); tries++) await pause(50)
  t.same([...short.current.keys()], ['ana'])
  t.same(told, ['clients.rejected', 'clients.reloaded'], 'and the trouble is told once')
})

t.test('a reload does not take a file that is gone for an empty list', async (t) => {
  const { live, file } = await makeClients(t, { ana: {} })
  const text = `clients: { file: ${file}, required: true }\ncredentials: { a: { apiKey: "env:A" } }\nroutes: [{ prefix: /, region: us, credential: a }]\n`
  const config = loadConfig({ env: {}, flags: { config: '/x.yaml' }, readFile: () => text, homeConfigDir: '/', resolvePath: (_base, path) => path, closedEndpointNames: [] })
  rmSync(file)
  await t.rejects(openClients(config, live), { code: 'secret-unreadable', message: / is gone; its clients are served on$/ })
  t.equal((await openClients(config)).current.size, 0, 'at a start it is an empty one')
})
