// "secrets set|list|remove" as programs use them: the key comes on stdin, and never back.

import t from 'tap'
import { ageInWords } from '../../src/commands/age-in-words.ts'
import { parseCommandLine } from '../../src/commands/parse.ts'
import { ProxyError } from '../../src/errors.ts'
import { keyOf, sandboxFor, workspaceOf } from '../sandbox/support.ts'
import { startProgram } from '../support/process.ts'
import { listed, piecesOf, runSecrets, runSecretsHere, storeEnv } from '../support/stored.ts'
import { startUpstream, valuesOf } from '../support/upstream.ts'

const KEY = keyOf('good-us')
const OTHER_KEY = keyOf('good-eu')
const WORKSPACE = workspaceOf('production')
/** Nothing listens there. */
const NOBODY = 'http://127.0.0.1:9'

t.test('a command line with a slip is refused before anything is read, and a word that may be a key is not repeated', async (t) => {
  const unprefixed = 'ab12cd34'.repeat(6)
  const cases: readonly { args: readonly string[], message: RegExp, hint?: RegExp }[] = [
    { args: [], message: /one of set, list, remove/ },
    { args: ['sett', 'us'], message: /one of set, list, remove/, hint: /secrets set\?/ },
    { args: ['constructor'], message: /one of set, list, remove/ },
    { args: ['set'], message: /name of the secret is missing/ },
    { args: ['set', 'us', 'eu'], message: /nothing more/ },
    { args: ['set', 'us', KEY], message: /key does not belong on the command line/, hint: /stdin/ },
    { args: ['set', KEY], message: /key does not belong on the command line/, hint: /stdin/ },
    { args: ['set', unprefixed], message: /at most 40/, hint: /stdin/ },
    { args: ['set', 'us#workspaceId'], message: /may have letters/ },
    { args: ['list', 'us'], message: /takes no name/ },
    { args: ['list', '--test'], message: /list takes no --test/ },
    { args: ['remove', 'us', '--region', 'us'], message: /remove takes no --region/ },
    { args: ['set', 'us', '--test', '--no-test'], message: /do not go together/ },
    { args: ['set', 'us', '--region', 'us', '--endpoint', NOBODY], message: /do not go together/ },
    { args: ['set', 'us', '--region', 'euu'], message: /--region takes us, eu, apac, aws; did you mean eu\?/ },
    { args: ['set', 'us', '--endpoint', 'http://localhost:5764/api'], message: /address of this proxy/ },
    { args: ['set', 'us', '--endpoint', 'http://langsmith.example.com'], message: /must start with https/ },
    { args: ['set', 'us', '--workspace-id', 'research'], message: /not a UUID/ },
    { args: ['set', 'us', '--workspace-id', KEY], message: /is an API key/ }
  ]
  const env = { ...storeEnv(t), XDG_CONFIG_HOME: t.testdir() }
  for (const { args, message, hint = /./ } of cases) {
    const name = args.map((word) => word.length > 40 ? '(key)' : word).join(' ')
    const error = await failureOf(['secrets', ...args], env)
    t.match(error, { code: 'usage-invalid', message, hint }, name)
    for (const piece of [...piecesOf(KEY), ...piecesOf(unprefixed)]) if (`${error.message}${error.hint}`.includes(piece)) t.fail(`repeated: ${name}`)
  }
})

