// The first command of a person on their own machine: where, key and workspace, asked once.

import type { Command, CommandContext } from './command.ts'
import { keepKey } from './keep-key.ts'
import { askPlace, placeOfFlags, readStoreConfig, wayTo } from './key-place.ts'
import { takeKey } from './key-text.ts'
import { readConfig } from './prepare.ts'
import { storeOf } from './stored.ts'
import { fail, isTerminal, say } from './terminal.ts'
import { passesTest } from './try-key.ts'
import { askWorkspace, workspaceOfFlags } from './workspace-id.ts'
import type { StoredDefault } from '../config/quick-start.ts'
import { ProxyError } from '../errors.ts'

/** What a start without config file looks for. */
const NAME = 'default'

export const init: Command = {
  name: 'init',
  summary: 'ask for region, key and workspace, test them, and store them for "langsmith-proxy"',
  usage: '[--region REGION | --endpoint URL] [--workspace-id ID]',
  help: [
    'Asks at the terminal, tries the key with one read-only call, and stores it in the keychain of this system, or',
    'in an encrypted file where there is none. After that, a plain "langsmith-proxy" uses it. Without a terminal:',
    '"langsmith-proxy secrets set default --region us", with the key on stdin.',
    '',
    '  --region REGION    us, eu, apac or aws, instead of being asked',
    '  --endpoint URL     address of another LangSmith, instead of a region',
    '  --workspace-id ID  workspace of the key, instead of being asked; empty for none'
  ],
  options: { region: { type: 'string' }, endpoint: { type: 'string' }, 'workspace-id': { type: 'string' } },
  async run (context) {
    const { flags } = context
    const config = readStoreConfig(context)
    const { port } = config.listen
    const given = { place: placeOfFlags(flags, port), workspaceId: workspaceOfFlags(flags) }
    if (!isTerminal()) {
      throw new ProxyError('usage-invalid', 'init asks questions, and there is no terminal to ask at', {
        hint: 'pipe the key into "langsmith-proxy secrets set default --region us", or set LANGSMITH_API_KEY'
      })
    }
    const store = storeOf(config, context)
    const before = await store.read(NAME) // first: it may ask for a passphrase, or fail
    const place = given.place ?? await askPlace(port)
    const way = wayTo(place, context, config)
    const key = await takeKey(way.route.upstream)
    const workspaceId = given.workspaceId ?? await askWorkspace()
    const candidate = { ...key, name: NAME, workspaceId: workspaceId === '' ? undefined : workspaceId }
    if (!await passesTest(candidate, way, true)) return fail('the key was not stored', 'run langsmith-proxy init again, with another key, region or workspace')

    const stored = await keepKey(candidate, place, store, before)
    say(...hindrances({ ...place, hasWorkspace: candidate.workspaceId !== undefined }, context))
    context.print(`${stored}next: langsmith-proxy\n`)
    return 0
  }
}

/** What keeps the next start from using the stored key. */
function hindrances (stored: StoredDefault, { env }: CommandContext): readonly string[] {
  try {
    const { source, credentials: [credential] } = readConfig({ env, flags: {} }, stored)
    if (source !== 'environment') return [`note: the config file ${source} says what is used; name this key in it, as apiKey: "store:${NAME}"`]
    return credential?.apiKey.scheme === 'env' ? ['note: LANGSMITH_API_KEY is set here and goes before the stored key; unset it where the proxy runs'] : []
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    return [`note: "langsmith-proxy" will not start here: ${error.message}`, `hint: ${error.hint}`]
  }
}
