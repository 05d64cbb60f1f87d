// An upstream that takes its time, run in a container with Node: /slow answers after two seconds, /stream sends an
// event every 100 ms for two seconds.

import { createServer } from 'node:http'
import { clearInterval, setInterval, setTimeout } from 'node:timers'

const EVENTS = 20

createServer((request, response) => {
  console.log(`began ${request.url}`)
  if (request.url === '/slow') {
    setTimeout(() => { response.end('slow and whole\n') }, 2000)
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const timer = setInterval(() => {
    response.write(`data: ${++sent}\n\n`)
    if (sent < EVENTS) return
    clearInterval(timer)
    response.end('event: end\n\n')
  }, 100)
}).listen(8080, '0.0.0.0')

process.once('SIGTERM', () => { process.exit() })