async function failureOf (args: readonly string[], env: Readonly<Record<string, string>>): Promise<ProxyError> {
  try {
    const line = parseCommandLine(args)
    if (line.kind === 'run') await line.command.run({ env, flags: line.flags, operands: line.operands, version: '0.0.0', print: () => {} })
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error('accepted')
}

t.test('what cannot be a key is refused with the reason, and nothing is stored', async (t) => {
  const env = storeEnv(t)
  const cases = [
    { name: 'nothing', text: ' \n', stderr: /is empty/ },
    { name: 'a placeholder', text: 'your_api_key', stderr: /placeholder/ },
    { name: 'a long placeholder', text: 'your-langsmith-api-key', stderr: /the key on stdin is a placeholder, not a key/ },
    { name: 'two lines', text: `${KEY}\n${KEY}`, stderr: /line break/ },
    { name: 'a file', text: 'x'.repeat(64 * 1024 + 1), stderr: /longer than 64 KiB/ }
  ]
  await Promise.all(cases.map(async ({ name, text, stderr }) => {
    const end = await runSecrets(t, ['set', 'us'], env, text)
    t.match(end, { code: 2, stdout: '', stderr }, name)
    t.notMatch(end.stderr, /decafbad/, name)
  }))
  t.match(await runSecrets(t, ['set', 'ours', '--test'], env, KEY), { code: 2, stderr: /not known where to test/ })
  t.match(await runSecretsHere(['list'], env), { code: 0, stdout: /^nothing is stored; .*secrets set NAME/ })
})

t.test('with --test a refused key is not stored, and one that nobody could try is, with a warning', async (t) => {
  const env = storeEnv(t)
  const { url } = (await sandboxFor(t)).regions.us
  const refused = await runSecrets(t, ['set', 'bad', '--endpoint', url, '--test'], env, OTHER_KEY)
  t.match(refused, { code: 1, stdout: '', stderr: /refuses the key \(status 403\)\n {2}Possibly .*error: the key was not stored\nhint: /s })
  t.match(await runSecrets(t, ['set', 'far', '--endpoint', NOBODY, '--test'], env, KEY), { code: 0, stderr: /could not be tested.*nothing listens there \(ECONNREFUSED\)/ })
  t.match(await runSecrets(t, ['set', 'good', '--endpoint', url, '--test'], env, KEY), { code: 0, stderr: /accepts the key/ })
  t.same((await listed(env)).map(({ name }) => name), ['far', 'good'])
})

t.test('a key that is replaced keeps what belongs to it', async (t) => {
  const env = storeEnv(t)
  const steps: readonly { args: readonly string[], key: string, stored: Record<string, unknown>, stdout: RegExp }[] = [
    { args: ['--workspace-id', WORKSPACE], key: KEY, stored: { kind: 'personal', workspace: true, region: 'us' }, stdout: /region us, with a workspace ID/ },
    { args: [], key: `"${OTHER_KEY}"`, stored: { workspace: true, region: 'us' }, stdout: /in place of [0-9a-f]{8}/ },
    { args: ['--workspace-id='], key: keyOf('service-us'), stored: { kind: 'service', workspace: false, region: 'us' }, stdout: /^stored us: service key/ },
    { args: ['--workspace-id', WORKSPACE], key: keyOf('service-us'), stored: { workspace: true }, stdout: /the same as before/ },
    { args: ['--endpoint', 'https://eu.api.smith.langchain.com'], key: KEY, stored: { workspace: false, region: 'eu' }, stdout: /apiKey: "store:us"\n$/ },
    { args: [], key: KEY, stored: { workspace: false, region: 'eu' }, stdout: /region eu/ }
  ]
  for (const { args, key, stored, stdout } of steps) {
    const end = await runSecrets(t, ['set', 'us', '--no-test', ...args], env, key)
    t.match(end, { code: 0, stdout }, args.join(' '))
    t.equal(/warning: .*quotes/.test(end.stderr), key.startsWith('"'), 'what is odd is told')
    t.match(await listed(env), [{ name: 'us', ...stored }], args.join(' '))
  }
})

t.test('from set to remove: the key is listed, used by the proxy, and gone, and nothing shows it', async (t) => {
  const env = storeEnv(t)
  const upstream = await startUpstream(t)
  const config = t.testdir({ 'config.yaml': `credentials: { us: { apiKey: "store:us", workspaceId: "store:us#workspaceId" } }\nroutes: [{ prefix: /, upstream: "${upstream.url}", credential: us }]\n` })
  const set = await runSecrets(t, ['set', 'us', '--workspace-id', WORKSPACE], env, `\n ${KEY}\r\n`)
  t.match(set, { code: 0, stderr: /not tested; --test does that/, stdout: /next: .*"store:us", workspaceId: "store:us#workspaceId"/ })
  const list = await runSecretsHere(['list'], env)
  t.match(list.stdout, /^NAME +KIND +FINGERPRINT +WHERE +AGE +WORKSPACE +REGION\nus +personal +[0-9a-f]{8} +encrypted file \S+secrets\.age +0 minutes +set +us\n$/)

  const replaced = await runSecrets(t, ['set', 'us', '--config', `${config}/config.yaml`], env, KEY)
  t.match(replaced, { code: 0, stdout: /used by \S+config\.yaml\n$/ })

  const proxy = await startProgram(t, ['--config', `${config}/config.yaml`], { env })
  t.equal((await fetch(`${proxy.url}/runs`)).status, 200)
  t.same(['x-api-key', 'x-tenant-id'].flatMap((name) => valuesOf(upstream.received[0]?.rawHeaders ?? [], name)), [KEY, WORKSPACE])

  t.match(await runSecrets(t, ['remove', 'uss'], env), { code: 1, stdout: '', stderr: 'error: there is no stored secret uss\nhint: did you mean us?\n' })
  const removed = await runSecretsHere(['remove', 'us'], env)
  t.match(removed, { code: 0, stdout: /^removed us from the encrypted file \S+\n$/ })
  t.match(await runSecrets(t, ['remove', 'us'], env), { code: 1, stderr: /hint: langsmith-proxy secrets list/ })

  const shown = [set.stdout, set.stderr, replaced.stdout, replaced.stderr, list.stdout, removed.stdout, proxy.stdout(), proxy.stderr()].join('')
  t.same(piecesOf(KEY).filter((piece) => shown.includes(piece)), [])
})

t.test('an age is told in whole units, and a clock that went back is no age', async (t) => {
  const cases: readonly [number, string][] = [[0, '0 minutes'], [60_000, '1 minute'], [3_599_999, '59 minutes'], [3_600_000, '1 hour'], [86_399_999, '23 hours'], [3 * 86_400_000, '3 days'], [-1, 'unknown'], [NaN, 'unknown']]
  for (const [age, words] of cases) t.equal(ageInWords(age), words, String(age))
})
