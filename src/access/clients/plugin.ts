// Who is calling? Runs after the guard for every request but those for the health pages, and each time anew: a key that
// was revoked ends on connections that are open, too.

import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import type { Client } from './client.ts'
import { identify } from './identify.ts'
import type { LiveClients } from './live-clients.ts'
import type { Denial } from '../../exchange.ts'
import { deny } from '../../guard/plugin.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose key it shows; undefined without one. */
    client: Client | undefined
  }
  interface FastifyContextConfig {
    /** Needs no client key, whoever asks. */
    openToAll?: boolean
  }
}

/** What all pipelines of a process share. */
export interface ClientMemory {
  /** Notes a wrong key of an address. @returns The seconds that it has to wait, or undefined. */
  readonly failed: (address: string) => number | undefined
  /** When a client called last, in milliseconds since 1970, by its name. */
  readonly lastUsed: Map<string, number>
}

export interface ClientsOptions {
  /** None where the config has none. */
  readonly live: Pick<LiveClients, 'current'>
  readonly required: boolean
  readonly memory: ClientMemory
}

export const clientsPlugin = fp(async (app: FastifyInstance, { live, required, memory }: ClientsOptions) => {
  app.decorateRequest('client', undefined)

  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.openToAll === true) {
      done()
      return
    }
    const now = Date.now()
    const { client, denial } = identify(request.raw.rawHeaders, live.current, required, now)
    if (denial !== undefined) {
      deny(request, reply, slowed(denial, request.exchange.caller.address ?? ''))
      return
    }
    if (client !== undefined) {
      request.client = client
      request.exchange.client = client.name
      memory.lastUsed.set(client.name, now)
    }
    done()
  })

  function slowed (denial: Denial, address: string): Denial {
    const retryAfter = denial.code === 'client-key-unknown' ? memory.failed(address) : undefined
    if (retryAfter === undefined) return denial
    return { code: 'rate-limited', detail: 'too many wrong client keys from this address', hint: 'correct the client key; the right one works at once', retryAfter }
  }
}, { name: 'clients', fastify: '5.x', dependencies: ['guard'] })
