// A desktop session of its own: a message bus and GNOME Keyring, in a temporary folder. It never meets the
// keychain of the person who runs the tests.

import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { shortFolder } from './support.ts'

export interface Session {
  /** What a process of this session has in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Starts GNOME Keyring and waits for it; without a password its keyring stays locked. */
  readonly startKeyring: (password?: string) => Promise<ChildProcess>
}

/** The bus has no service directories, so that it starts nothing which would not be killed at the end. */
const busConfig = (path: string): string => `<busconfig><type>session</type><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`

/**
 * Sends this process to a bus that is not there yet. Once per process: libdbus reads the address when it is
 * first used, and never again.
 */
export function leaveRealSession (t: Test): string {
  const path = join(shortFolder(t), 'bus')
  process.env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${path}`
  return path
}

/** Starts the bus and a new home folder. @param busPath - From leaveRealSession. */
export async function startSession (t: Test, busPath: string): Promise<Session> {
  const home = shortFolder(t)
  for (const name of ['run', 'data']) mkdirSync(join(home, name), { mode: 0o700 })
  writeFileSync(join(home, 'bus.conf'), busConfig(busPath))
  const env = {
    PATH: process.env.PATH ?? '', HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), XDG_DATA_HOME: join(home, 'data'), XDG_CONFIG_HOME: join(home, 'config'), XDG_CACHE_HOME: join(home, 'cache'),
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${busPath}`
  }
  rmSync(busPath, { force: true })
  // If this process is killed, its teardown does not run: the time limit ends the bus, and the keyring ends with its bus.
  await firstLine(start(t, 'timeout', ['120', 'dbus-daemon', '--nofork', '--nopidfile', '--print-address=1', `--config-file=${home}/bus.conf`], env, 'SIGTERM'))
  return {
    env,
    async startKeyring (password) {
      const words = ['--foreground', '--components=secrets', ...password === undefined ? [] : ['--unlock']]
      const keyring = start(t, 'gnome-keyring-daemon', words, env)
      keyring.stdin?.end(password ?? '')
      for (let tries = 0; tries < 200; tries++) {
        if (await hasOwner(env)) return keyring
        await delay(50)
      }
      throw new Error('gnome-keyring-daemon did not come up')
    }
  }
}

function start (t: Test, program: string, words: readonly string[], env: Readonly<Record<string, string>>, ending: NodeJS.Signals = 'SIGKILL'): ChildProcess {
  const child = spawn(program, words, { env, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => { child.once('exit', resolve).once('error', resolve) })
  t.teardown(async () => {
    child.kill(ending)
    await ended
  })
  return child
}

async function firstLine (child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('no output')
  for await (const line of createInterface({ input: child.stdout })) return line
  throw new Error('it said nothing')
}

function hasOwner (env: Readonly<Record<string, string>>): Promise<boolean> {
  const asking = spawn('dbus-send', ['--session', '--print-reply=literal', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'], { env, stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 })
  let text = ''
  asking.stdout.setEncoding('utf8').on('data', (piece: string) => { text += piece })
  return new Promise((resolve) => { asking.once('close', () => { resolve(text.includes('true')) }) })
}
