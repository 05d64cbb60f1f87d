// The other half of leaks.test.ts: what is said about settings and places of secrets when something is wrong with
// them. People put keys where they do not belong, and what they put where is the mistake that is explained to them.
//
// A key of LangSmith is hidden by its form, wherever it stands. One of another form is hidden where values stand;
// as the name of a file, a variable, a field or a credential it is shown, because nothing tells it from a name.

import assert from 'node:assert'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { CLOSED_ENDPOINT_NAMES } from '../src/access/endpoints.ts'
import { check } from '../src/commands/check.ts'
import { parseCommandLine } from '../src/commands/parse.ts'
import { loadConfig } from '../src/config/load.ts'
import { listSettings } from '../src/config/settings.ts'
import { ProxyError } from '../src/errors.ts'
import { anyKeys, langsmithKeys, oddKeys, refuseLeak } from './support/leaks.ts'
import { holds } from './support/property.ts'
import { startVault } from './support/vault-server.ts'

/** An error as main.ts prints it. */
function printed (error: unknown): string {
  assert.ok(error instanceof ProxyError, `not an error of ours: ${inspect(error)}`)
  return `error: ${error.message}\nhint: ${error.hint}\n`
}

/** What lies behind it, for the debugger. */
function causes (error: unknown): string {
  return inspect(error instanceof Error ? error.cause : undefined, { depth: Infinity, showHidden: true })
}

function caught (act: () => unknown): unknown {
  try {
    return void act()
  } catch (error) {
    return error
  }
}

type Tree = Record<string, unknown>

/** A config that is right, but for a value at a place such as `routes[].prefix`. */
function treeWith (path: string, value: unknown): Tree {
  const tree: Tree = { credentials: { us: { apiKey: 'env:A' } }, routes: [{ prefix: '/', region: 'us', credential: 'us' }] }
  const names = path.replaceAll('[]', '.0').replaceAll('NAME', 'us').split('.')
  let group = tree
  for (const name of names.slice(0, -1)) group = (group[name] ??= {}) as Tree
  group[names.at(-1) ?? ''] = value
  return tree
}

/** What is said about a config; empty when there is nothing to say. */
function sayings (config: string, env: Record<string, string> = {}): { readonly said: string, readonly behind: string } {
  let notices: unknown = []
  const error = caught(() => {
    ({ notices } = loadConfig({ env, flags: { config: 'config.yaml' }, readFile: () => config, homeConfigDir: '/nowhere', resolvePath: resolve, closedEndpointNames: CLOSED_ENDPOINT_NAMES }))
  })
  return error === undefined ? { said: JSON.stringify(notices), behind: '' } : { said: printed(error), behind: causes(error) }
}

const SETTINGS = listSettings()

t.test('a key at any place of the config file or the environment is not quoted', async (t) => {
  let refused = 0
  const run = (place: string, config: string, keys: readonly string[], env?: Record<string, string>): void => {
    const { said, behind } = sayings(config, env)
    if (said.startsWith('error')) refused++
    refuseLeak(place, said, ...keys)
    refuseLeak(`${place}, behind the error`, behind, ...keys)
  }
  await holds(t, fc.property(anyKeys, langsmithKeys, (any, key) => {
    for (const { path, variable } of SETTINGS) {
      for (const value of [any, [any], [{ [key]: any }], { [key]: any }, { [key]: { [key]: [any] } }]) run(path, JSON.stringify(treeWith(path, value)), [any, key])
      run(`a name beside ${path}`, JSON.stringify(treeWith(path.replace(/[^.]*$/, key), any)), [any, key])
      if (variable !== undefined) run(variable, JSON.stringify(treeWith('log.level', 'info')), [any], { [variable]: any })
    }
    const near = `${key.slice(0, -1)}x`
    const texts: Readonly<Record<string, string>> = {
      'a name in two places': JSON.stringify({ ...treeWith(`credentials.${key}`, { apiKey: 'env:A' }), routes: [{ prefix: '/', region: 'us', credential: near }] }),
      'no YAML': `${key}: [\n  "${key}\n`, 'a quote that is open': `credentials: { us: { apiKey: "${key}`, 'a name twice': `${key}: 1\n${key}: 2\n`,
      'an alias': `a: *${key}\n`, 'a tag': `a: !${key} b\n`, 'a text': key, 'two documents': `a: 1\n--- ${key}\n`, 'a comment and a tab': `\t# ${key}\n${key}: 1`
    }
    for (const [name, text] of Object.entries(texts)) run(name, text, [key])
    for (const reference of ['KEY', 'KEY:x', 'env:KEY', 'env:KEY-', 'file:~/KEY', 'file:KEY#', 'exec:KEY', 'exec:"KEY', 'exec:~KEY', 'store:KEY', 'store:a#KEY', 'vault:KEY', 'vault:/KEY#a', 'vault:a b#KEY', 'KEY#KEY']) {
      for (const place of ['credentials.NAME.apiKey', 'credentials.NAME.workspaceId']) run(reference, JSON.stringify(treeWith(place, reference.replaceAll('KEY', key))), [key])
    }
    for (const variable of [`LANGSMITH_PROXY_${key}`, `LANGSMITH_PROXY_${key.toUpperCase()}`]) run('the name of a variable', JSON.stringify(treeWith('log.level', 'info')), [key, key.slice(8).toUpperCase()], { [variable]: '1' })
    for (const words of [[key], ['check', key], ['check', `--${key}`], [`--${key}=1`], ['check', `--port=${key}`, key], ['help', key], ['secrets', 'set', key, key]]) {
      const error = caught(() => parseCommandLine(words))
      if (error !== undefined) refuseLeak(`the command line ${String(words.length)}`, printed(error) + causes(error), key)
    }
  }), { numRuns: 8, endOnFailure: true })
  t.ok(refused > 8 * SETTINGS.length, `${refused} configs were refused`)
})

