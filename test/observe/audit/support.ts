// A team's proxy as a process, with two clients and an audit file in its folder.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { makeClientKey } from '../../../src/access/clients/client-key.ts'
import { clientsText } from '../../../src/access/clients/clients-text.ts'
import { clientOf } from '../../access/clients/support.ts'
import { startProgram } from '../../support/process.ts'
import type { ProgramOptions, Serving } from '../../support/process.ts'
import { TEST_KEY } from '../../support/proxy.ts'
import { startUpstream } from '../../support/upstream.ts'
import type { Upstream } from '../../support/upstream.ts'

export type Line = Readonly<Record<string, unknown>>

export interface Team {
  readonly program: Serving
  readonly upstream: Upstream
  /** Client keys: `ana` may do everything, `bo` may read, `root` may see the pages. */
  readonly keys: { readonly ana: string, readonly bo: string, readonly root: string }
  /** The clients file. */
  readonly clients: string
  /** @returns The status; 0 where there was no whole answer. */
  readonly call: (path: string, options?: { readonly key?: string, readonly method?: string, readonly body?: string, readonly headers?: Readonly<Record<string, string>> }) => Promise<number>
  /** A file of the program's folder. */
  readonly path: (name: string) => string
  /** The lines of an audit file. */
  readonly records: (name?: string) => readonly Line[]
  /** The config, with other settings. */
  readonly config: (settings: string) => string
}

export const AUDIT = 'audit: { file: audit.jsonl }'

/** @param settings - Of the config, besides clients, credentials and routes. */
export async function startTeam (t: Test, settings: string = AUDIT, options: ProgramOptions = {}): Promise<Team> {
  const upstream = await startUpstream(t, { answer: (incoming, response) => {
    if (incoming.url?.includes('hangs') === true) response.writeHead(200).write('begins')
    else response.end('{}')
  } })
  const keys = { ana: makeClientKey('ana'), bo: makeClientKey('bo'), root: makeClientKey('root') }
  const clients = clientsText(new Map([
    ['ana', clientOf('ana', keys.ana)], ['bo', clientOf('bo', keys.bo, { role: 'read-only' })], ['root', clientOf('root', keys.root, { role: 'admin' })]
  ]))
  const config = (general: string): string => `${general}
clients: { required: true }
credentials: { us: { apiKey: "env:US_KEY" } }
routes:
  - { prefix: /, upstream: "${upstream.url}", credential: us }
  - { prefix: /eu, upstream: "${upstream.url}", credential: us }
  - { prefix: /down, upstream: "http://127.0.0.1:9", credential: us }
`
  const program = await startProgram(t, ['--config', 'config.yaml'], {
    ...options, files: { 'config.yaml': config(settings), 'clients.yaml': clients }, env: { US_KEY: TEST_KEY, LANGSMITH_PROXY_LOG_FORMAT: 'json', ...options.env }
  })
  const path = (name: string): string => join(program.folder, name)
  return {
    program, upstream, keys, clients, path, config,
    async call (target, { key, method = 'GET', body, headers = {} } = {}) {
      try {
        const answer = await fetch(program.url + target, { method, headers: { ...key === undefined ? {} : { 'x-api-key': key }, ...headers }, ...body === undefined ? {} : { body } })
        await answer.text()
        return answer.status
      } catch {
        return 0
      }
    },
    records: (name = 'audit.jsonl') => linesIn(path(name))
  }
}

/** Whole lines; none where there is no file. @throws SyntaxError for a line that is torn. */
export function linesIn (file: string): readonly Line[] {
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return []
  }
  return text.split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line)
}
