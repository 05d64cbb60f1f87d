// A real HTTP server that plays the upstream: it records what it received, exactly as it came, and
// answers as the test says.

import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface Received {
  readonly method: string
  /** The request target, byte for byte. */
  readonly url: string
  /** Flat list of names and values, in order. */
  readonly rawHeaders: readonly string[]
  /** Set when the whole body is there. */
  body: Buffer | undefined
  /** The connection broke before the whole body was there. */
  aborted: boolean
}

export interface Upstream {
  readonly url: string
  readonly port: number
  /** Every request, oldest first; live. */
  readonly received: readonly Received[]
  readonly server: Server
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

export interface UpstreamOptions {
  /** Called when the whole body is there. */
  readonly answer?: Answer
  /** Called at once, instead of `answer`; the body is not read. */
  readonly listener?: RequestListener
  /** PEM texts, to serve https. */
  readonly tls?: { readonly key: string, readonly cert: string }
}

/** Starts an upstream on a free port of 127.0.0.1; it ends with the test. */
export async function startUpstream (t: Test, options: UpstreamOptions = {}): Promise<Upstream> {
  const received: Received[] = []
  const answer: Answer = options.answer ?? ((_request, response) => { response.end('ok') })
  const listener: RequestListener = (request, response) => {
    const record: Received = { method: request.method ?? '', url: request.url ?? '', rawHeaders: request.rawHeaders, body: undefined, aborted: false }
    received.push(record)
    request.once('aborted', () => { record.aborted = true })
    if (options.listener !== undefined) {
      options.listener(request, response)
      return
    }
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => { pieces.push(piece) })
    request.once('end', () => {
      record.body = Buffer.concat(pieces)
      answer(request, response, record.body)
    })
    request.on('error', () => { record.aborted = true })
  }
  const server = options.tls === undefined ? createHttpServer(listener) : createHttpsServer(options.tls, listener)
  t.teardown(() => new Promise<void>((resolve) => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  }))
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo
  return { url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, received, server }
}

/** The values of a header as they were received; the name in any letter case. */
export function valuesOf (rawHeaders: readonly string[], name: string): readonly string[] {
  return rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
}
