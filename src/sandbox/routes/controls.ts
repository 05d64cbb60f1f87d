// What tests need and LangSmith does not have, all under /sandbox/ and without a key:
//
//   any   /sandbox/echo                      what was received, headers included: it shows the key that
//                                            arrived, on purpose, in the body and in x-sandbox-received-key
//   any   /sandbox/redirect?to=…&status=307  Location as given; absolute=true puts the own origin before it
//   POST  /sandbox/sink                      takes any amount, keeps nothing, answers bytes and SHA-256
//   GET   /sandbox/download?bytes=N          N bytes of a fixed pattern; chunked=true without Content-Length

import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { drain } from '../body.ts'
import type { RegionContext } from '../region-context.ts'
import { sandboxBytes } from '../sandbox-bytes.ts'

const REDIRECTS = ['301', '302', '303', '307', '308']
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** Adds the endpoints. */
export function controlRoutes (app: FastifyInstance, { ledger }: RegionContext): void {
  app.route({
    method: METHODS,
    url: '/sandbox/echo',
    handler: async (request, reply) => {
      await drain(ledger.read(request.raw))
      const { method, url, rawHeaders, bodyBytes, bodySha256 } = ledger.entry(request.raw)
      const key = request.headers['x-api-key']
      if (key !== undefined) reply.header('x-sandbox-received-key', key)
      return { method, url, headers: pairs(rawHeaders), body_bytes: bodyBytes, body_sha256: bodySha256 }
    }
  })

  app.route({
    method: METHODS,
    url: '/sandbox/redirect',
    handler: async (request, reply) => {
      await drain(ledger.read(request.raw))
      const { to = '/sandbox/echo', status = '307', absolute } = request.query as { to?: string, status?: string, absolute?: string }
      if (!REDIRECTS.includes(status) || !/^[!-~]+$/.test(to)) return misused(reply, 'redirect takes a printable "to" and a status of 301, 302, 303, 307 or 308')
      return reply.code(Number(status)).header('location', absolute === 'true' ? `${originOf(request)}${to}` : to).send()
    }
  })

  app.route({
    method: ['POST', 'PUT', 'PATCH'],
    url: '/sandbox/sink',
    handler: async (request) => {
      await drain(ledger.read(request.raw))
      const { bodyBytes, bodySha256 } = ledger.entry(request.raw)
      return { bytes: bodyBytes, sha256: bodySha256 }
    }
  })

  app.get('/sandbox/download', (request, reply) => {
    const { bytes = '0', chunked } = request.query as { bytes?: string, chunked?: string }
    if (!/^\d{1,15}$/.test(bytes)) return misused(reply, 'download takes a number of bytes')
    if (chunked !== 'true') reply.header('content-length', bytes)
    return reply.type('application/octet-stream').send(Readable.from(sandboxBytes(Number(bytes))))
  })
}

function pairs (rawHeaders: readonly string[]): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, index) => [rawHeaders[2 * index] ?? '', rawHeaders[2 * index + 1] ?? ''])
}

function originOf (request: FastifyRequest): string {
  return `${request.protocol}://${request.host}`
}

function misused (reply: FastifyReply, hint: string): FastifyReply {
  return reply.code(400).send({ sandbox: hint })
}
