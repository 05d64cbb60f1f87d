// Where this program keeps what is a person's own. Source: XDG Base Directory Specification.

import { homedir } from 'node:os'
import { join } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

/** Where the config file is looked for. */
export function configDir (env: Env): string {
  return folder(env.XDG_CONFIG_HOME, '.config')
}

/** Where the encrypted file of stored secrets is. */
export function dataDir (env: Env): string {
  return folder(env.XDG_DATA_HOME, '.local/share')
}

function folder (named: string | undefined, usual: string): string {
  return join(named === undefined || named === '' ? join(homedir(), usual) : named, 'langsmith-proxy')
}
