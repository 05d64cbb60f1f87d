// The dashboard of a team's proxy: the browser asks for name and password, and only an admin's client key opens it.

import t from 'tap'
import type { Test } from 'tap'
import type { Browser } from 'playwright-core'
import { makeClientKey } from '../../src/access/clients/client-key.ts'
import { clientsText } from '../../src/access/clients/clients-text.ts'
import { defaultWorld, startSandbox } from '../../src/sandbox/index.ts'
import { clientOf } from '../access/clients/support.ts'
import { NO_BROWSER, openBrowser, openPage } from '../support/browser.ts'
import { startProgram } from '../support/process.ts'
import type { Serving } from '../support/process.ts'

const KEYS = { root: makeClientKey('root'), ana: makeClientKey('ana') }
let browser: Browser

t.before(async () => { if (NO_BROWSER === false) browser = await openBrowser((end) => { t.teardown(end) }) })

async function team (t: Test): Promise<Serving> {
  const sandbox = await startSandbox()
  t.teardown(() => sandbox.close())
  const key = defaultWorld().keys.find(({ name }) => name === 'viewer-us')?.value ?? ''
  return startProgram(t, ['--config', 'proxy.yaml'], {
    env: { LANGSMITH_API_KEY: key },
    files: {
      'proxy.yaml': `credentials: { us: { apiKey: "env:LANGSMITH_API_KEY" } }\nroutes: [{ prefix: /, upstream: "${sandbox.regions.us.url}", credential: us }]\nclients: { required: true, file: clients.yaml }\npacing: { budgets: { other: 100/1m } }\n`,
      'clients.yaml': clientsText(new Map([['root', clientOf('root', KEYS.root, { role: 'admin' })], ['ana', clientOf('ana', KEYS.ana)]]))
    }
  })
}

t.test('without a key there is a question and nothing else, and other roles are told no', { skip: NO_BROWSER }, async (t) => {
  const proxy = await team(t)
  const strangers = [undefined, { username: '', password: makeClientKey('root') }, { username: 'ana', password: KEYS.ana }]
  for (const [at, httpCredentials] of strangers.entries()) {
    const { page } = await openPage(browser, httpCredentials === undefined ? {} : { httpCredentials })
    const answer = await page.goto(`${proxy.url}/-/`).catch(() => undefined)
    t.ok(answer === undefined || [401, 403].includes(answer?.status() ?? 0), `visitor ${at + 1}: ${String(answer?.status())}`)
    t.notMatch(await answer?.text().catch(() => '') ?? '', /dashboard\.js/)
    t.equal(await page.locator('#page').count(), 0)
    await page.context().close()
  }
})

t.test('an admin logs in with the client key and sees who calls, live', { skip: NO_BROWSER }, async (t) => {
  const proxy = await team(t)
  const { page, errors } = await openPage(browser, { httpCredentials: { username: '', password: KEYS.root } })
  await page.goto(`${proxy.url}/-/`)
  await page.locator('.connection .good').waitFor()
  t.match(await page.locator('.first .command code').first().innerText(), /curl -H "X-API-Key: \$CLIENT_KEY"/, 'the command to try has a place for a client key')
  for (const [path, method] of [['/api/v1/sessions?limit=1', 'GET'], ['/api/v1/sessions', 'POST']] as const) {
    await (await fetch(proxy.url + path, { method, headers: { 'x-api-key': KEYS.ana }, ...(method === 'POST' ? { body: '{"name":"x"}' } : {}) })).text()
  }
  await page.locator('summary').first().waitFor()
  t.match(await page.locator('summary').first().innerText(), /403[\s\S]*POST \/api\/v1\/sessions\s+ana/)
  const row = page.getByRole('row', { name: /^ana/ })
  await row.waitFor()
  t.match((await row.innerText()).split(/\s+/).slice(0, 5), ['ana', 'full', 'all', '2', '1'], 'client, role, routes, requests, refused')
  await page.getByRole('heading', { name: 'LangSmith\'s budgets of each key' }).waitFor()
  t.match(await page.locator('.budgets').innerText(), /ana \d+ %/)
  t.strictSame(errors.filter((error) => !/401/.test(error)), [], 'but for the question itself')
})
