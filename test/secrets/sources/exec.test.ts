import { execFileSync } from 'node:child_process'
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'
import t from 'tap'
import { hideKeys } from '../../../src/hide-keys.ts'
import type { Test } from 'tap'
import { ProxyError } from '../../../src/errors.ts'
import { Secret } from '../../../src/secrets/secret.ts'
import { createExecSource, type ExecSourceOptions } from '../../../src/secrets/sources/exec.ts'
import { createTextMask } from '../../../src/swap/mask-text.ts'
import { commandTo, testSourceContract } from '../source-contract.ts'

const PATH = process.env.PATH ?? ''
/** So much longer than a limit of these tests may an answer take on a busy machine. */
const PATIENCE_MS = 10_000

const options: ExecSourceOptions = { env: { PATH }, privateVariables: new Set(), timeout: 30_000, ending: new AbortController().signal, maskText: createTextMask([new Secret('known-canary')]) }
const source = createExecSource(options)
const hurried = createExecSource({ ...options, timeout: 300 })

const folder = t.testdir({})
let count = 0
testSourceContract(t, {
  source,
  store: (text) => {
    const path = join(folder, `stored-${count++}`)
    writeFileSync(path, text)
    return Promise.resolve(commandTo('cat', path))
  }
})

/** Runs a shell script. */
async function run (script: string, from = source): Promise<string | undefined> {
  return (await from.read(commandTo('sh', '-c', script)))?.text
}

async function failureOf (promise: Promise<unknown>): Promise<ProxyError> {
  const error: unknown = await promise.then(() => new Error('nothing was thrown'), (error: unknown) => error)
  if (error instanceof ProxyError) return error
  throw error as Error
}

interface Groups {
  /** A file where scripts put the ID of their process group, one a line: that of its leader, `$$`. */
  readonly path: string
  /** The groups of which something still runs, after some patience. */
  readonly left: () => Promise<readonly string[]>
}

/** What still runs of the groups when the test ends is killed. */
function watchGroups (t: Test): Groups {
  const folder = mkdtempSync(join(tmpdir(), 'langsmith-proxy-test-')) // t.testdir is removed before a teardown could read it
  const path = join(folder, 'groups')
  writeFileSync(path, '')
  const running = (): readonly string[] => {
    const known = readFileSync(path, 'utf8').split('\n').filter((group) => group !== '')
    const all = execFileSync('ps', ['-A', '-o', 'pgid=,stat='], { encoding: 'utf8' }).split('\n').map((line) => line.trim().split(/\s+/))
    return known.filter((group) => all.some(([pgid, state = 'Z']) => pgid === group && !state.startsWith('Z'))) // Z: has ended already
  }
  t.teardown(() => {
    for (const group of running()) process.kill(-Number(group), 'SIGKILL')
    rmSync(folder, { recursive: true })
  })
  const left = async (): Promise<readonly string[]> => {
    for (let tries = 0; tries < 50 && running().length > 0; tries++) await delay(20)
    return running()
  }
  return { path, left }
}

t.test('a program that fails says its code and what it said, never what it printed', async (t) => {
  const failed = await failureOf(run('echo canary-out; echo "no such entry: langsmith" >&2; exit 3'))
  t.match(failed, { code: 'secret-unreadable', message: 'exec:sh … ended with exit code 3; it said: no such entry: langsmith', hint: /by hand/ })
  t.notMatch(inspect(failed), /canary/)
  t.match(await failureOf(run('exit 1')), { message: /exit code 1$/ })
  t.match(await failureOf(run('kill -KILL $$')), { code: 'secret-unreadable', message: /was ended by SIGKILL$/ })

  const key = `lsv2_pt_${'0123456789abcdef'.repeat(2)}_0123456789`
  const said = async (words: string): Promise<string> => (await failureOf(run(`printf '%b' '${words}' >&2; exit 1`))).message
  t.match(await said(`${key} known-canary`), /said: lsv2_pt_\*{43} \*{12}$/, 'keys are masked')
  t.match(await said('known-\\033[31mcan\\0\\007ary'), /said: \*{12}$/, 'even when something invisible stands in one')
  t.match(await said('one\\r\\n\\n  \\033]0;title\\007two\\tthree\\n'), /said: one \| two three$/, 'in one line')
  t.match(await said(`${'x '.repeat(900)}end`), /said: …[x ]{496}end$/, 'the last of much')
  t.match(await said(`known-canary${'\\n'.repeat(4087)}end`), /said: end$/, 'a word that lost its beginning is not shown')
  t.match(await failureOf(run('set -x; echo value-of-canary; false')), { message: /said: \(a line that repeats its output\) \| \+ false$/ }, 'nor what a traced script repeats')
})

