import t from 'tap'
import { entryFromText, entryToJson, textOfEntry } from '../../../src/secrets/store/entry.ts'
import { entry } from './support.ts'

const PLACE = 'keychain of this system'

t.test('an entry that is broken is refused by name, and nothing of it is quoted', async (t) => {
  const cases: readonly (readonly [text: string, message: RegExp])[] = [
    ['canary-text', /is broken inside: it is not JSON$/],
    ['{"apiKey":"canary-text"', /it is not JSON$/],
    ['"canary-text"', /it is not a group of fields$/],
    ['["canary-text"]', /it is not a group of fields$/],
    ['null', /it is not a group of fields$/],
    ['{"storedAt":"canary-text"}', /it has no apiKey$/],
    ['{"apiKey":"canary-text"}', /it has no storedAt$/],
    ['{"apiKey":["canary-text"],"storedAt":"x"}', /its apiKey is not text$/],
    ['{"apiKey":"canary-text","storedAt":"x","region":7}', /its region is not text$/],
    ['{"version":"canary-text"}', /its version is unknown$/],
    ['{"version":0}', /its version is unknown$/]
  ]
  for (const [text, message] of cases) {
    t.throws(() => entryFromText(text, 'us', PLACE), { code: 'secret-unusable', message, hint: 'run langsmith-proxy secrets remove us, then langsmith-proxy secrets set us', cause: undefined }, text)
    try { entryFromText(text, 'us', PLACE) } catch (error) { t.notMatch(String(error), /canary/) }
  }
  t.throws(() => entryFromText('{"version":2,"apiKey":"canary-text"}', 'us', PLACE), { code: 'secret-unusable', message: `stored secret us in the ${PLACE} was written by a newer version of langsmith-proxy`, hint: 'update langsmith-proxy' })
})

t.test('an entry comes back as it was stored; fields of later versions are ignored', async (t) => {
  const whole = entry('canary-key', { workspaceId: 'workspace', region: 'eu', endpoint: 'https://example.com' })
  const text = JSON.stringify({ ...entryToJson(whole), later: { canary: true } })
  const back = entryFromText(text, 'us', PLACE)
  t.equal(back.apiKey.reveal(), 'canary-key')
  t.match(back, { workspaceId: 'workspace', region: 'eu', endpoint: 'https://example.com', storedAt: whole.storedAt })
  t.notMatch(JSON.stringify(back), /canary-key/, 'the key is a Secret again')
  t.equal(textOfEntry(back, undefined), 'canary-key')
  t.equal(textOfEntry(back, 'workspaceId'), 'workspace')
  t.equal(entryFromText(JSON.stringify(entryToJson(entry('k'))), 'us', PLACE).workspaceId, undefined)
})
