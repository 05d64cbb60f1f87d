// Opens the embedded store as the commands need it.

import { join } from 'node:path'
import process from 'node:process'
import type { CommandContext } from './command.ts'
import { dataDir } from './folders.ts'
import { askPassphrase, isTerminal } from './terminal.ts'
import type { Config } from '../config/config.ts'
import { openStore } from '../secrets/store/open-store.ts'
import type { SecretStore } from '../secrets/store/store.ts'

/** Nothing is opened, and nobody asked, before a secret is. */
export function storeOf ({ store, secrets }: Pick<Config, 'store' | 'secrets'>, { env }: Pick<CommandContext, 'env'>): SecretStore {
  return openStore({
    ...store,
    file: join(dataDir(env), 'secrets.age'),
    uid: process.getuid?.(),
    allowLooseFileModes: secrets.allowLooseFileModes,
    processes: { ownPid: process.pid, isRunning },
    ...(isTerminal() ? { askPassphrase } : {})
  })
}

function isRunning (pid: number): boolean {
  try {
    return process.kill(pid, 0) // asks only
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
