// What the tests of the sandbox share.

import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts'
import { defaultWorld } from '../../src/sandbox/default-world.ts'
import type { SandboxRegion } from '../../src/sandbox/world.ts'

interface Teardown { teardown: (close: () => Promise<void>) => void }

/** A sandbox that ends with the test. */
export async function sandboxFor (t: Teardown, options: SandboxOptions = {}): Promise<Sandbox> {
  const sandbox = await startSandbox(options)
  t.teardown(() => sandbox.close())
  return sandbox
}

/** The value of a key of the default world. */
export function keyOf (name: string): string {
  const key = defaultWorld().keys.find((key) => key.name === name)
  if (key === undefined) throw new Error(`no key ${name}`)
  return key.value
}

/** The ID of a workspace of the default world. */
export function workspaceOf (handle: string): string {
  const workspace = defaultWorld().workspaces.find((workspace) => workspace.handle === handle)
  if (workspace === undefined) throw new Error(`no workspace ${handle}`)
  return workspace.id
}

export interface Sent {
  readonly region?: SandboxRegion
  readonly method?: string
  readonly key?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Buffer
}

export interface Got {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** One request; `key` is the name of a key. */
export async function send (sandbox: Sandbox, path: string, { region = 'us', method, key, headers = {}, body }: Sent = {}): Promise<Got> {
  const response = await fetch(`${sandbox.regions[region].url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: key === undefined ? headers : { 'x-api-key': keyOf(key), ...headers },
    redirect: 'manual',
    ...(body === undefined ? {} : { body })
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** The JSON of an answer. */
export function json (got: Got): unknown {
  return JSON.parse(got.text)
}
