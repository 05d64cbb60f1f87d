// A real browser, without a window: Debian's Chromium, or the one that CHROMIUM names. Its profile and its home are temporary
// folders, and it ends with whoever opened it.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'

const PLACES = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const CHROMIUM = PLACES.find((place) => place !== '' && existsSync(place))

/** For tests that need it: false, or the reason to skip them. */
export const NO_BROWSER = CHROMIUM === undefined && 'needs Chromium (apt-get install chromium, or CHROMIUM=PATH)'

/** Longest wait for anything on a page: only a hang takes this long. */
const PATIENCE_MS = 20_000

/** @param teardown - Is given what ends it. @param args - More flags of Chromium's. */
export async function openBrowser (teardown: (end: () => Promise<void>) => void, args: readonly string[] = []): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'langsmith-proxy-browser-'))
  const browser = await chromium.launch({
    executablePath: CHROMIUM ?? '', timeout: 3 * PATIENCE_MS,
    env: { PATH: process.env.PATH ?? '', HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home, TMPDIR: tmpdir() },
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args] // its own sandbox does not work for root, nor in most containers
  })
  teardown(async () => {
    await browser.close()
    rmSync(home, { recursive: true, force: true })
  })
  return browser
}

/** A page, and what went wrong on it. */
export interface WatchedPage {
  readonly page: Page
  /** Errors of scripts and of the console, refusals by the content security policy among them; live. */
  readonly errors: readonly string[]
  /** Addresses of all requests; live. */
  readonly requests: readonly string[]
}

/** Opens an empty page with a profile of its own. */
export async function openPage (browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(PATIENCE_MS)
  const page = await context.newPage()
  const errors: string[] = []
  const requests: string[] = []
  page.on('console', (message) => { if (message.type() === 'error') errors.push(message.text()) })
  page.on('pageerror', (error) => { errors.push(error.message) })
  page.on('request', (request) => { requests.push(request.url()) })
  await page.addInitScript(`document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => { console.error('csp', violatedDirective, blockedURI) })`)
  return { page, errors, requests }
}
