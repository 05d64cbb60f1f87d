// Caddy as Debian packages it, with the Caddyfile beside this file.

import { readFileSync } from 'node:fs'
import { freePort } from '../../support/free-port.ts'
import type { Target } from '../target.ts'
import { PATH, versionOf } from './installed.ts'
import { runProgram } from './run-program.ts'
import { AUTHORITY_FILE, settings } from './settings.ts'

export const caddy: Target = {
  name: 'Caddy',
  version: () => versionOf('caddy', ['version'], /^v?([\d.]+)/),
  async start (places, { timeouts, before } = {}) {
    const port = await freePort()
    return await runProgram({
      files: { Caddyfile: readFileSync(new URL('Caddyfile', import.meta.url), 'utf8'), [AUTHORITY_FILE]: places.authority },
      command: ['caddy', 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile'],
      before,
      port,
      env: { PATH, ...settings(places, port, timeouts) }
    })
  }
}
