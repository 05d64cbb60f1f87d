// Sends a call through a proxy of its own in this process: the way of every request, without a shortcut. Its events are
// what is told; there is no log.

import { request } from 'node:http'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import type { Call } from './call.ts'
import type { Prepared } from '../prepare.ts'
import { MARKER_HEADER } from '../../answer.ts'
import { createProxy } from '../../app.ts'
import type { Config } from '../../config/config.ts'
import { NO_LIMITS } from '../../config/limits.ts'
import { mayLearnMore } from '../../diagnosis/learn-more.ts'
import { ProxyError } from '../../errors.ts'
import type { AnswerDiagnosed, RefusalDiagnosed, RefusalExplained } from '../../diagnosis/events.ts'
import type { ProxyEvent, RequestDenied } from '../../events.ts'
import type { UpstreamFailed } from '../../upstream/events.ts'

export interface Answer {
  readonly status: number
  /** Who made it. */
  readonly by: 'LangSmith' | 'the proxy'
  /** To the end of the answer. */
  readonly ms: number
  readonly bytes: number
  readonly content_type: string | undefined
  /** `broken` = it was cut on the way; `long` = it was still coming when we stopped to read. */
  readonly end: 'complete' | 'broken' | 'long'
}

export type Trouble = RefusalDiagnosed | AnswerDiagnosed | RequestDenied | UpstreamFailed

export interface Sent {
  readonly answer: Answer
  /** What the proxy reported of it. */
  readonly trouble: Trouble | undefined
  /** What read-only calls found out about a refusal. */
  readonly explained: RefusalExplained | undefined
}

const LONGEST_ANSWER_MS = 60_000
const EVENT_MS = 2000
const EXPLAINED_MS = 15_000

/**
 * @param onAnswer - Told before read-only calls are waited for.
 * @throws ProxyError `upstream-timeout` when no answer begins within a minute.
 */
export async function sendCall (call: Call, prepared: Prepared, version: string, onAnswer: (sent: Sent) => void): Promise<Sent> {
  const { config, routes, authorities, secrets, masks: { maskText } } = prepared
  const events: ProxyEvent[] = []
  const proxy = await createProxy({
    config: alone(config), routes, authorities, secrets, maskText,
    log: (event) => { events.push(event) }, lostLines: () => 0, build: { version, node: process.version }
  })
  try {
    const answer = await answerTo(call, await proxy.start())
    // Whatever is told of the answer comes before its record is closed, or, where its head could not wait, soon after.
    await find(events, (event) => event.event === 'request.completed' || event.event === 'request.aborted', EVENT_MS)
    const trouble = await find(events, isTrouble, answer.status === 401 || answer.status === 403 ? EVENT_MS : 0)
    const sent = { answer, trouble, explained: undefined }
    onAnswer(sent)
    const waits = trouble?.event === 'refusal.diagnosed' && config.diagnosis.probe !== 'off' && mayLearnMore(trouble.diagnosis)
    return waits ? { ...sent, explained: await find(events, (event) => event.event === 'refusal.explained', EXPLAINED_MS) } : sent
  } finally {
    await proxy.close()
  }
}

/** The same settings, but on a port that nobody else uses, and without calls that nobody asked for. */
function alone (config: Config): Config {
  return { ...config, clients: { ...config.clients, required: false }, listen: { ...config.listen, host: '127.0.0.1', port: 0, socket: undefined, tls: undefined, trustedProxies: [] }, admin: undefined, limits: NO_LIMITS, startup: { check: 'off' } }
}

function isTrouble (event: ProxyEvent): event is Trouble {
  return event.event === 'refusal.diagnosed' || event.event === 'answer.diagnosed' || event.event === 'request.denied' || event.event === 'upstream.failed'
}

async function find<Found extends ProxyEvent> (events: readonly ProxyEvent[], is: (event: ProxyEvent) => event is Found, patienceMs: number): Promise<Found | undefined> {
  const end = performance.now() + patienceMs
  for (;;) {
    const found = events.find(is)
    if (found !== undefined || performance.now() >= end) return found
    await pause(20)
  }
}

function answerTo ({ method, target }: Call, url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now()
    const { hostname: host, port } = new URL(url)
    const asked = request({ host, port, method, path: target, headers: { accept: '*/*', 'user-agent': 'langsmith-proxy-explain' }, agent: false }, (response) => {
      let bytes = 0
      let isLong = false
      const timer = setTimeout(() => { isLong = true; response.destroy() }, LONGEST_ANSWER_MS)
      response.on('data', (piece: Buffer) => { bytes += piece.length })
      response.on('error', () => {}) // close follows
      response.once('close', () => {
        clearTimeout(timer)
        const { statusCode: status = 0, headers, complete } = response
        resolve({
          status, bytes,
          by: headers[MARKER_HEADER]?.toString().startsWith('upstream') === true ? 'LangSmith' : 'the proxy',
          ms: Math.round(performance.now() - startedAt),
          content_type: headers['content-type'],
          end: isLong ? 'long' : complete ? 'complete' : 'broken'
        })
      })
    })
    asked.setTimeout(LONGEST_ANSWER_MS, () => {
      asked.destroy(new ProxyError('upstream-timeout', `no answer began within ${String(LONGEST_ANSWER_MS / 1000)} seconds`))
    })
    asked.once('error', reject)
    asked.end()
  })
}
