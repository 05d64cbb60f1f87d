// `secrets list`: what is stored, and nothing of the keys.

import { ageInWords } from './age-in-words.ts'
import { columns } from './columns.ts'
import type { CommandContext } from './command.ts'
import { readStoreConfig } from './key-place.ts'
import { storeOf } from './stored.ts'
import { kindOfEntry } from '../secrets/store/entry-kind.ts'
import type { SecretStore } from '../secrets/store/store.ts'

type Listed = Awaited<ReturnType<SecretStore['list']>>[number]

const HEADINGS = ['NAME', 'KIND', 'FINGERPRINT', 'WHERE', 'AGE', 'WORKSPACE', 'REGION'] as const

/** Prints the table, or JSON with --json. @throws ProxyError when a place cannot be opened. */
export async function listSecrets (context: CommandContext): Promise<number> {
  const listed = [...await storeOf(readStoreConfig(context), context).list()].sort((a, b) => a.name < b.name ? -1 : 1)
  context.print(context.flags.json === true ? `${JSON.stringify(listed.map(asJson), null, 2)}\n` : asText(listed))
  return 0
}

function asText (listed: readonly Listed[]): string {
  if (listed.length === 0) return 'nothing is stored; langsmith-proxy init or langsmith-proxy secrets set NAME adds a key\n'
  const now = Date.now()
  const rows = listed.map(({ name, entry, place }) => [
    name, kindOfEntry(entry), entry.apiKey.fingerprint, place, ageInWords(now - Date.parse(entry.storedAt)), entry.workspaceId === undefined ? '-' : 'set', entry.region ?? entry.endpoint ?? '-'
  ])
  return `${columns([HEADINGS, ...rows]).join('\n')}\n`
}

function asJson ({ name, entry, place }: Listed): unknown {
  const { apiKey, storedAt, workspaceId, region, endpoint } = entry
  return { name, kind: kindOfEntry(entry), fingerprint: apiKey.fingerprint, where: place, stored_at: storedAt, workspace: workspaceId !== undefined, region, endpoint }
}
