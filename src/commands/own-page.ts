// Asks the proxy that runs on this machine for a page of its own, if one does. Whoever listens there wrote the answer: its size is
// bounded, and its form is for the caller to check.

import { ask } from './own-address.ts'
import type { OwnAddress } from './own-address.ts'
import { CLIENT_KEY_PREFIX } from '../access/clients/client-key.ts'
import { MARKER_HEADER } from '../answer.ts'

export interface OwnPage {
  readonly status: number
  readonly text: string
}

const ANSWER_MS = 1000
const MAX_BYTES = 4 * 1024 * 1024

/** The client key of the person at this terminal, where it stands in the place of a LangSmith key, as for SDKs. */
export function clientKeyIn ({ LANGSMITH_API_KEY: key = '' }: Readonly<Record<string, string | undefined>>): string | undefined {
  return key.startsWith(CLIENT_KEY_PREFIX) ? key : undefined
}

/**
 * Takes a second at most and never rejects.
 *
 * @param key - A client key, where one is needed.
 * @returns Undefined when no proxy answers there.
 */
export function readOwnPage (address: OwnAddress, path: string, key?: string): Promise<OwnPage | undefined> {
  return answerTo(address, { path, headers: { accept: 'application/json', ...key === undefined ? {} : { 'x-api-key': key } } })
}

/** The same for a change. @param body - ASCII. */
export function putOwnPage (address: OwnAddress, path: string, body: string): Promise<OwnPage | undefined> {
  return answerTo(address, { method: 'PUT', path, headers: { 'content-type': 'text/plain', 'content-length': String(body.length) } }, body)
}

interface Asked { readonly method?: string, readonly path: string, readonly headers: Readonly<Record<string, string>> }

function answerTo (address: OwnAddress, { headers, ...options }: Asked, body?: string): Promise<OwnPage | undefined> {
  return new Promise((resolve) => {
    const asked = ask(address, { ...options, headers: { ...address.request.headers, ...headers }, signal: AbortSignal.timeout(ANSWER_MS) }, (response) => {
      const pieces: Buffer[] = []
      let size = 0
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        size += piece.length
        if (size > MAX_BYTES) response.destroy()
      })
      response.once('close', () => {
        const isOurs = response.headers[MARKER_HEADER] !== undefined && response.complete
        resolve(isOurs ? { status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() } : undefined)
      })
      response.on('error', () => {}) // close follows
    })
    asked.once('error', () => { resolve(undefined) })
    asked.end(body)
  })
}
