// Commands that ask the admin listener, run in this process, and servers that answer in its place.

import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { Command } from '../../src/commands/command.ts'
import { ProxyError } from '../../src/errors.ts'

/** What a command says: its error, or what it prints. */
export async function said (command: Pick<Command, 'run'>, given: Omit<Parameters<Command['run']>[0], 'version' | 'print'>): Promise<ProxyError | string> {
  let printed = ''
  try {
    await command.run({ ...given, version: '', print: (text) => { printed += text } })
    return printed
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
}

/** @returns Its port. */
export async function answering (t: Test, listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  t.teardown(() => { server.close(); server.closeAllConnections() })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  return (server.address() as AddressInfo).port
}