interface Case {
  /** Of the key. */
  readonly reference: string | readonly string[]
  readonly workspaceId?: string
  /** By name, in the folder of the config; folders end in a slash. */
  readonly files?: Readonly<Record<string, string>>
  readonly mode?: number
  readonly env?: Readonly<Record<string, string>>
  readonly more?: Tree
  /** The system's own error has the path, and is not printed. */
  readonly causeHasPath?: boolean
}

/** `key` is one of LangSmith's, `odd` is of any other form. */
function casesWith (key: string, odd: string): Readonly<Record<string, Case>> {
  const json = JSON.stringify
  const file = (content: string, field = ''): Case => ({ reference: `file:secret${field}`, files: { secret: content } })
  const sh = (script: string, ...args: readonly string[]): Case => ({ reference: ['exec:sh', '-c', script, 'sh', ...args] })
  const identity = { store: { kind: 'file', identityFile: 'identity' } }
  return {
    'a file that is not there': { reference: `file:${key}` },
    'a file in a folder that is not there': { reference: `file:${key}/${key}#${key}` },
    'a folder': { reference: `file:${key}`, files: { [`${key}/`]: '' } },
    'a file that others can open': { reference: `file:${key}`, files: { [key]: odd }, mode: 0o644 },
    'an empty file': { reference: `file:${key}`, files: { [key]: ' \n' } },
    'a file below a file': { reference: `file:secret/${key}`, files: { secret: odd } },
    'a name that is too long': { reference: `file:${key.repeat(10)}`, causeHasPath: true },
    'a file that is too large': { reference: `file:${key}`, files: { [key]: odd.repeat(4000) } },
    'two keys in a file': file(`${odd}\n${key}`),
    'a key with NUL': file(`${odd}\0`),
    'a key with a character that no header has': file(`${odd}\u2026${key}`),
    'a key that is far too long': file(`${key}${odd.repeat(400)}`),
    'a key that is cut off': file(odd.slice(0, 12)),
    'UTF-16': file(`\ufeff${odd}`),
    'an entry of broken JSON': file(`{"a": "${key}", ${json(odd)}`, '#a'),
    'an entry of broken YAML': file(`a: [${key}\nb: "${key}`, '#a'),
    'an entry of YAML with tags': file(`a: !${key} ${key}`, '#a'),
    'an entry of a file that is one text': file(json(odd), '#a'),
    'an entry that is a group': file(json({ a: { [key]: odd } }), '#a'),
    'an entry that is not there': file(json({ [key]: odd }), '#a'),
    'an entry of that name': file(json({ a: odd }), `#${key}`),
    'an entry of a .env file': { reference: 'file:x.env#B', files: { 'x.env': `A=${odd}\n${key}=${key}\n` } },
    'a variable that is not set': { reference: 'env:LANGSMITH_API_KEZ', env: { LANGSMITH_API_KEY: key, [`LANGSMITH_API_KE${'Y'.repeat(2)}`]: odd } },
    'a variable with a line break': { reference: 'env:A', env: { A: `${odd}\r\n${key}` } },
    'a key as workspace ID': { reference: 'env:A', env: { A: key }, workspaceId: 'env:A' },
    'a workspace ID with a line break': { reference: 'env:A', env: { A: key, W: `${odd}\n${key}` }, workspaceId: 'env:W' },
    'a program that is not there': { reference: ['exec:no-such-program', odd, key] },
    'a program in a folder of that name': { reference: [`exec:./${key}/program`, odd] },
    'a file that is no program': { reference: [`exec:./${key}`, odd], files: { [key]: odd } },
    'a program that fails': sh('echo "$1"; echo "cannot use $1" >&2; echo "nor $2" >&2; exit 3', odd, key),
    'a program that is traced': sh('set -x; printf %s "$1"; test -z "$1"', odd),
    'a program that is killed': sh('echo "$1" >&2; kill -9 $$', key),
    'a program that prints broken JSON': sh('printf %s "{\\"value\\": \\"$1"', odd),
    'a program that prints JSON without a value': sh('printf %s "{\\"$1\\": \\"$1\\"}"', key),
    'a program that prints too much': sh('while :; do echo "$1$1$1$1$1$1$1$1$1$1"; done', key),
    'a stored key where nothing is stored': { reference: 'store:us', more: identity },
    'a store that age did not make': { reference: 'store:us', more: identity, files: { '../data/langsmith-proxy/secrets.age': `{"secrets":{"us":${json(odd)}}}`, identity: key } },
    'a store that is damaged': { reference: 'store:us', more: identity, files: { '../data/langsmith-proxy/secrets.age': `age-encryption.org/v1\n-> X25519 ${key}\n${odd}`, identity: `${key}\n` } },
    'an identity file with something else': { reference: 'store:us', more: { store: { kind: 'file', identityFile: key } }, files: { '../data/langsmith-proxy/secrets.age': 'age-encryption.org/v1\n-> X25519 a\n', [key]: `# ${key}\n${odd}\n` } },
    'a certificate file that is not there': { reference: 'env:A', env: { A: key }, more: { routes: [{ prefix: '/', region: 'us', credential: 'us', ca: key }] }, causeHasPath: true },
    'a Vault address with a password': { reference: 'vault:secret/data/a#b', more: { vault: { address: `https://user:${key}@vault.example` } } },
    'a Vault token with a line break': { reference: 'vault:secret/data/a#b', more: { vault: { address: 'https://127.0.0.1:9' } }, env: { VAULT_TOKEN: `${key}\n${odd}` } },
    'a Vault token file of that name': { reference: 'vault:secret/data/a#b', more: { vault: { address: 'https://127.0.0.1:9', tokenFile: key } } }
  }
}

