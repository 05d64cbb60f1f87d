// "secrets set" with a person at the terminal: nothing of a key is shown, and
// whoever stops leaves nothing behind.

import t from 'tap'
import { keyOf, sandboxFor } from '../sandbox/support.ts'
import { atTerminal, CTRL_C, CTRL_D, ENTER, NO_TERMINAL, UP } from '../support/at-terminal.ts'
import { listed, piecesOf, storeEnv } from '../support/stored.ts'

const KEY = keyOf('good-us')
const OTHER_KEY = keyOf('good-eu')
const skip = NO_TERMINAL

t.test('whoever stops at a question stores nothing, and has the terminal as it was', { skip }, async (t) => {
  const env = storeEnv(t)
  for (const [name, types] of [['Ctrl-C', CTRL_C], ['Ctrl-C after typing', `${KEY}${CTRL_C}`], ['Ctrl-D', CTRL_D]] as const) {
    const end = await atTerminal(t, ['secrets', 'set', 'us'], [['API key', types]], { env })
    t.match(end, { code: 130, restored: true, screen: /Stopped\./ }, name)
    t.notOk(piecesOf(KEY).some((piece) => end.screen.includes(piece)), name)
  }
  t.same(await listed(env), [])
})

t.test('a key is not asked for where it would be shown', { skip }, async (t) => {
  const env = storeEnv(t)
  const end = await atTerminal(t, ['secrets', 'set', 'us'], [], { env, redirect: '2>err || { cat err; (exit 9); }' })
  t.match(end, { code: 9, screen: /would be shown while you type it/ })
})

t.test('a key that is refused is not stored unless the person says so', { skip }, async (t) => {
  const env = storeEnv(t)
  const { url } = (await sandboxFor(t)).regions.us
  const set = ['secrets', 'set', 'sandbox', '--endpoint', url]
  const no = await atTerminal(t, set, [['API key', ENTER], ['The key is empty', OTHER_KEY + ENTER], ['Test it now', ENTER], ['refuses the key', ''], ['Store it anyway?', ENTER]], { env })
  t.match(no, { code: 1, screen: /the key was not stored/ })
  t.same(await listed(env), [])

  const yes = await atTerminal(t, [...set, '--test'], [['API key', OTHER_KEY + ENTER], ['Store it anyway?', 'y']], { env })
  t.match(yes, { code: 0, screen: /stored sandbox/ })
  t.match(await listed(env), [{ name: 'sandbox', endpoint: url }])

  const untested = await atTerminal(t, ['secrets', 'set', 'other'], [['Where do you open LangSmith', ENTER], ['API key', KEY + ENTER], ['Test it now, with one read-only call to api.smith.langchain.com', 'n']], { env })
  t.match(untested, { code: 0, screen: /stored other/ })
  for (const { screen } of [no, yes, untested]) t.same([...piecesOf(KEY), ...piecesOf(OTHER_KEY)].filter((piece) => screen.includes(piece)), [])
})

t.test('where the key belongs is asked first when nothing says it', { skip }, async (t) => {
  const env = storeEnv(t)
  const { url } = (await sandboxFor(t)).regions.us
  const end = await atTerminal(t, ['secrets', 'set', 'mine'], [
    ['Where do you open LangSmith', UP], ['● other', ENTER], ['Address of its API', url], [url, ENTER], ['API key', KEY + ENTER], ['Test it now', 'y']
  ], { env })
  t.match(end, { code: 0, restored: true, screen: /accepts the key/ })
  t.match(await listed(env), [{ name: 'mine', endpoint: url }])
})