t.test('a program that cannot be started could not be asked, which is not the same as nothing there', async (t) => {
  const folder = t.testdir({ folder: {}, plain: '#!/bin/sh\n', lost: '#!/nowhere/canary\n' })
  chmodSync(join(folder, 'lost'), 0o755)
  const start = (program: string, ...args: string[]): Promise<ProxyError> => failureOf(source.read(commandTo(program, ...args)))
  t.match(await start('langsmith-no-such-program', 'canary'), { code: 'secret-unreadable', message: /^exec:langsmith-no-such-program … was not found$/, hint: /install .* PATH/ })
  t.match(await start(join(folder, 'lost')), { code: 'secret-unreadable', message: /was not found/, hint: /first line/ })
  t.match(await start(join(folder, 'plain')), { code: 'secret-unreadable', message: /may run$/, hint: /chmod \+x/ })
  t.match(await start(join(folder, 'folder')), { code: 'secret-unreadable', message: /may run$/ })
  for (const args of [['canary\0'], ['canary'.repeat(1_000_000)]]) { // Node and the system refuse these, and Node quotes them
    const error = await start('sh', ...args)
    t.match(error, { code: 'secret-unreadable', message: /could not be started \(\w+\)$/ })
    t.notMatch(inspect(error, { depth: 9 }), /canary/)
  }
})

t.test('a key that a program breaks over lines of its stderr is not shown', async (t) => {
  const masked = createExecSource({ ...options, maskText: hideKeys })
  const error = await failureOf(run('echo lsv2_pt_aaaa1111bbbb2222 >&2; echo cccc3333dddd4444_1111111111 >&2; exit 1', masked))
  t.notMatch(error.message, /cccc3333/)
  t.match(error.message, /lines that hold a key/)
  t.match(await failureOf(run('echo first >&2; echo second >&2; exit 1', masked)), { message: /first \| second/ })
})

t.test('a program that does not end is ended in time, with all that it started', async (t) => {
  for (const [what, script] of [
    ['waits', 'sleep 60'],
    ['closes its output and lives on', 'exec >&- 2>&-; sleep 60'],
    ['ignores SIGTERM, as its helper does', 'trap "" TERM; (sleep 60; sleep 60) & sleep 60; sleep 60'],
    ['floods stderr', 'yes canary-flood >&2']
  ] as const) {
    const { path, left } = watchGroups(t)
    const began = performance.now()
    const error = await failureOf(run(`echo $$ > '${path}'; echo canary-value; ${script}`, hurried))
    t.match(error, { code: 'secret-unreadable', message: /^exec:sh … did not end within 300 ms and was stopped/, hint: /secrets\.timeout/ }, what)
    t.ok(error.message.length < 700, what)
    t.notMatch(error.message, /canary-value/)
    t.ok(performance.now() - began < 2000 + PATIENCE_MS, what)
    t.ok(readFileSync(path, 'utf8') !== '', 'it has run')
    t.same(await left(), [], `${what}: nothing is left`)
  }
  const second = createExecSource({ ...options, timeout: 1000 })
  t.match(await failureOf(run('exec sleep 60', second)), { message: /within 1 s/ })
})

t.test('a program that prints too much is ended', async (t) => {
  const { path, left } = watchGroups(t)
  const error = await failureOf(run(`echo $$ > '${path}'; yes canary-value`))
  t.match(error, { code: 'secret-unusable', message: /printed more than 64 KiB/ })
  t.notMatch(inspect(error), /canary/)
  t.same(await left(), [])
  t.match(await failureOf(run('head -c 65537 /dev/zero')), { code: 'secret-unusable' }, 'also when it ends by itself')
  t.equal((await run('head -c 65536 /dev/zero | tr "\\0" x'))?.length, 65_536, 'as much as fits is read')
})

t.test('a helper that holds the output open neither delays the value nor lives on', async (t) => {
  const { path, left } = watchGroups(t)
  const began = performance.now()
  t.equal(await run(`echo $$ > '${path}'; sleep 60 & echo value`), 'value\n')
  t.ok(performance.now() - began < PATIENCE_MS)
  t.same(await left(), [])
})

t.test('a service that opened a session of its own lives on, and does not delay the value', { skip: !has('setsid') && 'needs setsid (util-linux)' }, async (t) => {
  const { path, left } = watchGroups(t)
  t.equal(await run(`setsid sh -c 'echo $$ > ${path}; exec sleep 60' & until [ -s '${path}' ]; do sleep 0.05; done; echo value`), 'value\n')
  t.equal((await left()).length, 1, 'as gpg-agent must')
})

t.test('a program gets no input, its arguments as they are, and the environment without our secrets', async (t) => {
  const bin = t.testdir({ show: '#!/bin/sh\nprintf "[%s]" "$@"\nenv | grep -c c4n4ry\necho "$KEPT"\ncat\n' })
  chmodSync(join(bin, 'show'), 0o755)
  const env = { PATH: `${bin}${delimiter}${PATH}`, LANGSMITH_API_KEY: 'c4n4ry', KEPT: 'kept', UNSET: undefined }
  const found = await createExecSource({ ...options, env, privateVariables: new Set(['LANGSMITH_API_KEY']) }).read(commandTo('show', 'a b', '$KEPT', '*', ';'))
  t.equal(found?.text, '[a b][$KEPT][*][;]0\nkept\n', 'found in the PATH that was given')
})

