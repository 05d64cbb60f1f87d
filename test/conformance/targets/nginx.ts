// nginx as Debian packages it, with nginx.conf beside this file. nginx reads no environment, so the
// settings are put into the text, as the templates of its Docker image do.

import { readFileSync } from 'node:fs'
import { freePort } from '../../support/free-port.ts'
import type { Target } from '../target.ts'
import { PATH, versionOf } from './installed.ts'
import { runProgram } from './run-program.ts'
import { AUTHORITY_FILE, settings } from './settings.ts'

export const nginx: Target = {
  name: 'nginx',
  version: () => versionOf('nginx', ['-v'], /nginx\/([\d.]+)/),
  async start (places, { timeouts, before } = {}) {
    const port = await freePort()
    const template = readFileSync(new URL('nginx.conf', import.meta.url), 'utf8')
    const text = Object.entries(settings(places, port, timeouts)).reduce((filled, [name, value]) => filled.replaceAll(`\${${name}}`, value), template)
    return await runProgram({
      files: { 'nginx.conf': text, [AUTHORITY_FILE]: places.authority },
      command: ['nginx', '-p', './', '-c', 'nginx.conf', '-e', 'stderr'],
      before,
      port,
      env: { PATH }
    })
  }
}
