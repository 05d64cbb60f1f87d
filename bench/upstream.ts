// The upstream of the bench: nginx for requests, and a server of Node for streams and for bodies of any size,
// which nginx would write to a disk.

import { fileURLToPath } from 'node:url'
import { readFileSync } from 'node:fs'
import { KEYS } from '../test/conformance/case.ts'
import type { Places } from '../test/conformance/places.ts'
import { PATH } from '../test/conformance/targets/installed.ts'
import { runProgram } from '../test/conformance/targets/run-program.ts'
import { freePort } from '../test/support/free-port.ts'
import { createAuthority } from '../test/support/certificates.ts'
import { LARGE_ANSWER } from './payloads.ts'

/** Where the routes of every server lead: `main` and `tls` to nginx, `eu` to the server of Node. */
export type Upstream = Pick<Places, 'ports' | 'authority'>

export interface RunningUpstream extends Upstream {
  readonly stop: () => Promise<void>
}

/** Starts both. @throws Error with the output of the one that fails. */
export async function startUpstream (): Promise<RunningUpstream> {
  const [plain, tls, streams] = [await freePort(), await freePort(), await freePort()]
  const authority = createAuthority()
  const { cert, key } = authority.issue()
  const settings = { PLAIN_PORT: String(plain), TLS_PORT: String(tls), KEY: KEYS.main, WORKSPACE: KEYS.mainWorkspace }
  const template = readFileSync(new URL('upstream.conf', import.meta.url), 'utf8')
  const nginx = await runProgram({
    files: {
      'nginx.conf': Object.entries(settings).reduce((text, [name, value]) => text.replaceAll(`\${${name}}`, value), template),
      'server.pem': cert, 'server.key': key, 'sessions.json': LARGE_ANSWER
    },
    command: ['nginx', '-p', './', '-c', 'nginx.conf', '-e', 'stderr'],
    port: plain,
    env: { PATH }
  })
  const node = await runProgram({
    files: {},
    command: [process.execPath, fileURLToPath(new URL('streams.js', import.meta.url))],
    port: streams,
    env: { PORT: String(streams), KEY: KEYS.eu }
  }).catch(async (error: unknown) => { await nginx.stop(); throw error })
  return {
    // The bench has no use for the other routes; they must lead somewhere.
    ports: { main: plain, eu: streams, tls, impostor: tls, expired: tls, misnamed: tls, down: plain },
    authority: authority.cert,
    async stop () { await Promise.all([nginx.stop(), node.stop()]) }
  }
}
