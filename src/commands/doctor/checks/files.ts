// Files of this user that matter: profiles that tools take keys from, and who else may write or read what the proxy reads.

import { readFileSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { ok, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import type { Config } from '../../../config/config.ts'

/** A .netrc has a few lines. */
const MOST_BYTES = 65_536

export interface OwnFiles {
  readonly variables: Readonly<Record<string, string>>
  readonly homeDir: string
  /** Undefined where the system has none. */
  readonly uid: number | undefined
  readonly config: Pick<Config, 'source' | 'credentials'>
  /** LANGSMITH_ENDPOINT leads to the proxy, which goes before the address of a profile. */
  readonly endpointLeadsHere: boolean
}

export function judgeFiles (files: OwnFiles): readonly Finding[] {
  const found = [...modes(files), ...profile(files), ...netrc(files)]
  return found.length > 0 ? found : [ok('files', 'nobody else can change the config, and no profile or .netrc interferes')]
}

function modes ({ config: { source, credentials }, uid }: OwnFiles): readonly Finding[] {
  if (uid === undefined) return []
  const own = source === 'environment' ? [] : [source, dirname(source)]
  const changeable = own.filter((path) => isOpen(path, 0o022))
    .map((path) => warn('files', `other users of this machine can change ${path}, and with it where requests go`, `run chmod go-w ${path}`))
  const paths = credentials.flatMap(({ apiKey: { scheme, rest } }) => scheme === 'file' ? [rest] : [])
  const readable = [...new Set(paths)].filter((path) => statsOf(path)?.uid === uid && isOpen(path, 0o077))
    .map((path) => warn('files', `other users of this machine can read ${path}, which holds a key`, `run chmod 600 ${path}`))
  return [...changeable, ...readable]
}

/** A folder for temporary files is open to all, but nobody can take away what another one put there. */
function isOpen (path: string, bits: number): boolean {
  const stats = statsOf(path)
  return stats !== undefined && (stats.mode & bits) !== 0 && (stats.mode & 0o1000) === 0
}

// LangSmith's CLI keeps a key and an address there, and newer SDKs use them.
function profile ({ variables, homeDir, endpointLeadsHere }: OwnFiles): readonly Finding[] {
  const named = ['LANGSMITH_CONFIG_FILE', 'LANGSMITH_PROFILE'].filter((name) => variables[name] !== undefined)
  const usual = statsOf(join(homeDir, '.langsmith', 'config.json')) === undefined ? [] : ['~/.langsmith/config.json']
  if (endpointLeadsHere || named.length + usual.length === 0) return []
  return [warn('files', `tools may take key and address from a profile of the LangSmith CLI (${[...named, ...usual].join(', ')}) and bypass the proxy`, 'set LANGSMITH_ENDPOINT to the address of the proxy where they run: it goes before the profile')]
}

function netrc ({ variables, homeDir }: OwnFiles): readonly Finding[] {
  const paths = variables.NETRC === undefined ? [join(homeDir, '.netrc'), join(homeDir, '_netrc')] : [variables.NETRC]
  return paths.filter((path) => /(?:^|\s)(?:machine\s+(?:localhost|127\.0\.0\.1|::1)|default)(?=\s|$)/.test(textOf(path)))
    .map((path) => warn('files', `${path} has a login for localhost (or for every host), which Python tools and curl -n send along; the proxy removes it`, 'remove that entry if nothing else needs it'))
}

function textOf (path: string): string {
  const stats = statsOf(path)
  if (stats?.isFile() !== true || stats.size > MOST_BYTES) return ''
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // what cannot be read here cannot be read by tools of this user either
  }
}

function statsOf (path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}
