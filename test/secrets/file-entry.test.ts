// `file:/path#entry`.

import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import type { Test } from 'tap'
import { createFileSource } from '../../src/secrets/sources/file.ts'
import { fieldOf, testSourceContract } from './source-contract.ts'

const source = createFileSource({ uid: process.getuid?.(), allowLooseFileModes: false })

const folder = t.testdir({})
let count = 0
testSourceContract(t, {
  source,
  absent: fieldOf('file', join(folder, 'absent.json'), 'api_key'),
  store: (text) => {
    const path = join(folder, `stored-${count++}.json`)
    writeFileSync(path, JSON.stringify({ other: 'x', api_key: text }), { mode: 0o600 })
    return Promise.resolve(fieldOf('file', path, 'api_key'))
  }
})

/** Reads an entry of a file of that name. */
async function entry (t: Test, name: string, content: string, field: string): Promise<string | undefined> {
  const path = join(t.testdir({ [name]: content }), name)
  chmodSync(path, 0o600)
  return (await source.read(fieldOf('file', path, field)))?.text
}

t.test('a file with entries is as closed to others as one with a key alone', async (t) => {
  const path = join(t.testdir({ 'keys.json': '{"a": "canary"}', 'large.json': `{"a": "${'x'.repeat(65_536)}"}` }), 'keys.json')
  chmodSync(path, 0o640)
  await t.rejects(source.read(fieldOf('file', path, 'a')), { code: 'secret-exposed', hint: `run chmod 600 ${path}, or set secrets.allowLooseFileModes if its mode cannot be changed` })
  await t.rejects(source.read(fieldOf('file', path.replace('keys', 'large'), 'a')), { code: 'secret-unusable', message: /larger than 64 KiB/ })
})

t.test('a file that cannot be parsed says in which line, and quotes nothing of it', async (t) => {
  const cases: readonly [name: string, content: string, line: number][] = [
    ['cut.json', '{\n  "a": "canary-value",\n  "b": "canary', 3],
    ['comma.json', '{\n  "a": "canary-value"\n  "canary-b": 1\n}', 3],
    ['twice.yaml', 'a: canary-value\na: canary-other\n', 2],
    ['indent.yml', 'a:\n  b: canary-value\n c: canary\n', 3],
    ['tag.yaml', 'b: 1\na: !vault canary-value\n', 2],
    ['two.yaml', 'a: canary-value\n---\nb: canary\n', 2],
    ['quote', 'x: 1\na: "canary-value\n', 3]
  ]
  for (const [name, content, line] of cases) {
    const error: unknown = await entry(t, name, content, 'a').catch((error: unknown) => error)
    t.match(error, { code: 'secret-unusable', message: `: line ${line} of the file cannot be read as YAML or JSON` }, name)
    t.notMatch(inspect(error, { depth: 9 }), /canary/, name)
  }
})

t.test('a file that would fill the memory, or end the process, is refused', async (t) => {
  const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefghi'.split('').map((name, at) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[at] ?? ''}`).join()}]`)].join('\n')
  for (const [content, what] of [[bomb, 'aliases that multiply'], ['key: *canary', 'an alias of nothing'], ['{"a":'.repeat(10_000), 'depth'], ['- '.repeat(32_000), 'depth in one line']] as const) {
    const error: unknown = await entry(t, 'bomb.yaml', content, 'a').catch((error: unknown) => error)
    t.match(error, { code: 'secret-unusable' }, what)
    t.notMatch(inspect(error, { depth: 9 }), /canary/, what)
  }
})

t.test('an entry that is not text says what it is', async (t) => {
  const content = 'number: 12345\nflag: true\nlist: [canary]\ngroup: { key: canary }\nbytes: !!binary Y2FuYXJ5\n'
  for (const [field, what] of [['number', 'a number'], ['flag', 'true or false'], ['list', 'a list'], ['group', 'a group of entries'], ['bytes', 'something else']] as const) {
    await t.rejects(entry(t, 'keys.yaml', content, field), { code: 'secret-unusable', message: new RegExp(`#${field} is ${what}, not text$`) })
  }
  await t.rejects(entry(t, 'keys.yaml', content, 'group'), { code: 'secret-unusable', hint: /name one entry of the group/ })
  for (const [whole, what] of [['canary-value\n', 'one text'], ['- canary\n', 'a list'], ['12', 'a number']] as const) {
    await t.rejects(entry(t, 'key', whole, 'a'), { code: 'secret-unusable', message: `names an entry, but the file holds ${what} and no names`, hint: /leave out #/ })
  }
})

t.test('what is not in the file is nothing, even where every object has it', async (t) => {
  for (const name of ['keys.json', 'keys.yaml', 'keys.env', 'keys']) {
    const content = name === 'keys.env' ? 'a=x\n' : '{"a": "x", "list": ["x"]}'
    for (const field of ['b', 'constructor', '__proto__', 'toString', 'constructor.name', '__proto__.constructor', 'a.length', 'a.0', 'list.0', 'list.length', 'a.b.c', '.', 'a.']) {
      t.equal(await entry(t, name, content, field), undefined, `${name}#${field}`)
    }
    t.equal(await entry(t, name, '', 'a'), undefined, `an empty ${name}`)
  }
})

t.test('an entry is found by its name, else along the dots', async (t) => {
  const json = '{"langsmith": {"api_key": "deep", "eu.key": "no"}, "eu.key": "exact", "eu": {"key": "hidden"}, "nothing": null, "empty": ""}'
  t.equal(await entry(t, 'keys.json', json, 'langsmith.api_key'), 'deep')
  t.equal(await entry(t, 'keys.json', json, 'eu.key'), 'exact', 'the whole name comes first')
  t.equal(await entry(t, 'keys.json', json, 'empty'), '')
  t.equal(await entry(t, 'keys.json', json, 'nothing'), '', 'a name with nothing behind it is empty')
  t.equal(await entry(t, 'keys.yml', '# c\nbase: &b { key: anchored }\nuse: *b\ntext: |\n  lines\n', 'use.key'), 'anchored')
  t.match(source.place(fieldOf('file', '/run/keys.json', 'eu.key')), /^entry eu\.key of file \/run\/keys\.json$/)
})

t.test('the form of a file is known by its name, else by what it begins with', async (t) => {
  const dotenv = '# keys\r\nexport LANGSMITH_API_KEY="value" # note\r\nOTHER=\'a b\'\r\n'
  for (const name of ['.env', '.env.local', 'production.env', 'secrets']) {
    t.equal(await entry(t, name, dotenv, 'LANGSMITH_API_KEY'), 'value', name)
    t.equal(await entry(t, name, dotenv, 'OTHER'), 'a b', name)
  }
  for (const name of ['keys.json', 'keys', 'keys.txt']) t.equal(await entry(t, name, '\ufeff \n\t{\n\t"a": "val\\u00fce",\n\t"b": [1]\n}', 'a'), 'valüe', name)
  for (const name of ['keys.yaml', 'keys.yml', 'keys']) t.equal(await entry(t, name, '# a=b\na: x=value\n', 'a'), 'x=value', name)
  await t.rejects(entry(t, 'keys.yaml', 'A=value', 'A'), { code: 'secret-unusable' }, 'the name counts more')
})
