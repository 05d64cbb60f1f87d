// Makes the pictures of the dashboard in docs/: the page as it is built, fed with the fixed data of demo-data.ts at a fixed time.
// "npm run screenshots" builds it first.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { DEMO_TIME, demoParts } from './demo-data.ts'
import { DASHBOARD_FILES, DASHBOARD_HEADERS, readDashboardFile } from '../../src/admin/dashboard/files.ts'
import { openBrowser, openPage } from '../support/browser.ts'

const PICTURES = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1080, height: 930 }, isOpen: true },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1080, height: 1250 }, isOpen: false },
  { name: 'narrow', colorScheme: 'light', viewport: { width: 360, height: 1100 }, isOpen: true }
] as const

const server = createServer((request, response) => {
  if (request.url === '/-/changes') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [name, part] of Object.entries(demoParts())) response.write(`event: ${name}\ndata: ${JSON.stringify(part)}\n\n`)
    return
  }
  const path = Object.keys(DASHBOARD_FILES).find((own) => own === request.url) as keyof typeof DASHBOARD_FILES | undefined
  if (path === undefined) response.writeHead(404).end()
  else void readDashboardFile(path).then((file) => response.writeHead(200, { ...DASHBOARD_HEADERS, 'content-type': DASHBOARD_FILES[path].type }).end(file))
})
await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
const ends: (() => Promise<void>)[] = []
try {
  const browser = await openBrowser((end) => { ends.push(end) })
  for (const { name, colorScheme, viewport, isOpen } of PICTURES) {
    const { page, errors } = await openPage(browser, { colorScheme, viewport, timezoneId: 'UTC', locale: 'en-GB' })
    await page.clock.setFixedTime(DEMO_TIME)
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/-/`)
    if (isOpen) await page.locator('summary').first().click()
    await page.locator('.u-over').nth(2).waitFor()
    await page.mouse.move(0, 0)
    await page.screenshot({ path: fileURLToPath(new URL(`../../docs/dashboard-${name}.png`, import.meta.url)), animations: 'disabled', caret: 'hide' })
    if (errors.length > 0) throw new Error(errors.join('\n'))
    await page.context().close()
  }
} finally {
  for (const end of ends) await end()
  server.closeAllConnections()
  server.close()
}
