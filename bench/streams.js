// The part of the upstream that nginx cannot be: streams of events, and a sink that counts bodies of any size.

import { createServer } from 'node:http'
import { clearInterval, setInterval } from 'node:timers'

const { PORT, KEY } = process.env
const TICK_MS = 20
const EVENT = `event: data\ndata: ${JSON.stringify({ id: '1c9a6c1e-0000-4000-8000-000000000000', delta: 'a few words of an answer '.repeat(6) })}\n\n`

const server = createServer((request, response) => {
  if (request.headers['x-api-key'] !== KEY) {
    response.writeHead(401).end('{"detail":"Invalid token"}')
    return
  }
  if (request.method === 'POST') {
    let bytes = 0
    request.on('data', (piece) => { bytes += piece.length }).once('end', () => { response.end(JSON.stringify({ bytes })) })
    return
  }
  if (request.url !== '/idle' && request.url !== '/active') {
    response.writeHead(200, { 'content-type': 'application/json' }).end('[]')
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  response.write(EVENT)
  if (request.url === '/idle') return
  const timer = setInterval(() => { response.write(EVENT) }, TICK_MS)
  response.once('close', () => { clearInterval(timer) })
})
server.requestTimeout = 0
server.listen({ port: Number(PORT), host: '127.0.0.1', backlog: 2048 })
