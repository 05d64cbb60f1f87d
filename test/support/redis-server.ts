// A real redis-server of Debian on a free port of 127.0.0.1, which can be stopped, held and started again.

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { freePort } from './free-port.ts'

const PATIENCE_MS = 20_000

/** Why tests that need it are skipped; false where it is there. */
export const NO_REDIS = spawnSync('redis-server', ['--version']).status !== 0 && 'needs redis-server (apt-get install redis-server)'

export interface RedisServer {
  readonly port: number
  /** Without password. */
  readonly url: string
  /** Kills it, as a crash would. */
  readonly stop: () => Promise<void>
  /** On the same port, with nothing of what it held. */
  readonly start: () => Promise<void>
  /** It goes on to accept connections, and answers nothing. */
  readonly hold: () => void
  readonly release: () => void
  /** Sends commands, one a line. @returns All that it answers. */
  readonly ask: (...commands: readonly string[]) => Promise<string>
}

/** @param args - Further settings, such as `--requirepass`. */
export async function startRedis (t: Pick<Test, 'teardown'>, args: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-redis-'))
  const port = await freePort()
  let child: ChildProcess | undefined

  async function start (): Promise<void> {
    child = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no', ...args], { stdio: 'ignore' })
    for (const end = performance.now() + PATIENCE_MS; !(await answers(port));) {
      if (performance.now() > end) throw new Error('redis-server does not answer')
      await delay(10)
    }
  }
  async function stop (): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  t.teardown(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  return {
    port, url: `redis://127.0.0.1:${port}`, start, stop,
    hold: () => { child?.kill('SIGSTOP') },
    release: () => { child?.kill('SIGCONT') },
    ask: (...commands) => send(port, `${commands.join('\r\n')}\r\nQUIT\r\n`)
  }
}

/** Also where it wants a password: then the answer is an error, and it is up. */
async function answers (port: number): Promise<boolean> {
  try {
    return (await send(port, 'PING\r\nQUIT\r\n')) !== ''
  } catch {
    return false
  }
}

function send (port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(port, '127.0.0.1', () => { socket.write(text) }).setEncoding('utf8')
    socket.on('data', (piece: string) => { answer += piece }).once('error', reject).once('close', () => { resolve(answer) })
  })
}
