// The dashboard as a person sees it: a real proxy in front of the sandbox ("demo"), curl, and a real browser.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import axe from 'axe-core'
import t from 'tap'
import type { Test } from 'tap'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { NO_BROWSER, openBrowser, openPage } from '../support/browser.ts'
import type { WatchedPage } from '../support/browser.ts'
import { spawnProgram, startProgram } from '../support/process.ts'
import type { Serving } from '../support/process.ts'

const run = promisify(execFile)
let browser: Browser

t.before(async () => { if (NO_BROWSER === false) browser = await openBrowser((end) => { t.teardown(end) }) })

const demo = (t: Test): Promise<Serving> => startProgram(t, ['demo'])
/** @returns The status. */
const curl = async (url: string): Promise<string> => (await run('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', url])).stdout

async function visit (proxy: Serving, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const watched = await openPage(browser, options)
  await watched.page.goto(`${proxy.url}/-/`)
  await watched.page.locator('.connection .good').waitFor()
  return watched
}

/** Nothing went wrong on the page, and nothing left its origin. */
function isClean (t: Test, { errors, requests }: WatchedPage, proxy: Serving): void {
  t.strictSame(errors, [])
  t.ok(requests.length >= 4)
  t.strictSame(requests.filter((url) => new URL(url).origin !== new URL(proxy.url).origin), [])
}

t.test('a newcomer reads which command to try, and sees what becomes of it', { skip: NO_BROWSER }, async (t) => {
  const proxy = await demo(t)
  const watched = await visit(proxy)
  const { page } = watched
  t.ok(await page.getByRole('heading', { name: 'No requests yet' }).isVisible())
  const command = await page.locator('.first .command code').first().innerText()
  t.equal(command, `curl '${proxy.url}/api/v1/sessions?limit=1'`)
  await run('sh', ['-c', command])
  await page.getByRole('heading', { name: 'Refusals' }).waitFor()
  t.match(await page.locator('main').innerText(), /None\..*LangSmith has taken every request/s)
  await page.getByText('1 request, 0 refused.').waitFor()
  isClean(t, watched, proxy)
})

t.test('a refusal made by curl appears by itself, opens to its diagnosis by keyboard, and stays open', { skip: NO_BROWSER }, async (t) => {
  const proxy = await demo(t)
  const watched = await visit(proxy)
  const { page } = watched
  const loads = watched.requests.length
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  t.equal(await curl(`${proxy.url}/wrong-key/api/v1/sessions?limit=1`), '403')
  const summary = page.locator('summary').first()
  await summary.waitFor()
  t.match(await summary.innerText(), /403\s+[a-z-]+\s+GET \/wrong-key\/api\/v1\/sessions\s+route \/wrong-key/)
  await page.getByText(/^New: GET \/wrong-key/).waitFor({ state: 'attached' })
  await summary.focus()
  await page.keyboard.press('Enter')
  const more = page.locator('.more')
  await more.waitFor()
  for (const part of [/certain|likely|possible/, /Fix/, /LangSmith said/, /Forbidden/, /good-eu \[[0-9a-f]{8}\] from demo:good-eu/, /Request ID/, /langsmith-proxy explain GET \/wrong-key\/api\/v1\/sessions/]) t.match(await more.innerText(), part)

  await page.keyboard.press('Tab')
  t.equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Copy the fix', 'the next stop is the button')
  await page.keyboard.press('Enter')
  await page.getByText('Copied').waitFor()
  t.equal(await page.evaluate('navigator.clipboard.readText()'), (await page.locator('.fix p').first().innerText()).replace(/^Fix\s+/, ''))

  await curl(`${proxy.url}/wrong-key/api/v1/runs/00000000-0000-4000-8000-000000000000`)
  await page.locator('summary').nth(1).waitFor()
  t.match(await page.locator('details[open] summary').innerText(), '/sessions', 'the same one is open, though another stands above it now')
  t.match(await page.evaluate('document.activeElement.closest(".fix") !== null'), true, 'and has the focus')
  t.equal(watched.requests.length, loads, 'nothing was loaded again')
  isClean(t, watched, proxy)
})

t.test('the charts draw what went through', { skip: NO_BROWSER }, async (t) => {
  const proxy = await demo(t)
  const watched = await visit(proxy)
  const { page } = watched
  const inked = (): Promise<readonly number[]> => page.evaluate(`Array.from(document.querySelectorAll('.plot canvas'), (canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let coloured = 0
    for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200 && Math.max(data[at], data[at + 1], data[at + 2]) - Math.min(data[at], data[at + 1], data[at + 2]) > 60) coloured++
    return coloured
  })`)
  t.strictSame(await inked(), [0, 0, 0], 'nothing yet')
  for (const path of ['/api/v1/sessions?limit=1', '/eu/api/v1/sessions?limit=1', '/wrong-key/api/v1/sessions?limit=1']) await curl(proxy.url + path)
  await page.getByText('3 requests, 1 refused.').waitFor()
  const after = await inked()
  t.equal(after.length, 3)
  t.ok(after.every((pixels) => pixels > 5), `coloured pixels: ${after.join(', ')}`)
  t.match(await page.getByRole('img').nth(1).getAttribute('aria-label'), /Time until LangSmith answers, last hour\. Lately p50 .* ms, p95/)
  isClean(t, watched, proxy)
})

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1280 }, { name: 'dark', colorScheme: 'dark', width: 1280 },
  { name: 'narrow', colorScheme: 'light', width: 360 }, { name: 'narrow and dark', colorScheme: 'dark', width: 360 }
] as const

t.test('nothing keeps anybody from reading it, in light and dark and at 360 px', { skip: NO_BROWSER }, async (t) => {
  const proxy = await demo(t)
  const watched = await visit(proxy)
  const { page } = watched
  const judge = async (what: string): Promise<void> => {
    for (const { name, colorScheme, width } of LOOKS) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      t.strictSame(await violations(watched), [], `${what}, ${name}`)
      t.equal(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'), 0, `${what}, ${name}: the page does not scroll sideways`)
    }
  }
  await judge('empty')
  for (const path of ['/api/v1/sessions?limit=1', '/wrong-key/api/v1/sessions?limit=1', `/wrong-key/api/v1/runs/${'long'.repeat(24)}`]) await curl(proxy.url + path)
  await page.locator('summary').nth(1).waitFor()
  for (const summary of await page.locator('summary').all()) await summary.click()
  await judge('with two refusals open')
  isClean(t, watched, proxy)
})

/** What axe-core finds, with the elements. */
async function violations ({ page }: WatchedPage): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const { violations: found } = await page.evaluate<axe.AxeResults>('axe.run()')
  return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}

t.test('a proxy that ends leaves its last state on the page, and the next one is found again', { skip: NO_BROWSER }, async (t) => {
  const first = await demo(t)
  const { page } = await visit(first)
  await curl(`${first.url}/wrong-key/api/v1/sessions?limit=1`)
  await page.locator('summary').first().waitFor()
  first.child.kill('SIGTERM')
  await first.end()
  await page.locator('.connection .bad').waitFor()
  t.match(await page.locator('header').innerText(), /what you see is how it was/)
  t.equal(await page.locator('summary').count(), 1)

  const next = spawnProgram(t, ['demo', '--port', String(first.port)])
  await next.until('the start', () => next.lines('proxy.started')[0])
  await page.getByRole('heading', { name: 'No requests yet' }).waitFor()
  t.equal(await page.locator('summary').count(), 0, 'what the first one had seen is gone')
})