t.test('JSON that a program prints must be whole, and is not quoted', async (t) => {
  const print = (text: string): Promise<ProxyError> => failureOf(source.read(commandTo('printf', '%s', text)))
  for (const [text, words] of [
    ['{"value": "canary-val', /starts with \{ and is not whole JSON/], ['{canary}', /is not whole JSON/], [' {} canary', /is not whole JSON/],
    ['{}', /without "value"/], ['{"key": "canary"}', /without "value"/], ['{"__proto__": {"value": "canary"}}', /without "value"/],
    ['{"value": 12345678901}', /"value" is not text/], ['{"value": null}', /is not text/], ['{"value": {"value": "canary"}}', /is not text/],
    ...['"canary"', '"2026-01-31"', '"2026-01-31T12:00:00"', '"2026-13-31T12:00:00Z"', '1769860800000', '-1', '0', '"1769860800"', 'true', '[]']
      .map((time) => [`{"value": "canary", "expires_at": ${time}}`, /"expires_at" is neither/] as const)
  ] as const) {
    const error = await print(text)
    t.match(error, { code: 'secret-unusable', message: words, hint: /\{"value": "…", "expires_at"/ }, text)
    t.notMatch(inspect(error, { depth: 9 }), /canary|12345678901/, text)
  }
})

t.test('JSON says the value and when it expires', async (t) => {
  const print = (text: string): Promise<unknown> => source.read(commandTo('printf', '%s', text))
  const at = Date.UTC(2026, 0, 31, 12)
  for (const time of ['"2026-01-31T12:00:00Z"', '"2026-01-31T13:00:00.000000+01:00"', '"2026-01-31T12:00Z"', '1769860800', '1769860800.0004']) {
    t.same(await print(`\n{"value": " value\\n", "expires_at": ${time}, "more": 1}\n`), { text: ' value\n', expiresAt: at }, time)
  }
  t.same(await print('{"value": "", "expires_at": null}'), { text: '' }, 'null is never')
  t.same(await print('"value"'), { text: '"value"' }, 'other JSON is the value')
})

t.test('a program that runs when the proxy ends is ended with it', async (t) => {
  const { path, left } = watchGroups(t)
  const ending = new AbortController()
  const read = run(`echo $$ > '${path}'; sleep 60`, createExecSource({ ...options, ending: ending.signal }))
  for (let tries = 0; tries < 500 && readFileSync(path, 'utf8') === ''; tries++) await delay(20)
  ending.abort()
  t.match(await failureOf(read), { code: 'secret-unreadable' })
  t.same(await left(), [])
})

t.test('the recipe for pass works', { skip: !(has('pass') && has('gpg')) && 'needs pass and gpg (apt-get install pass gnupg)' }, async (t) => {
  const home = mkdtempSync('/tmp/gpg-') // the path of gpg-agent's socket must be short
  const env = { PATH, HOME: home, GNUPGHOME: home, PASSWORD_STORE_DIR: join(home, 'store') }
  t.teardown(() => {
    execFileSync('gpgconf', ['--kill', 'all'], { env })
    rmSync(home, { recursive: true, force: true })
  })
  const shell = (script: string): unknown => execFileSync('sh', ['-ec', script], { env, stdio: 'pipe', timeout: 30_000 })
  shell('gpg --batch --pinentry-mode loopback --passphrase "" --quick-generate-key test@example.com default default never; pass init test@example.com; printf "canary-key" | pass insert -e langsmith/us')

  const source = createExecSource({ ...options, env })
  t.equal((await source.read(commandTo('pass', 'show', 'langsmith/us')))?.text, 'canary-key\n')
  t.match(await failureOf(source.read(commandTo('pass', 'show', 'langsmith/eu'))), { code: 'secret-unreadable', message: /^exec:pass … ended with exit code 1; it said: Error: langsmith\/eu is not in the password store\.$/ })
})

t.test('the recipe for age works', { skip: !(has('age') && has('age-keygen')) && 'needs age (apt-get install age)' }, async (t) => {
  const folder = t.testdir({})
  const [identity, file] = [join(folder, 'identity'), join(folder, 'us.age')]
  execFileSync('age-keygen', ['-o', identity], { stdio: 'pipe' })
  execFileSync('age', ['--encrypt', '-i', identity, '-o', file], { input: 'canary-key\n', stdio: 'pipe' })
  t.equal((await source.read(commandTo('age', '--decrypt', '-i', identity, file)))?.text, 'canary-key\n')
})

function has (program: string): boolean {
  return PATH.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
