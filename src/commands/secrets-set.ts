// `secrets set NAME`: takes a key, tests it if that is wanted, and stores it. What is not given stays as it
// was stored before, so that a key can be replaced without its workspace being lost.

import type { CommandContext } from './command.ts'
import { keepKey } from './keep-key.ts'
import { askPlace, placeOfFlags, readStoreConfig, regionPlace, wayOfConfig, wayTo } from './key-place.ts'
import type { KeyPlace, Way } from './key-place.ts'
import { takeKey } from './key-text.ts'
import { askPassphraseBesideStdin } from './passphrase.ts'
import { storeOf } from './stored.ts'
import { askYesNo, fail, isTerminal, say } from './terminal.ts'
import { passesTest } from './try-key.ts'
import { workspaceOfFlags } from './workspace-id.ts'
import type { Config } from '../config/config.ts'
import { ProxyError } from '../errors.ts'
import type { StoredEntry } from '../secrets/store/store.ts'

/** @returns 1 when the key was refused and is not stored. @throws ProxyError for anything else that went wrong. */
export async function setSecret (context: CommandContext, name: string): Promise<number> {
  const { flags } = context
  if (flags.test === true && flags['no-test'] === true) throw new ProxyError('usage-invalid', '--test and --no-test do not go together', { hint: 'keep one of them' })
  const config = readStoreConfig(context)
  const flagPlace = placeOfFlags(flags, config.listen.port)
  const flagWorkspace = workspaceOfFlags(flags)
  const store = storeOf(config, context, askPassphraseBesideStdin)
  const before = await store.read(name)

  const target = knownTarget(name, flagPlace, before, config, context) ?? await askedTarget(context, config)
  if (flags.test === true && target === undefined) {
    throw new ProxyError('usage-invalid', 'it is not known where to test this key', { hint: 'add --region or --endpoint, or leave out --test' })
  }
  const key = await takeKey(target?.way.route.upstream)
  const workspaceId = flagWorkspace ?? (isElsewhere(flagPlace, before) ? '' : before?.workspaceId)
  const candidate = { ...key, name, workspaceId: workspaceId === '' ? undefined : workspaceId }

  if (target !== undefined && await isTestWanted(target, flags) && !await passesTest(candidate, target.way, isTerminal())) {
    return fail('the key was not stored', 'store one that works, or leave out --test')
  }
  if (!isTerminal() && flags.test !== true && flags['no-test'] !== true) say('note: the key was not tested; --test does that')
  context.print(await keepKey(candidate, target?.place, store, before) + nextStep(name, candidate.workspaceId !== undefined, config))
  return 0
}

/** Another place has other workspaces. */
function isElsewhere (place: KeyPlace | undefined, before: StoredEntry | undefined): boolean {
  return place !== undefined && (place.region !== before?.region || place.endpoint !== before?.endpoint)
}

interface Target {
  readonly place: KeyPlace | undefined
  readonly way: Way
}

/** What was said on the command line, else in the config file, else when the key before was stored, else by the name itself. */
function knownTarget (name: string, flagPlace: KeyPlace | undefined, before: StoredEntry | undefined, config: Config, context: CommandContext): Target | undefined {
  const way = flagPlace === undefined ? wayOfConfig(name, config) : undefined
  const stored = before?.region === undefined && before?.endpoint === undefined ? undefined : { region: before.region, endpoint: before.endpoint }
  const place = flagPlace ?? stored ?? regionPlace(name)
  if (way !== undefined) return { place: placeOfWay(way) ?? stored, way }
  return place === undefined ? undefined : { place, way: wayTo(place, context, config) }
}

function placeOfWay ({ route }: Way): KeyPlace | undefined {
  return route.upstream.region === undefined ? undefined : { region: route.upstream.region, endpoint: undefined }
}

/** What the person says, before anything is done with the key; undefined where nobody is asked. */
async function askedTarget (context: CommandContext, config: Config): Promise<Target | undefined> {
  if (!isTerminal() || context.flags['no-test'] === true) return undefined
  const place = await askPlace(config.listen.port)
  return { place, way: wayTo(place, context, config) }
}

async function isTestWanted ({ way }: Target, { test, 'no-test': noTest }: CommandContext['flags']): Promise<boolean> {
  if (test === true || noTest === true || !isTerminal()) return test === true
  return await askYesNo(`Test it now, with one read-only call to ${way.route.upstream.host}?`, true)
}

function nextStep (name: string, hasWorkspace: boolean, config: Config): string {
  if (config.source === 'environment' && name === 'default') return 'next: langsmith-proxy\n'
  if (wayOfConfig(name, config) !== undefined) return `used by ${config.source}\n`
  const workspace = hasWorkspace ? `, workspaceId: "store:${name}#workspaceId"` : ''
  return `next: name it in the config file, as apiKey: "store:${name}"${workspace}\n`
}
