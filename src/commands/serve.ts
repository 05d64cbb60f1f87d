// Runs a prepared proxy in this process: log, start, signals, end.

import process from 'node:process'
import { performance } from 'node:perf_hooks'
import { STOP_PAGE } from '../admin/stop.ts'
import { createProxy } from '../app.ts'
import type { Proxy } from '../proxy.ts'
import type { Servable } from './prepare.ts'
import { processUse } from './process-use.ts'
import { describeFailure } from '../errors.ts'
import type { Emit } from '../events.ts'
import type { LiveCertificate } from '../guard/tls/live-certificate.ts'
import { openAuditFile } from '../observe/audit/file.ts'
import type { AuditFile } from '../observe/audit/file.ts'
import { openDestination } from '../observe/destination.ts'
import type { Destination } from '../observe/destination.ts'
import { createLogger } from '../observe/logger.ts'
import type { LevelSwitch } from '../observe/logger.ts'
import { countRepeats } from '../observe/repeats.ts'
import { createTerminalFormat } from '../observe/terminal.ts'
import { describeRoute } from '../routes/describe-route.ts'
import type { MaskText } from '../swap/mask-text.ts'

const STDERR = 2
const SWEEP_MS = 10_000
/** How long the end of the process waits for a log that does not take lines. */
const FLUSH_MS = 500

export interface Log {
  readonly emit: Emit
  /** Lines that could not be written so far. */
  readonly lostLines: () => number
  readonly maskText: MaskText
  readonly level: LevelSwitch
  /** Reports what was counted instead of logged. */
  flush: () => void
  /** Writes what waits; for the end of the process. */
  close: () => Promise<void>
}

/** Opens the log: on stderr as JSON, or as text where a person is looking. */
export function openLog ({ config, masks }: Pick<Servable, 'config' | 'masks'>, destination: Destination = openDestination(STDERR)): Log {
  // Looking at process.stderr makes a pipe non-blocking. A write to a full blocking pipe would hold a
  // thread, and the end of the process with it.
  const { stderr } = process
  const pretty = config.log.format === 'pretty' || (config.log.format === 'auto' && stderr.isTTY)
  const format = pretty ? createTerminalFormat(stderr.isTTY && stderr.hasColors(), () => widthOf(stderr)) : undefined
  const logger = createLogger({
    level: config.log.level,
    write: (line) => { destination.write(format === undefined ? line : format(line)) },
    maskText: masks.maskText,
    maskLine: masks.maskLine
  })
  const repeats = countRepeats(logger.emit, () => performance.now())
  const timer = setInterval(repeats.sweep, SWEEP_MS).unref()
  destination.onRecovery((lines) => { logger.emit({ event: 'log.lost', lines }) })
  return {
    emit: repeats.emit,
    lostLines: destination.lost,
    maskText: masks.maskText,
    level: logger,
    flush: repeats.flush,
    async close () {
      clearInterval(timer)
      repeats.flush()
      await destination.close(FLUSH_MS)
    }
  }
}

/** Undefined where it is not known: no terminal, or one that says 0. */
function widthOf ({ isTTY, columns }: NodeJS.WriteStream): number | undefined {
  return isTTY && columns > 0 ? columns : undefined
}

export interface Serving {
  readonly url: string
  readonly proxy: Proxy
  /** Ends with the proxy. */
  readonly audit: AuditFile
  /** Resolves once somebody asks the admin listener for the end. */
  readonly stopAsked: Promise<typeof STOP_PAGE>
}

/**
 * Starts a prepared proxy and reports it.
 *
 * @param certificate - Of listen.tls, where the config has it.
 * @throws ProxyError `listen-failed`, or `audit-unwritable`.
 */
export async function serve (prepared: Servable, log: Log, version: string, certificate?: LiveCertificate): Promise<Serving> {
  const { config, routes, authorities, secrets, redis, clients, notices } = prepared
  let onStop = (): void => {}
  const stopAsked = new Promise<typeof STOP_PAGE>((resolve) => { onStop = () => { resolve(STOP_PAGE) } })
  const audit = openAuditFile(config.audit.file, log.emit)
  const proxy = await createProxy({
    config, routes, authorities, secrets, redis, clients, audit, log: log.emit, lostLines: log.lostLines, maskText: log.maskText, build: { version, node: process.version }, processUse, onStop, logLevel: log.level, certificate
  })
  const url = await proxy.start()
  for (const notice of notices) log.emit({ event: 'config.noticed', ...notice })
  log.emit({ event: 'proxy.started', url, version, config: config.source, routes: routes.map(describeRoute) })
  return { url, proxy, audit, stopAsked }
}

/** Signal numbers, for the exit code of a process that was cut: 128 + number. */
const SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const

/**
 * Runs until SIGTERM, SIGINT or POST /-/stop, then drains; a signal meanwhile ends at once.
 *
 * @returns The exit code: 0 after a drain, 130 or 143 when cut.
 */
export async function runUntilSignal ({ proxy, stopAsked }: Serving, log: Log): Promise<number> {
  const signal = nextSignal()
  const first = await Promise.race([signal, stopAsked])
  const second = first === STOP_PAGE ? signal : nextSignal()
  const end = await Promise.race([proxy.drain(first), second])
  if (typeof end === 'string') {
    await endLog(log, await proxy.close())
    return 128 + SIGNALS[end]
  }
  await endLog(log, end)
  return 0
}

/** The last line of a proxy. @param cut - Requests that had not finished. */
export async function endLog (log: Log, cut: number): Promise<void> {
  log.flush() // what was counted comes before the last line
  log.emit({ event: 'proxy.stopped', cut })
  await log.close()
}

function nextSignal (): Promise<keyof typeof SIGNALS> {
  return new Promise((resolve) => {
    const listen = (signal: NodeJS.Signals): void => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, listen)
      resolve(signal as keyof typeof SIGNALS)
    }
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, listen)
  })
}

/** Makes an error that nobody expected end the process with a line, not silently and not with a stack. */
export function endOnDefect (log: Pick<Log, 'emit' | 'close'>): void {
  const end = (error: unknown): void => {
    log.emit({ event: 'internal.failed', ...describeFailure(error) })
    void log.close().finally(() => { process.exit(1) })
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
}
