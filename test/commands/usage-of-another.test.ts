// Whoever listens where the proxy should be writes what `langsmith-proxy usage` reads.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { usagePageIn } from '../../src/commands/usage-page-in.ts'
import { runProgram } from '../support/process.ts'

const ROW = { client: 'ana', route: '/', path: '/info', requests: 1, bytes_in: 1, bytes_out: 1, refused: 0, too_many: 0, held: 0 }
const BUDGET = { credential: 'us', upstream: 'x', path: '/info', limit: 10, seconds: 10, used: 1, clients: [{ client: 'ana', used: 1 }], waiting: 0, blocked_s: 0 }
const SINCE = new Date().toISOString()

/** Pages that are not as the proxy writes them; each once ended the command with a defect, or printed nonsense. */
const FOREIGN: readonly unknown[] = [
  null, 7, {}, { since: SINCE, usage: [null], budgets: [] }, { since: SINCE, usage: [{ ...ROW, client: 7 }], budgets: [] }, { since: SINCE, usage: [{ ...ROW, held: undefined }], budgets: [] },
  ...[{ credential: 7 }, { clients: [null] }, { clients: [{}] }, { blocked_s: '1' }, { limit: 'x' }, { waiting: undefined }].map((change) => ({ since: SINCE, usage: [ROW], budgets: [{ ...BUDGET, ...change }] }))
]

t.test('what another program answers is no page of usage, and cannot write to the terminal', async (t) => {
  let text = ''
  const server = createServer((_request, response) => { response.setHeader('x-langsmith-proxy', 'proxy').end(text) }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await new Promise((resolve) => { server.once('listening', resolve) })
  const usage = (): ReturnType<typeof runProgram> => runProgram(t, ['usage', '--config', 'config.yaml', '--port', String((server.address() as AddressInfo).port)], {
    files: { 'config.yaml': 'listen: { host: 127.0.0.1 }\ncredentials: { us: { apiKey: "env:KEY" } }\nroutes: [{ prefix: /, upstream: "https://api.smith.langchain.com", credential: us }]\n' }
  })
  const evil = '\u001b[2Jana\n\u202e'
  text = JSON.stringify({ since: SINCE, usage: [{ ...ROW, client: evil }], budgets: [{ ...BUDGET, credential: evil, clients: [{ client: evil, used: 1 }] }] })
  const shown = await usage()
  t.match(shown, { code: 0, stdout: /^\\u\{1b\}\[2Jana\\u\{a\}/m })
  t.notOk(shown.stdout.includes('\u001b') || shown.stdout.includes('\u202e'))
  text = JSON.stringify({ ...JSON.parse(text) as object, usage: [null] })
  t.match(await usage(), { code: 1, stderr: /what answers there has no page of usage/ })
})

t.test('no page that is not as the proxy writes it is taken for one', async (t) => {
  t.ok(usagePageIn(JSON.stringify({ since: SINCE, usage: [ROW], budgets: [{ ...BUDGET, limit: null, seconds: null }] })))
  for (const page of FOREIGN) t.equal(usagePageIn(JSON.stringify(page)), undefined, JSON.stringify(page))
  t.equal(usagePageIn('<html>'), undefined)
})
