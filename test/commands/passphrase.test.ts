// The passphrase of the encrypted file, where no identity file opens it: typed at the terminal, twice when
// it is new, and never shown.

import t from 'tap'
import { keyOf } from '../sandbox/support.ts'
import { atTerminal, ENTER, NO_TERMINAL } from '../support/at-terminal.ts'
import { runSecrets, storeEnv } from '../support/stored.ts'

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