interface Said { readonly text: string, readonly cause: string }

/** Runs `check` on a case in a folder of its own. */
async function said ({ reference, workspaceId, files = {}, mode = 0o600, env = {}, more = {} }: Case): Promise<Said> {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-leaks-'))
  try {
    const config = { credentials: { us: { apiKey: reference, ...(workspaceId === undefined ? {} : { workspaceId }) } }, routes: [{ prefix: '/', region: 'us', credential: 'us' }], secrets: { timeout: '5s' }, ...more }
    for (const [name, content] of Object.entries({ 'config.yaml': JSON.stringify(config), ...files })) {
      const path = join(folder, 'langsmith-proxy', name)
      mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true })
      if (name.endsWith('/')) continue
      writeFileSync(path, content, content.startsWith('\ufeff') ? 'utf16le' : 'utf8')
      chmodSync(path, mode)
    }
    let text = ''
    try {
      await check.run({ env: { PATH: process.env.PATH, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: join(folder, 'data'), ...env }, flags: {}, operands: [], version: '0', print: (line) => { text += line } })
      return { text, cause: '' }
    } catch (error) {
      return { text: printed(error), cause: causes(error) }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

t.test('a key in any wrong place of a secret is not quoted', async (t) => {
  const outcomes = new Map<string, string>()
  await holds(t, fc.asyncProperty(langsmithKeys, oddKeys.filter((odd) => odd.length < 100), async (key, odd) => {
    for (const [name, one] of Object.entries(casesWith(key, odd))) {
      const { text, cause } = await said(one)
      outcomes.set(name, text)
      refuseLeak(name, text, key, odd)
      if (one.causeHasPath !== true) refuseLeak(`${name}, behind the error`, cause, key, odd)
    }
  }), { numRuns: 5, endOnFailure: true })
  for (const [name, text] of outcomes) t.match(text, /^error: .+\nhint: ./, name)
})

t.test('nothing of what Vault says, nor its token, is quoted', async (t) => {
  const vault = await startVault(t)
  const vaultCase = (token: string, path: string): Case => ({ reference: `vault:${path}`, more: { vault: { address: vault.url } }, env: { VAULT_TOKEN: token } })
  await holds(t, fc.asyncProperty(langsmithKeys, langsmithKeys, async (key, token) => {
    vault.addToken(token)
    vault.putV2('group', { a: { [key]: key }, [key]: key })
    vault.putV2('two', { a: `${key}\n${key}` })
    const outages: readonly (TestOutage | undefined)[] = [
      undefined, { status: 403, errors: [key, token] }, { status: 500, errors: [key] }, { status: 503, errors: [`sealed ${key}`] }, { status: 404, errors: [key] }, { status: 307, errors: [], location: `https://${key}.example/${key}` }
    ]
    for (const outage of outages) {
      vault.outage = outage
      for (const path of ['secret/data/group#a', 'secret/data/group#b', 'secret/data/two#a', 'secret/data/none#a', `secret/data/${key}#${key}`, `none/${key}#a`, `secret/${key}#a`]) {
        for (const given of [token, key]) {
          const { text, cause } = await said(vaultCase(given, path))
          assert.match(text, /^error: /)
          refuseLeak(`${path} ${String(outage?.status)}`, text + cause, key, token)
        }
      }
    }
    vault.outage = undefined
  }), { numRuns: 2, endOnFailure: true })
})

type TestOutage = Exclude<Awaited<ReturnType<typeof startVault>>['outage'], undefined>
