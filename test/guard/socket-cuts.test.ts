// Cuts on a Unix socket. How the attack works: a reset is for TCP only, and asking Node for one on a Unix socket throws, in a
// timer or a stream's callback, where nobody catches it: one caller who stops to read, or an answer of LangSmith's that
// breaks off for a client of HTTP/1.0, would end the whole proxy.

import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { spawnProgram } from '../support/process.ts'
import type { Program } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'
import { startRawUpstream } from '../support/raw-upstream.ts'
import { rawRequest } from '../support/raw.ts'

async function start (t: Test, upstream: string): Promise<{ readonly program: Program, readonly open: (bytes: string) => Socket }> {
  const folder = mkdtempSync(join(tmpdir(), 'lsp-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const path = join(folder, 'proxy.sock')
  const program = spawnProgram(t, [], { env: { LANGSMITH_API_KEY: TEST_KEY, LANGSMITH_ENDPOINT: upstream, LANGSMITH_PROXY_LISTEN_SOCKET: path, LANGSMITH_PROXY_TIMEOUTS_IDLE: '2s' } })
  await program.until('the start', () => program.lines('proxy.started')[0])
  return {
    program,
    open (bytes) {
      const socket = connect(path)
      t.teardown(() => { socket.destroy() })
      socket.on('error', () => {}).write(bytes)
      return socket
    }
  }
}

async function livesOn (t: Test, { program, open }: Awaited<ReturnType<typeof start>>): Promise<void> {
  let text = ''
  open(rawRequest('GET', '/-/live', ['Connection: close'])).on('data', (piece: Buffer) => { text += piece.toString() })
  await program.until('an answer', () => text.includes('200 OK') || program.child.exitCode !== null || undefined)
  t.match(text, /200 OK/)
  t.equal(program.child.exitCode, null)
  t.same(program.lines('internal.failed'), [])
}

t.test('a client that never reads on is cut, and the proxy lives on', async (t) => {
  const piece = 'x'.repeat(64 * 1024)
  const upstream = await startRawUpstream(t, {
    onRequest: (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const more = (): void => { while (!socket.destroyed && socket.write(piece)) { /* until it is full */ } }
      socket.on('drain', more)
      more()
    }
  })
  const stage = await start(t, upstream.url)
  stage.open(rawRequest('GET', '/export')).pause()
  await stage.program.until('the cut or the end', () => stage.program.child.exitCode !== null || upstream.sockets[0]?.closed === true || undefined)
  await livesOn(t, stage)
})

t.test('an answer that breaks off for a client of HTTP/1.0 ends its connection only', async (t) => {
  const upstream = await startRawUpstream(t, { onRequest: (socket) => { socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'); setTimeout(() => { socket.destroy() }, 200) } })
  const stage = await start(t, upstream.url)
  const client = stage.open('GET /runs HTTP/1.0\r\nHost: localhost\r\n\r\n').resume()
  await stage.program.until('the cut or the end', () => stage.program.child.exitCode !== null || client.closed || undefined)
  await livesOn(t, stage)
})
