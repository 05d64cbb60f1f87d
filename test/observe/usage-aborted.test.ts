import t from 'tap'
import { createUsage } from '../../src/observe/usage.ts'

// A client that leaves early, as `curl --max-time` does, spent the budget and stood nowhere in the list.
t.test('a request that was cut counts, with the bytes that passed', async (t) => {
  const usage = createUsage(() => 0)
  usage.emit({ event: 'request.aborted', reqId: 'x', method: 'POST', path: '/api/v1/runs/query', route: '/', client: 'ana', by: 'client', duration_ms: 1, bytes_in: 5, bytes_out: 7, status: 200 })
  usage.emit({ event: 'request.aborted', reqId: 'y', method: 'GET', path: '/nowhere', by: 'client', duration_ms: 1, bytes_in: 5, bytes_out: 7 })
  t.match(usage.rows(), [{ client: 'ana', route: '/', about: 'query', requests: 1, bytesIn: 5, bytesOut: 7 }])
  t.equal(usage.rows().length, 1)
})
