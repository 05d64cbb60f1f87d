// The library that this proxy could have been built on, with the settings that its README shows and nothing
// around it: bare-proxy.js beside this file.

import { fileURLToPath } from 'node:url'
import proxy from '@fastify/http-proxy/package.json' with { type: 'json' }
import replyFrom from '@fastify/reply-from/package.json' with { type: 'json' }
import { freePort } from '../../support/free-port.ts'
import type { Target } from '../target.ts'
import { runProgram } from './run-program.ts'
import { AUTHORITY_FILE, settings } from './settings.ts'

export const bare: Target = {
  name: '@fastify/http-proxy',
  version: () => `${proxy.version} (reply-from ${replyFrom.version})`,
  async start (places, { timeouts, before } = {}) {
    const port = await freePort()
    return await runProgram({
      files: { [AUTHORITY_FILE]: places.authority },
      command: [process.execPath, fileURLToPath(new URL('bare-proxy.js', import.meta.url))],
      before,
      port,
      env: settings(places, port, timeouts)
    })
  }
}
