// The upstreams of the suite: one bare server for each place a route leads to. They do what the case that
// runs says, and keep every byte that reaches them.

import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { MESSAGE, OK_ANSWER, OWN_HOST } from './case.ts'
import type { Case, PlaceName, Step } from './case.ts'
import { freePort } from '../support/free-port.ts'
import type { Message } from './message.ts'
import { Side } from './side.ts'
import type { OtherEnd } from './side.ts'
import { createAuthority, selfSigned } from '../support/certificates.ts'

export interface Connection {
  readonly place: PlaceName
  readonly side: Side
  /** What its script waited for in vain. */
  complaint: string | undefined
}

export interface Places {
  readonly ports: Readonly<Record<PlaceName, number>>
  /** PEM text; vouches for `tls`, `expired` and `misnamed`. */
  readonly authority: string
  /** Plays this case until the next one. */
  readonly begin: (upstream: Case['upstream'], client: OtherEnd, patience: number) => void
  /** Connections since begin(), oldest first; live. */
  readonly connections: () => readonly Connection[]
  /** Ends all connections. */
  readonly reset: () => void
  readonly close: () => Promise<void>
}

const PLAIN: readonly Step[] = [MESSAGE, OK_ANSWER]

/** Starts them on free ports of 127.0.0.1. */
export async function startPlaces (): Promise<Places> {
  const authority = createAuthority()
  let connections: Connection[] = []
  let script: (nth: number, request: Message) => readonly Step[] = () => PLAIN
  let client: OtherEnd = { text: () => '', wasHeld: () => false }
  let patience = 0
  let requests = 0

  const serve = (place: PlaceName) => (socket: Socket): void => {
    const connection: Connection = { place, side: new Side(socket, { kind: 'request' }), complaint: undefined }
    connections.push(connection)
    let begun = 0
    let last = Promise.resolve()
    socket.on('data', () => {
      if (begun > 0 && connection.side.isLarge()) return // to look for another request at each piece of megabytes would stop both ends for longer than a proxy waits
      const heads = connection.side.text().includes('\r\n\r\n') ? connection.side.read().messages : []
      for (const head of heads.slice(begun)) {
        begun++
        const steps = script(++requests, head)
        const ownSteps = steps.map((step) => typeof step === 'string' ? step.replaceAll(OWN_HOST, `127.0.0.1:${socket.localPort ?? 0}`) : step)
        last = last.then(async () => {
          connection.complaint ??= await connection.side.play(ownSteps, client, patience)
          if (steps === PLAIN) socket.end()
        })
      }
    })
  }

  const servers: Server[] = []
  const sockets = new Set<Socket>() // a handshake that failed leaves one that nobody else knows
  const open = async (place: PlaceName, tls?: { readonly key: string, readonly cert: string }): Promise<number> => {
    const options = { allowHalfOpen: true, noDelay: true }
    const server = tls === undefined ? createTcpServer(options, serve(place)) : createTlsServer({ ...options, ...tls }, serve(place))
    server.on('tlsClientError', () => {}) // what a client thinks of the certificate is the question
    server.on('connection', (raw: Socket) => { sockets.add(raw.once('close', () => { sockets.delete(raw) })) })
    servers.push(server)
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    return (server.address() as AddressInfo).port
  }
  const ports = {
    main: await open('main'),
    eu: await open('eu'),
    tls: await open('tls', authority.issue()),
    impostor: await open('impostor', selfSigned()),
    expired: await open('expired', authority.issue({ from: -9, to: -2 })),
    misnamed: await open('misnamed', authority.issue({ names: ['other.example'] })),
    down: await freePort()
  }
  const reset = (): void => {
    for (const { side } of connections) side.socket.destroy()
    connections = []
  }
  return {
    ports,
    authority: authority.cert,
    begin (upstream, other, wait) {
      reset()
      requests = 0
      client = other
      patience = wait
      script = upstream === undefined ? () => PLAIN : typeof upstream === 'function' ? upstream : () => upstream
    },
    connections: () => connections,
    reset,
    async close () {
      reset()
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.map((server) => new Promise<void>((resolve) => { server.close(() => { resolve() }) })))
    }
  }
}
