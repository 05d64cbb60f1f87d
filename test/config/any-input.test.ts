// Whatever a person writes, by accident or by hand of somebody else: a config, or an error that says where
// each mistake stands and never quotes what stands there.

import fc from 'fast-check'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { listSettings } from '../../src/config/settings.ts'
import { ProxyError } from '../../src/errors.ts'
import { holds } from '../support/property.ts'
import { example } from './load-settings.ts'

/** In every value that is put in; no message may have it. */
const CANARY = 'canary'

const EXAMPLES = ['local.yaml', 'sidecar.yaml', 'team.yaml'].map(example)
/** A place is a line of the file, a variable or a flag; the whole file where nothing can be read in it. */
const PLACED = /^(?:config\.yaml(?::\d+)?\b|LANGSMITH_[A-Z_]*|--[a-z-]+)/

/** @returns What is wrong with how it was read; undefined if nothing. */
function complaintAbout (file: string | undefined, env: Readonly<Record<string, string>> = {}): string | undefined {
  try {
    loadConfig({ env, homeConfigDir: '/home', readFile: (path) => path === '/home/config.yaml' ? file : undefined, resolvePath: (_base, path) => path, closedEndpointNames: [] })
    return undefined
  } catch (error) {
    if (!(error instanceof ProxyError)) return `threw ${String(error)}`
    const [first = '', ...rest] = error.message.split('\n')
    const lines = rest.length === 0 ? [first] : rest.map((line) => line.trim())
    const quotes = [...lines.map((line) => line.slice(line.indexOf(': '))), error.hint].filter((text) => text.includes(CANARY)) // the name of a setting is a part of its place
    if (quotes.length > 0) return `quotes a value: ${quotes.join(' | ')}`
    const unplaced = lines.filter((line) => !PLACED.test(line))
    return unplaced.length === 0 ? undefined : `does not say where: ${unplaced.join(' | ')}`
  }
}

/** Shows the complaint where a property fails. */
function isFine (file: string | undefined, env?: Readonly<Record<string, string>>): boolean {
  const complaint = complaintAbout(file, env)
  if (complaint !== undefined) throw new Error(complaint)
  return true
}

t.test('any text as a config file', async (t) => {
  const piece = fc.constantFrom('credentials', 'routes', 'listen', 'apiKey', 'prefix', ': ', ':', '\n', '\n  ', '\n    ', '- ', '{', '}', '[', ']', ',', '"', '\'', '|', '>', '&a ', '*a', '!!x ', '#', '\t', '---', '...', '? ', '<<: ', '%YAML 9', '@', '`', '\u0000', '\u2028', '\ufeff', CANARY, 'env:A', '1e999', '0x', '.nan', 'null', '~', '__proto__', 'constructor')
  await holds(t, fc.property(fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join('')), (text) => isFine(text)), { numRuns: 2000 })
  await holds(t, fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => isFine(text)), { numRuns: 500 })
})

t.test('a good config file with any damage', async (t) => {
  const damage = fc.record({
    example: fc.constantFrom(...EXAMPLES), at: fc.nat(3000), cut: fc.nat(20),
    put: fc.oneof(fc.constantFrom('', ' ', '\n', ':', '"', '{', '- ', CANARY, `"${CANARY}"`, '\t', '5', 'true', '[]'), fc.string({ maxLength: 3 }))
  })
  await holds(t, fc.property(damage, ({ example: text, at, cut, put }) => isFine(text.slice(0, at % text.length) + put + text.slice(at % text.length + cut))), { numRuns: 1500 })
})

t.test('any value at any setting of the file', async (t) => {
  const paths = listSettings().map(({ path }) => path.split('.'))
  const value = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(CANARY, -1, 1e308, [], [CANARY], { [CANARY]: CANARY }, { ['__proto__']: 1 }, `env:${CANARY} `, `file:${CANARY}`, `${CANARY}://x`, 'exec:', '0x7f.1'))
  await holds(t, fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), value), { minLength: 1, maxLength: 4 }), (settings) => {
    const tree: Record<string, unknown> = {}
    for (const [path, set] of settings) {
      let group = tree
      for (const name of path.slice(0, -1)) group = (typeof group[name] === 'object' && group[name] !== null ? group[name] : group[name] = {}) as Record<string, unknown>
      group[path.at(-1) ?? ''] = set
    }
    return isFine(JSON.stringify(tree))
  }), { numRuns: 1500 })
})

t.test('any variables', async (t) => {
  const names = ['LANGSMITH_API_KEY', 'LANGSMITH_REGION', 'LANGSMITH_ENDPOINT', 'LANGSMITH_WORKSPACE_ID', 'LANGSMITH_PROXY_PROT', 'LANGSMITH_PROXY_', ...listSettings().map(({ variable }) => variable).filter((name) => name !== undefined)]
  const value = fc.oneof(fc.constantFrom('', ' ', CANARY, `${CANARY}\n`, '0', '-1', '99999', 'true', '1s', '0.0.0.0', `http://${CANARY}`, 'https://api.smith.langchain.com', 'eu', '[]', '{}', 'a,b'), fc.string({ maxLength: 8 }))
  await holds(t, fc.property(fc.array(fc.tuple(fc.constantFrom(...names), value), { minLength: 1, maxLength: 4 }), (pairs) => isFine(undefined, Object.fromEntries(pairs))), { numRuns: 1500 })
})
