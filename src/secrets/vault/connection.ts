// Asks a Vault server. Each read has connections of its own that end with it: reads are minutes apart, no
// idle socket keeps a command from ending, and a CA file that was exchanged is noticed.
//
// A pool knows one origin and follows no redirect, so a token cannot leave for another host. No egress
// proxy is used: a secret store is inside the network.

import { readFile } from 'node:fs/promises'
import { Pool } from 'undici'
import type { Dispatcher } from 'undici'
import { ProxyError } from '../../errors.ts'
import { networkFailure, timedOut } from './failures.ts'
import type { VaultServer } from './server.ts'

/** Vault's own limit for what it stores is about that: developer.hashicorp.com/vault/docs/internals/limits */
const MAX_ANSWER_BYTES = 1024 * 1024

export interface Question {
  readonly method: 'GET' | 'POST'
  /** What follows /v1/, not encoded. */
  readonly path: string
  readonly token?: string
  readonly body?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  /** The JSON object of the body; undefined if it is none. Holds secrets: never print it. */
  readonly body: Readonly<Record<string, unknown>> | undefined
  readonly location: string | undefined
}

/** @throws ProxyError `secret-unreadable` when no answer came; every status is an answer. */
export type Ask = (question: Question) => Promise<Answer>

/**
 * Connects, works and disconnects.
 *
 * @param timeout - For all of it, in milliseconds.
 * @throws ProxyError `secret-unreadable` when the time is over, `config-invalid` for a CA file without certificates; and what `work` throws.
 */
export async function withVault<Result> (server: VaultServer, timeout: number, work: (ask: Ask) => Promise<Result>): Promise<Result> {
  const ca = server.caFile === undefined ? undefined : await readAuthority(server.caFile)
  // Said here: undici would otherwise obey NODE_TLS_REJECT_UNAUTHORIZED=0.
  const connect = { rejectUnauthorized: true, timeout, autoSelectFamily: true, ...(ca === undefined ? {} : { ca }) }
  const pool = new Pool(server.origin, { connect, pipelining: 0, headersTimeout: timeout, bodyTimeout: timeout })
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(timedOut(server)) }, timeout)
  })
  try {
    return await Promise.race([work((question) => ask(pool, server, question, over.signal)), late])
  } finally {
    clearTimeout(timer)
    over.abort()
    void pool.destroy()
  }
}

async function ask (pool: Pool, server: VaultServer, { method, path, token, body }: Question, signal: AbortSignal): Promise<Answer> {
  const headers = {
    accept: 'application/json',
    'x-vault-request': 'true', // Vault Agent and Proxy may demand it: developer.hashicorp.com/vault/api-docs#the-x-vault-request-header
    ...(server.namespace === undefined ? {} : { 'x-vault-namespace': server.namespace }),
    ...(token === undefined ? {} : { 'x-vault-token': token }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' })
  }
  try {
    const answer = await pool.request({
      method, headers, signal, path: `${server.basePath}/v1/${encodeURI(path)}`, body: body === undefined ? null : JSON.stringify(body)
    })
    const { location } = answer.headers
    return { status: answer.statusCode, body: await readObject(answer.body, server), location: typeof location === 'string' ? location : undefined }
  } catch (error) {
    throw error instanceof ProxyError ? error : networkFailure(error, server)
  }
}

async function readObject (body: Dispatcher.ResponseData['body'], server: VaultServer): Promise<Answer['body']> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    length += piece.length
    if (length > MAX_ANSWER_BYTES) throw new ProxyError('secret-unreadable', `${server.shown} sent more than 1 MiB`, { hint: `check ${server.setAt}` })
    pieces.push(piece)
  }
  try {
    return objectOf(JSON.parse(Buffer.concat(pieces).toString('utf8')))
  } catch {
    return undefined // the parser's message would quote the body
  }
}

/** A JSON object as such; undefined for anything else. */
export function objectOf (value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : undefined
}

async function readAuthority (path: string): Promise<string> {
  const hint = 'correct vault.ca or VAULT_CACERT'
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    throw new ProxyError('config-invalid', `the file with the authorities of Vault cannot be read: ${path}`, { cause, hint })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new ProxyError('config-invalid', `the file with the authorities of Vault holds no PEM certificate: ${path}`, { hint })
}
