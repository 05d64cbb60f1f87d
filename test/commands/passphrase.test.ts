// The passphrase of the encrypted file, where no identity file opens it: typed at the terminal, twice when
// it is new, and never shown.

import { join } from 'node:path'
import t from 'tap'
import { keyOf } from '../sandbox/support.ts'
import { encryptWith } from '../secrets/store/support.ts'
import { atTerminal, CTRL_C, ENTER, NO_TERMINAL } from '../support/at-terminal.ts'
import { piecesOf, runSecrets, storeEnv } from '../support/stored.ts'

const KEY = keyOf('good-us')
const skip = NO_TERMINAL

t.test('without an identity file the store has a passphrase, which is typed twice and never shown', { skip }, async (t) => {
  const env = { ...storeEnv(t), LANGSMITH_PROXY_STORE_IDENTITY_FILE: '' }
  const words = 'correct horse battery'
  t.match(await runSecrets(t, ['set', 'us'], env, KEY), { code: 1, stderr: /LANGSMITH_PROXY_STORE_IDENTITY_FILE/ }, 'nobody to ask')

  const set = await atTerminal(t, ['secrets', 'set', 'us', '--no-test'], [
    ['API key', KEY + ENTER],
    ['New passphrase', `short${ENTER}`], ['Use 8 characters or more', `${words}${ENTER}`], ['The same passphrase again', `${words}s${ENTER}`],
    ['not the same', ''], ['New passphrase', `${words}${ENTER}`], ['The same passphrase again', `${words}${ENTER}`]
  ], { env })
  t.match(set, { code: 0, screen: /stored us/ })
  const list = await atTerminal(t, ['secrets', 'list'], [['Passphrase of the file', ENTER], ['Type the passphrase', `${words}${ENTER}`]], { env })
  t.match(list, { code: 0, screen: /us +personal/ })
  for (const { screen } of [set, list]) t.notMatch(screen, /horse|decafbad/)
})

t.test('three times two different passphrases end it', { skip }, async (t) => {
  const env = { ...storeEnv(t), LANGSMITH_PROXY_STORE_IDENTITY_FILE: '' }
  const round = [['New passphrase', `one passphrase${ENTER}`], ['The same passphrase again', `another one${ENTER}`], ['not the same', '']] as const
  const end = await atTerminal(t, ['secrets', 'set', 'us', '--no-test'], [['API key', KEY + ENTER], ...round, ...round, ...round], { env })
  t.match(end, { code: 2, screen: /repetition differ/ })
})

t.test('a key that comes on stdin is stored all the same: the terminal itself is asked', { skip }, async (t) => {
  const env = { ...storeEnv(t), LANGSMITH_PROXY_STORE_IDENTITY_FILE: '' }
  const words = 'correct horse battery'
  const redirect = `<${join(t.testdir({ 'key.txt': `${KEY}\n` }), 'key.txt')}`
  const stopped = await atTerminal(t, ['secrets', 'set', 'eu'], [['New passphrase', CTRL_C]], { env, redirect })
  t.match(stopped, { code: 130, restored: true, screen: /Stopped/ })
  await encryptWith(fileOf(env), words)
  const set = await atTerminal(t, ['secrets', 'set', 'eu'], [['Passphrase of the file', `slip${ENTER}`], ['does not open the file', ''], ['Passphrase of the file', `${words}${ENTER}`]], { env, redirect })
  t.match(set, { code: 0, restored: true, screen: /stored eu/ })
  t.same(['horse', ...piecesOf(KEY)].filter((piece) => set.screen.includes(piece)), [])

  const list = await atTerminal(t, ['secrets', 'list'], [], { env, redirect: '</dev/null' })
  t.match(list, { code: 1, screen: /stdin is not a terminal/ }, 'where stdin brings no key, nothing else is opened')
  const hidden = await atTerminal(t, ['secrets', 'set', 'eu'], [], { env, redirect: `${redirect} 2>err || { cat err; (exit 9); }` })
  t.match(hidden, { code: 9, screen: /stdin is not a terminal/ }, 'nor is a question asked that nobody sees')
})

t.test('init asks for the passphrase of an existing file before anything else', { skip }, async (t) => {
  const env = { ...storeEnv(t), LANGSMITH_PROXY_STORE_IDENTITY_FILE: '' }
  await encryptWith(fileOf(env), 'correct horse battery')
  const end = await atTerminal(t, ['init'], [['Passphrase of the file', `correct horse battery${ENTER}`], ['Where do you open LangSmith', CTRL_C]], { env })
  t.match(end, { code: 130, restored: true })
})

function fileOf (env: ReturnType<typeof storeEnv>): string {
  return join(env.XDG_DATA_HOME ?? '', 'langsmith-proxy', 'secrets.age')
}
