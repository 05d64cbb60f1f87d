// The encrypted file and the program `age` understand each other, so nobody is locked in.

import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Secret } from '../../../src/secrets/secret.ts'
import { entry, keyOf, needs, shortFolder, storeIn } from './support.ts'

const skip = needs('age', 'age-keygen') && 'needs age (apt-get install age)'
const WHOLE = JSON.stringify({ version: 1, secrets: { us: { apiKey: 'canary-age', storedAt: '2026-11-21T12:00:00Z' } } })

t.test('age opens a file of ours, with the identity that we made', { skip }, async (t) => {
  const folder = t.testdir({})
  await storeIn(folder).write('us', entry('canary-key', { region: 'us' }))
  const identity = join(folder, 'identity.txt')
  const text = execFileSync('age', ['-d', '-i', identity, join(folder, 'data', 'secrets.age')], { encoding: 'utf8' })
  t.match(JSON.parse(text), { version: 1, secrets: { us: { version: 1, apiKey: 'canary-key', region: 'us' } } })
  t.equal(execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).length, 63, 'age-keygen reads it too')
})

t.test('we open a file of age, armored or not, and change it for all identities', { skip }, async (t) => {
  const folder = t.testdir({ data: {} })
  const keygen = (): string => execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [first, second] = [keygen(), keygen()]
  const identity = join(folder, 'identity.txt')
  const file = join(folder, 'data', 'secrets.age')
  writeFileSync(identity, `${first}\n${second}`, { mode: 0o600 })
  const recipients = execFileSync('age-keygen', ['-y', identity], { encoding: 'utf8' }).trim().split('\n').flatMap((recipient) => ['-r', recipient])
  t.equal(recipients.length, 4)
  for (const armor of [[], ['-a']]) {
    writeFileSync(file, execFileSync('age', ['-e', ...armor, ...recipients], { input: WHOLE }), { mode: 0o600 })
    const store = storeIn(folder)
    t.equal(await keyOf(store, 'us'), 'canary-age', `armored: ${armor.length > 0}`)
    await store.write('eu', entry('canary-eu'))
    writeFileSync(join(folder, 'only-second.txt'), second, { mode: 0o600 })
    t.match(execFileSync('age', ['-d', '-i', join(folder, 'only-second.txt'), file], { encoding: 'utf8' }), /canary-age.*canary-eu/)
  }
})

// age reads a passphrase from a terminal only, which `script` (util-linux) gives it.
const noTerminal = skip || needs('script') || (process.platform !== 'linux' && 'needs script of util-linux')

t.test('a file with a passphrase goes both ways', { skip: noTerminal }, async (t) => {
  const folder = shortFolder(t)
  const file = join(folder, 'data', 'secrets.age')
  const store = (): ReturnType<typeof storeIn> => storeIn(folder, { identityFile: undefined, askPassphrase: async () => new Secret('canary phrase') })
  await store().write('us', entry('canary-key'))
  const typed = (command: string, input: string): number | null => spawnSync('script', ['-qec', command, '/dev/null'], { input, stdio: ['pipe', 'ignore', 'ignore'], timeout: 30_000 }).status
  t.equal(typed(`age -d -o ${folder}/plain ${file}`, 'canary phrase\n'), 0)
  t.match(readFileSync(join(folder, 'plain'), 'utf8'), /canary-key/)

  writeFileSync(join(folder, 'whole'), WHOLE)
  t.equal(typed(`age -p -o ${file} ${folder}/whole`, 'canary phrase\ncanary phrase\n'), 0)
  chmodSync(file, 0o600)
  t.equal(await keyOf(store(), 'us'), 'canary-age')
})
