// npm run soak -- [--minutes N] [--out FILE]
// Runs the proxy under mixed traffic, with keys and config that change, for 15 minutes; prints a summary
// and ends with 1 if memory, sockets or outcomes are not as they must be. --out keeps the summary.

import { writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startSoakedProxy } from './proxy.ts'
import type { SoakedProxy } from './proxy.ts'
import { summarize } from './summary.ts'
import type { Sample } from './summary.ts'
import { startTraffic } from './traffic.ts'
import { startSoakUpstream } from './upstream.ts'

/** Calls under way at a time, and how long each client rests between two: some 300 calls a second. */
const CLIENTS = 24
const REST_MS = 40
/** Seconds between two changes of the key, and of the config. */
const ROTATE_EVERY = 5
const RELOAD_EVERY = 7

const values = readOptions()
const seconds = Math.round(Number(values.minutes) * 60)
if (!(seconds >= 30 && seconds <= 24 * 3600)) {
  endWith('--minutes takes a number from 0.5 to 1440')
}

const upstream = await startSoakUpstream()
const proxy = await startSoakedProxy(upstream.url)
const traffic = startTraffic(proxy.url, CLIENTS, REST_MS)
const changes = { rotations: 0, reloads: 0 }
const samples = await watch(proxy)
await traffic.stop()
const exitCode = await proxy.stop()
await upstream.close()

const { text, wrong } = summarize({
  seconds, node: process.versions.node, counts: traffic.counts, surprises: traffic.surprises, ...changes, repeated: upstream.repeated(), samples, exitCode
})
console.log(text)
if (values.out !== undefined) writeFileSync(values.out, `# Soak\n\nWritten by \`npm run soak -- --minutes ${values.minutes} --out ${values.out}\`.\n\n${text}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1

function readOptions (): { readonly minutes: string, readonly out?: string | undefined } {
  try {
    return parseArgs({ options: { minutes: { type: 'string', default: '15' }, out: { type: 'string' } } }).values
  } catch (error) {
    return endWith(error instanceof Error ? error.message : 'unknown option')
  }
}

function endWith (mistake: string): never {
  console.error(`error: ${mistake}\nhint: npm run soak -- [--minutes N] [--out FILE]`)
  process.exit(2)
}

async function watch ({ sample, rotate, reload, isAlive }: SoakedProxy): Promise<readonly Sample[]> {
  const taken: Sample[] = []
  for (let second = 1; second <= seconds && isAlive(); second++) {
    await pause(1000)
    const now = sample()
    if (now !== undefined) taken.push(now)
    if (second % ROTATE_EVERY === 0) rotate(changes.rotations++)
    if (second % RELOAD_EVERY === 0) reload(changes.reloads++)
    if (second % 60 === 0) console.error(`${second} of ${seconds} s: ${Math.round((now?.rss ?? 0) / 1024 / 1024)} MiB resident, ${now?.sockets ?? 0} sockets`)
  }
  return taken
}
