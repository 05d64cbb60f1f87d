// This proxy, as users start it: the bundled program with a config file, defaults but for time limits.

import { bundle } from '../../support/bundle.ts'
import manifest from '../../../package.json' with { type: 'json' }
import { KEYS } from '../case.ts'
import { freePort } from '../../support/free-port.ts'
import { TIMEOUTS } from '../target.ts'
import type { Running, Target } from '../target.ts'
import { clientsFile } from '../team.ts'
import { runProgram } from './run-program.ts'

const { main, mainWorkspace, eu, euWorkspace } = KEYS

/** Cases name the callers of wrong keys themselves, so that none is told to wait for the keys of another. */
const TEAM_SETTINGS = 'listen: { trustedProxies: [127.0.0.1] }\nclients: { required: true }\n'

export const langsmithProxy: Target & { readonly startTeam: Target['start'] } = {
  name: 'langsmith-proxy',
  version: () => manifest.version,
  start: (places, options) => start(places, options),
  startTeam: (places, options) => start(places, options, TEAM_SETTINGS, { 'clients.yaml': clientsFile() })
}

async function start (
  { ports, authority }: Parameters<Target['start']>[0], { timeouts = TIMEOUTS, before }: Parameters<Target['start']>[1] = {}, settings = '', files: Readonly<Record<string, string>> = {}
): Promise<Running> {
  const port = await freePort()
  const program = bundle()
  const tls = (['tls', 'impostor', 'expired', 'misnamed'] as const).map((place) => `  - { prefix: /${place}, upstream: "https://127.0.0.1:${ports[place]}", credential: main, ca: authority.pem }`)
  const config = [
    'credentials:',
    `  main: { apiKey: "env:MAIN_KEY", workspaceId: ${mainWorkspace} }`,
    `  eu: { apiKey: "env:EU_KEY", workspaceId: ${euWorkspace} }`,
    'routes:',
    `  - { prefix: /, upstream: "http://127.0.0.1:${ports.main}", credential: main }`,
    `  - { prefix: /eu, upstream: "http://127.0.0.1:${ports.eu}", credential: eu }`,
    `  - { prefix: /down, upstream: "http://127.0.0.1:${ports.down}", credential: main }`,
    ...tls,
    `timeouts: { firstByte: ${timeouts.head}s, idle: ${timeouts.idle}s, clientIdle: ${timeouts.idle}s }`,
    'startup: { check: "off" }', // the upstreams are to see requests of the cases only
    'diagnosis: { probe: "off" }',
    settings
  ].join('\n')
  const running = await runProgram({
    files: { ...files, 'config.yaml': config, 'authority.pem': authority },
    command: [process.execPath, program.main, '--config', 'config.yaml', '--host', '127.0.0.1', '--port', String(port)],
    before,
    port,
    env: { MAIN_KEY: main, EU_KEY: eu }
  })
  return { ...running, async stop () { await running.stop(); program.remove() } }
}
