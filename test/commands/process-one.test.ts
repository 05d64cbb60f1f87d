// Signals for process 1 of a container while no command listens for any: the kernel would keep them from it.

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { NO_PROCESS_ONE, endProcessOne } from '../support/process-one.ts'

for (const [signal, code] of [['SIGTERM', 143], ['SIGINT', 130]] as const) {
  t.test(`${signal} ends process 1 while nobody listens for it`, { skip: NO_PROCESS_ONE }, async (t) => {
    const silent = createServer()
    t.teardown(() => { silent.close() })
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve) })
    // "stop" leaves signals to the kernel, and waits here for an answer that never comes.
    const env = { LANGSMITH_PROXY_ADMIN_HOST: '127.0.0.1', LANGSMITH_PROXY_ADMIN_PORT: String((silent.address() as AddressInfo).port) }
    t.equal(await endProcessOne(t, signal, ['stop', '--max', '30s'], env), code)
  })
}
