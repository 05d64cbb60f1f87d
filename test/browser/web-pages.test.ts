// What pages of the web can do with the dashboard of the person who looks at them: nothing. A page of another origin tries all that
// browsers let it try, also under a name of its own that it has bound to this machine (DNS rebinding).

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { Test } from 'tap'
import type { Browser } from 'playwright-core'
import { NO_BROWSER, openBrowser, openPage } from '../support/browser.ts'
import { startProgram } from '../support/process.ts'

let browser: Browser

// evil.test is what its DNS says: first the attacker's machine, later this one.
t.before(async () => { if (NO_BROWSER === false) browser = await openBrowser((end) => { t.teardown(end) }, ['--host-resolver-rules=MAP evil.test 127.0.0.1']) })

/** The attacker's page. */
async function evilServer (t: Test): Promise<number> {
  const server = createServer((_request, response) => { response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>evil</title>') })
  t.teardown(() => { server.closeAllConnections(); server.close() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return (server.address() as AddressInfo).port
}

/** Runs in the attacker's page. @returns What each attempt came to. */
const ATTEMPTS = `async (target) => {
  const tried = async (act) => { try { return await act() } catch (error) { return 'failed: ' + error.name } }
  const loaded = (element, name) => new Promise((resolve) => {
    element.onload = () => resolve('loaded')
    element.onerror = () => resolve('failed')
    element[name] = target + (name === 'href' ? 'dashboard.css' : 'dashboard.js')
    if (name === 'href') element.rel = 'stylesheet'
    document.head.append(element)
  })
  return {
    fetch: await tried(async () => (await fetch(target + 'refusals')).status),
    'fetch without cors': await tried(async () => { const answer = await fetch(target + 'refusals', { mode: 'no-cors' }); return answer.type + ' ' + (await answer.text()).length }),
    'fetch of the stream': await tried(async () => (await fetch(target + 'changes')).status),
    'event source': await new Promise((resolve) => {
      const source = new EventSource(target + 'changes')
      for (const name of ['open', 'clock', 'refusals', 'routes']) source.addEventListener(name, () => resolve('got ' + name))
      source.onerror = () => { source.close(); resolve('failed') }
    }),
    script: await loaded(document.createElement('script'), 'src'),
    style: await loaded(document.createElement('link'), 'href'),
    frame: await new Promise((resolve) => {
      const frame = document.createElement('iframe')
      frame.onload = () => resolve(frame.contentDocument === null ? 'another origin' : 'read: ' + frame.contentDocument.body.innerText)
      frame.src = target
      document.body.append(frame)
    }),
    window: await new Promise((resolve) => {
      const opened = open(target)
      setTimeout(() => resolve(opened === null || opened.closed ? 'no hold of it' : tried(() => opened.document.title)), 1500)
    })
  }
}`

t.test('a page of another origin can neither read nor frame it', { skip: NO_BROWSER }, async (t) => {
  const proxy = await startProgram(t, [], { env: { LANGSMITH_API_KEY: `lsv2_pt_${'5ca1ab1e'.repeat(4)}_5ca1ab1e00`, LANGSMITH_ENDPOINT: 'http://127.0.0.1:9', LANGSMITH_PROXY_LOG_LEVEL: 'debug' } })
  const port = await evilServer(t)
  for (const host of ['127.0.0.1', 'localhost']) {
    const { page } = await openPage(browser)
    await page.goto(`http://${host}:${port}/`)
    const results = await page.evaluate<Record<string, unknown>>(`(${ATTEMPTS})('http://127.0.0.1:${proxy.port}/-/')`)
    t.match(results, {
      fetch: 'failed: TypeError', 'fetch without cors': /^opaque 0$|^failed/, 'fetch of the stream': 'failed: TypeError', 'event source': 'failed', script: 'failed', style: 'failed',
      frame: 'another origin', window: /no hold of it|failed: SecurityError/
    }, `from ${host}`)
    for (const frame of page.frames().slice(1)) t.notMatch(await frame.content().catch(() => ''), /langsmith-proxy<\/h1>|dashboard\.js/, 'the frame shows nothing of it')
    await page.context().close()
  }
  const answered = proxy.lines('request.completed').map(({ path, status }) => `${String(path)} ${String(status)}`)
  t.ok(answered.length > 0, 'each answer is in the log')
  t.strictSame(answered.filter((line) => !line.endsWith(' 403')), [], 'they were given nothing')
  t.equal((await fetch(`${proxy.url}/-/`)).status, 200)
  t.ok(await proxy.until('its own answer', () => proxy.lines('request.completed').find(({ status }) => status === 200)), 'and what is given is in the log, too')
})

t.test('a page that has bound its name to this machine is refused', { skip: NO_BROWSER }, async (t) => {
  const proxy = await startProgram(t, ['demo'])
  const port = await evilServer(t)
  const { page } = await openPage(browser)
  const answer = await page.goto(`http://evil.test:${proxy.port}/-/`)
  t.equal(answer?.status(), 421, 'also where a person is brought to it')
  t.notMatch(await page.content(), /dashboard\.js/)
  const inside = await page.evaluate<Record<string, unknown>>(`(${ATTEMPTS})('http://evil.test:${proxy.port}/-/')`)
  t.match(inside, { fetch: 421, 'fetch of the stream': 421, 'event source': 'failed', script: 'failed', style: 'failed' }, 'to the browser it is the same origin')
  t.notMatch(JSON.stringify(inside), /good-us|sessions|clock/, 'nothing of the proxy is in any answer')
  await page.goto(`http://evil.test:${port}/`)
  t.match(await page.evaluate<Record<string, unknown>>(`(${ATTEMPTS})('http://evil.test:${proxy.port}/-/')`), { fetch: 'failed: TypeError', 'event source': 'failed', script: 'failed' })
})
