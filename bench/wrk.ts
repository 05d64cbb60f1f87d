// Runs wrk, which makes the load: it costs so little that it shares a core with the upstream.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PATH } from '../test/conformance/targets/installed.ts'

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  readonly method: 'GET' | 'POST'
  /** Key that the client sends. */
  readonly key: string
  readonly body?: { readonly file: string, readonly type: string } | undefined
  /** The one status that is right; by default all below 400. */
  readonly status?: number | undefined
}

/** What wrk.lua prints; times are microseconds. */
export interface LoadResult {
  readonly requests: number
  readonly micros: number
  /** Of answers, heads included. */
  readonly bytes: number
  /** Answers with another status. */
  readonly surprises: number
  /** Connections that failed, and answers that did not come in time. */
  readonly broken: number
  readonly p50: number
  readonly p99: number
}

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url))
const PATIENCE_SECONDS = 20

/** @throws Error with the output of wrk if it fails or hangs. */
export async function load ({ url, connections, seconds, method, key, body, status }: Load): Promise<LoadResult> {
  const args = ['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`, '--timeout', '10s', '--script', SCRIPT, url]
  const { stdout } = await promisify(execFile)('wrk', args, {
    timeout: (seconds + PATIENCE_SECONDS) * 1000,
    env: {
      PATH, BENCH_METHOD: method, BENCH_KEY: key,
      ...(body === undefined ? {} : { BENCH_BODY: body.file, BENCH_TYPE: body.type }),
      ...(status === undefined ? {} : { BENCH_STATUS: String(status) })
    }
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as LoadResult
}

/** What is wrong with a result, in words; undefined for nothing. @param bytes - Least size of an answer. */
export function wrongWith ({ requests, surprises, broken, bytes }: LoadResult, least: number): string | undefined {
  if (requests === 0) return 'no answer'
  if (surprises > 0) return `${surprises} of ${requests} answers have another status`
  if (broken > 0) return `${broken} requests failed`
  return bytes / requests < least ? `answers of ${Math.round(bytes / requests)} bytes only` : undefined
}
