// What is typed, and what comes back: the right command, its help, or two lines that say what is wrong.

import t from 'tap'
import { helpOf, overview } from '../../src/commands/help.ts'
import { parseCommandLine } from '../../src/commands/parse.ts'
import { COMMANDS } from '../../src/commands/table.ts'
import { ProxyError } from '../../src/errors.ts'
import { runProgram } from '../support/process.ts'

function refusalOf (args: readonly string[]): ProxyError {
  try {
    parseCommandLine(args)
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error(`accepted: ${args.join(' ')}`)
}

t.test('a slip on the command line is answered with what was probably meant', async (t) => {
  const cases: readonly { args: readonly string[], message: RegExp, hint: RegExp }[] = [
    { args: ['chek'], message: /no such command/, hint: /did you mean langsmith-proxy check\?/ },
    { args: ['completely-else'], message: /no such command/, hint: /--help/ },
    { args: ['--prot', '0'], message: /start has no flag --prot/, hint: /did you mean --port\?/ },
    { args: ['check', '--jsn'], message: /check has no flag --jsn/, hint: /did you mean --json\?/ },
    { args: ['check', '--jsn=yes'], message: /check has no flag --jsn$/, hint: /did you mean --json\?/ },
    { args: ['--jsn', 'check'], message: /check has no flag --jsn/, hint: /did you mean --json\?/ },
    { args: ['check', '--zzzzzzzz'], message: /check has no flag --zzzzzzzz/, hint: /langsmith-proxy check --help/ },
    { args: ['start', '-x'], message: /start has no flag -x/, hint: /langsmith-proxy start --help/ },
    { args: ['check', '--port'], message: /--port needs a value/, hint: /langsmith-proxy check --help/ },
    { args: ['check', '--config', '--json'], message: /--config needs a value/, hint: /langsmith-proxy check --help/ },
    { args: ['check', '--json=yes'], message: /--json takes no value/, hint: /langsmith-proxy check --help/ },
    { args: ['check', 'everything'], message: /check takes flags only/, hint: /langsmith-proxy check --help/ },
    { args: ['secrets', 'set', 'us', 'eu'], message: /secrets takes an action and a name, and nothing more/, hint: /langsmith-proxy secrets --help/ },
    { args: ['run', 'curl', '{}'], message: /the command to run must stand after --/, hint: /run -- curl/ },
    { args: ['run', '--port', '1', '--', 'curl'], message: /run has no flag --port/, hint: /langsmith-proxy run --help/ },
    { args: ['help', 'chek'], message: /no such command/, hint: /check/ }
  ]
  for (const { args, message, hint } of cases) {
    const error = refusalOf(args)
    t.match(error.message, message, args.join(' '))
    t.match(error.hint, hint, args.join(' '))
    t.equal(error.exitCode, 2, args.join(' '))
  }
})

t.test('a key that was pasted as a word is not repeated', async (t) => {
  const pasted = `lsv2_pt_${'ab12cd34'.repeat(4)}_ab12cd34ab`
  for (const args of [[pasted], ['check', pasted], ['secrets', 'set', 'us', pasted], [`--${pasted}`], ['check', `--port=${pasted}`, '--nothing']]) {
    const { message, hint } = refusalOf(args)
    t.notMatch(message + hint, /ab12cd34/)
    if (args.includes(pasted)) t.match(hint, /secrets set NAME.*stdin/, 'and the right way is told')
  }
})

t.test('flags may stand before the command, and among its words', async (t) => {
  const cases: readonly { args: readonly string[], name: string, flags: Record<string, unknown>, operands?: readonly string[], rest?: readonly string[] }[] = [
    { args: [], name: 'start', flags: {} },
    { args: ['--port', '0'], name: 'start', flags: { port: '0' } },
    { args: ['--port', '0', 'check'], name: 'check', flags: { port: '0' } },
    { args: ['--config=a.yaml', 'check', '--json'], name: 'check', flags: { config: 'a.yaml', json: true } },
    { args: ['--quiet', 'start', '--host', 'localhost'], name: 'start', flags: { quiet: true, host: 'localhost' } },
    { args: ['--config', 'check', 'check'], name: 'check', flags: { config: 'check' } },
    { args: ['--once', 'demo'], name: 'demo', flags: { once: true } },
    { args: ['secrets', 'set', '--region', 'us', 'start', '--test'], name: 'secrets', flags: { region: 'us', test: true }, operands: ['set', 'start'] },
    { args: ['--json', 'secrets', 'list'], name: 'secrets', flags: { json: true }, operands: ['list'] },
    { args: ['secrets', 'set', '--', 'us'], name: 'secrets', flags: {}, operands: ['set', 'us'] },
    { args: ['--quiet', 'run', '--config', 'a.yaml', '--', 'stop', '--help', '-h', '--nothing', '--', 'x'], name: 'run', flags: { quiet: true, config: 'a.yaml' }, rest: ['stop', '--help', '-h', '--nothing', '--', 'x'] },
    { args: ['run', '--'], name: 'run', flags: {} }
  ]
  for (const { args, name, flags, operands = [], rest = [] } of cases) {
    const line = parseCommandLine(args)
    if (line.kind !== 'run') { t.fail(`not run: ${args.join(' ')}`); continue }
    t.equal(line.command.name, name, args.join(' '))
    t.same({ ...line.flags }, flags, args.join(' '))
    t.same(line.operands, operands, args.join(' '))
    t.same(line.rest, rest, args.join(' '))
  }
})

t.test('help and version are found', async (t) => {
  for (const args of [['--version'], ['-v']]) t.same(parseCommandLine(args), { kind: 'version' })
  for (const args of [['--help'], ['-h'], ['help']]) t.same(parseCommandLine(args), { kind: 'overview' })
  for (const args of [['check', '--help'], ['check', '-h'], ['--help', 'check'], ['help', 'check'], ['--json', 'check', '--help']]) {
    t.match(parseCommandLine(args), { kind: 'help', command: { name: 'check' } }, args.join(' '))
  }
})

t.test('every flag of every command is explained', async (t) => {
  for (const command of COMMANDS) {
    t.match(helpOf(command), `Usage: langsmith-proxy ${command.name} ${command.usage}`)
    for (const flag of Object.keys(command.options)) t.match(helpOf(command), `--${flag}`, `${command.name} explains --${flag}`)
    t.match(overview('1.2.3'), `  ${command.name}`)
    t.match(overview('1.2.3'), command.summary)
  }
})

t.test('the program prints help and version on stdout and ends with 0', async (t) => {
  const runs = [
    { args: ['--version'], stdout: /^\d+\.\d+\.\d+\n$/ },
    { args: ['--help'], stdout: /^langsmith-proxy \d.*Usage: langsmith-proxy \[COMMAND\]/s },
    { args: ['check', '--help'], stdout: /^Usage: langsmith-proxy check / }
  ]
  await Promise.all(runs.map(async ({ args, stdout }) => {
    t.match(await runProgram(t, args), { code: 0, signal: null, stderr: '', stdout }, args.join(' '))
  }))
})

t.test('an error is two lines on stderr, and more lines are set in', async (t) => {
  const unknown = await runProgram(t, ['chek'])
  t.match(unknown, { code: 2, stdout: '', stderr: 'error: there is no such command\nhint: did you mean langsmith-proxy check?\n' })

  const many = await runProgram(t, ['check'], {
    env: { LANGSMITH_PROXY_PROT: '1', LANGSMITH_PROXY_LOG_LEVEL: 'loud', LANGSMITH_REGION: 'mars', LANGSMITH_API_KEY: 'x' }
  })
  t.equal(many.code, 2)
  const lines = many.stderr.trimEnd().split('\n')
  t.match(lines[0], /^error: /)
  t.match(lines.at(-1), /^hint: /)
  t.ok(lines.length > 3, 'every mistake has its line')
  for (const line of lines.slice(1, -1)) t.match(line, /^ {2}/, 'is set in')
  t.match(many.stderr, /LANGSMITH_PROXY_PROT.*LANGSMITH_PROXY_PORT/, 'with the nearest name')
  t.match(many.stderr, /LANGSMITH_PROXY_LOG_LEVEL/)
  t.match(many.stderr, /LANGSMITH_REGION/)
  t.notMatch(many.stderr, /loud|mars/, 'values are not repeated')
})

t.test('a reader that has seen enough is no error', async (t) => {
  t.match(await runProgram(t, ['sandbox', '--print-world'], { shell: '"$@" | true; exit;' }), { code: 0, stderr: '' })
})
