// HAProxy as Debian packages it, with haproxy.cfg beside this file.

import { readFileSync } from 'node:fs'
import { freePort } from '../../support/free-port.ts'
import type { Target } from '../target.ts'
import { PATH, versionOf } from './installed.ts'
import { runProgram } from './run-program.ts'
import { AUTHORITY_FILE, settings } from './settings.ts'

export const haproxy: Target = {
  name: 'HAProxy',
  version: () => versionOf('haproxy', ['-v'], /version ([\d.]+)/),
  async start (places, { timeouts, before } = {}) {
    const port = await freePort()
    return await runProgram({
      files: { 'haproxy.cfg': readFileSync(new URL('haproxy.cfg', import.meta.url), 'utf8'), [AUTHORITY_FILE]: places.authority },
      command: ['haproxy', '-db', '-f', 'haproxy.cfg'], // -db: one process, in the foreground
      before,
      port,
      env: { PATH, ...settings(places, port, timeouts) }
    })
  }
}
