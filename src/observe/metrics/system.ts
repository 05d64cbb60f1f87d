// Metrics of the proxy as a program: what runs, what was read again, what was lost, and what it depends on.

import type { Book, Row } from './book.ts'
import type { Emit, ProxyEvent } from '../../events.ts'

export interface SystemSources {
  readonly build: { readonly version: string, readonly node: string }
  /** Log lines dropped so far. */
  readonly lostLines: () => number
  /** Lines of the audit record dropped so far; none where there can be no record. */
  readonly lostAuditLines?: (() => number) | undefined
  /** Whether Redis counts; undefined where none is set. */
  readonly isRedisUp?: (() => boolean | undefined) | undefined
  /** Of the listener; `until` in milliseconds since 1970. */
  readonly certificate?: { readonly current: { readonly until: number } } | undefined
}

const FILES = ['config', 'clients', 'certificate'] as const

export function addSystemMetrics (book: Book, { build, lostLines, lostAuditLines, isRedisUp, certificate }: SystemSources): Emit {
  book.read('gauge', { name: 'langsmith_proxy_build_info', help: 'Always 1; the labels say what runs.', labels: ['version', 'node'] }, () => [{ labels: { ...build }, value: 1 }])
  book.read('counter', { name: 'langsmith_proxy_log_lines_lost_total', help: 'Log lines that could not be written.' }, () => [{ value: lostLines() }]) // told while the log is still stuck, when no log line could tell it
  if (lostAuditLines !== undefined) {
    book.read('counter', { name: 'langsmith_proxy_audit_lines_lost_total', help: 'Lines of the audit record that could not be written.' }, () => [{ value: lostAuditLines() }])
  }
  book.read('gauge', { name: 'langsmith_proxy_redis_up', help: 'Whether Redis (limits.redis) counts the requests of clients; left out where none is set.' }, () => {
    const isUp = isRedisUp?.()
    return isUp === undefined ? [] : [{ value: isUp ? 1 : 0 }]
  })
  book.read('gauge', { name: 'langsmith_proxy_certificate_expires_timestamp_seconds', help: 'When the certificate of listen.tls ends; left out where none is set.' }, (): readonly Row[] =>
    certificate === undefined ? [] : [{ value: certificate.current.until / 1000 }])
  const reloads = book.counter({ name: 'langsmith_proxy_reloads_total', help: 'Files that were read again after a change, by whether they are in use; the one before stays where they have a mistake.', labels: ['file', 'result'], most: 10 })
  for (const file of FILES) for (const result of ['used', 'rejected']) reloads.of({ file, result }) // a counter that begins with 1 has not risen, to Prometheus
  const shortages = book.counter({ name: 'langsmith_proxy_descriptors_exhausted_total', help: 'How often the process could open no more files or connections.' })
  const defects = book.counter({ name: 'langsmith_proxy_internal_errors_total', help: 'Defects of the proxy itself; the log has where.' })
  for (const one of [shortages, defects]) one.of({})

  return (event: ProxyEvent) => {
    switch (event.event) {
      case 'config.reloaded':
      case 'clients.reloaded':
      case 'certificate.reloaded':
        reloads.of({ file: event.event.replace('.reloaded', ''), result: 'used' }).value++
        break
      case 'config.rejected':
      case 'clients.rejected':
      case 'certificate.rejected':
        reloads.of({ file: event.event.replace('.rejected', ''), result: 'rejected' }).value++
        break
      case 'descriptors.exhausted':
        shortages.of({}).value++
        break
      case 'internal.failed':
        defects.of({}).value++
        break
      default: // the rest is about requests and keys
    }
  }
}
