// Opens the embedded store as the commands need it.

import { join } from 'node:path'
import process from 'node:process'
import type { CommandContext } from './command.ts'
import { dataDir } from './folders.ts'
import { askPassphrase } from './passphrase.ts'
import type { Config } from '../config/config.ts'
import type { SessionBus } from '../secrets/store/keychain.ts'
import { openStore } from '../secrets/store/open-store.ts'
import type { SecretStore } from '../secrets/store/store.ts'
import type { AskPassphrase } from '../secrets/store/unlock.ts'

/** Nothing is opened, and nobody asked, before a secret is. */
export function storeOf ({ store, secrets }: Pick<Config, 'store' | 'secrets'>, { env }: Pick<CommandContext, 'env'>, ask: AskPassphrase = askPassphrase): SecretStore {
  return openStore({
    ...store,
    file: join(dataDir(env), 'secrets.age'),
    uid: process.getuid?.(),
    bus: sessionBus(env),
    allowLooseFileModes: secrets.allowLooseFileModes,
    processes: { ownPid: process.pid, isRunning },
    askPassphrase: ask
  })
}

/** As the library behind the keychain finds it. */
function sessionBus (env: CommandContext['env']): SessionBus | undefined {
  const uid = process.getuid?.()
  if (process.platform !== 'linux' || uid === undefined) return undefined
  const runtime = env.XDG_RUNTIME_DIR
  const address = env.DBUS_SESSION_BUS_ADDRESS ?? (runtime === undefined ? undefined : `unix:path=${runtime}/bus`)
  return address === undefined ? undefined : { address, uid }
}

/** Whether there is a process of that number. */
export function isRunning (pid: number): boolean {
  try {
    return process.kill(pid, 0) // asks only
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
