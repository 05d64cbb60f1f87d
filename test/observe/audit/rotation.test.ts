// The audit file beside log rotation, reloads and full disks: no line is lost without being counted, and no request waits.

import { existsSync, mkdirSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import type { Test } from 'tap'
import { Pool } from 'undici'
import { AUDIT, startTeam } from './support.ts'
import type { Team } from './support.ts'

/** Sends requests, as many as asked for or until told to stop, and looks at every answer. @returns How many had which status. */
async function send (t: Pick<Test, 'teardown'>, { program, keys }: Team, most: number, goesOn = (): boolean => true): Promise<Record<string, number>> {
  const pool = new Pool(program.url, { connections: 10 })
  t.teardown(() => pool.destroy())
  const statuses: Record<string, number> = {}
  let left = most
  const worker = async (): Promise<void> => {
    while (left-- > 0 && goesOn()) {
      const { statusCode, body } = await pool.request({ path: '/sessions', method: 'GET', headers: { 'x-api-key': keys.ana } })
      await body.dump()
      statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: 10 }, worker))
  return statuses
}

t.test('SIGHUP after a rename: later lines are in a new file, and none is lost, doubled or torn', async (t) => {
  const team = await startTeam(t)
  const { program, path, records, call, keys: { ana } } = team
  let rotating = true
  const traffic = send(t, team, 100_000, () => rotating)
  for (const name of ['audit.1', 'audit.2', 'audit.3']) {
    await program.until('lines', () => records().length > 10 || undefined)
    renameSync(path('audit.jsonl'), path(name))
    program.child.kill('SIGHUP')
    await program.until('the new file', () => existsSync(path('audit.jsonl')) || undefined)
  }
  rotating = false
  const { 200: served = 0, ...others } = await traffic
  t.same(others, {})
  t.equal(await call('/datasets', { key: ana }), 200)
  await program.until('the last line', () => records().find(({ about }) => about === 'datasets'))
  const all = ['audit.1', 'audit.2', 'audit.3', 'audit.jsonl'].flatMap((name) => records(name))
  t.equal(all.length, served + 1)
  t.equal(new Set(all.map(({ reqId }) => reqId)).size, served + 1)
  t.equal(statSync(path('audit.jsonl')).mode & 0o777, 0o600)
  await program.until('the reloads', () => program.lines('config.reloaded').length === 3 || undefined)
  t.strictSame(program.lines('audit.failed'), [])
})

t.test('SIGHUP opens it anew although the config has a mistake by now', async (t) => {
  const { program, path, records, call, config, keys: { ana } } = await startTeam(t)
  await call('/runs', { key: ana })
  await program.until('a line', () => records().length === 1 || undefined)
  writeFileSync(path('config.yaml'), config('audit: { fille: x }'))
  await program.until('config.rejected', () => program.lines('config.rejected')[0])
  renameSync(path('audit.jsonl'), path('audit.1'))
  program.child.kill('SIGHUP')
  await program.until('the new file', () => existsSync(path('audit.jsonl')) || undefined)
  await call('/runs', { key: ana })
  await program.until('its line', () => records().length === 1 || undefined)
  t.equal(records('audit.1').length, 1)
})

t.test('where it cannot be opened anew the one before is written on, and an error says so', async (t) => {
  const { program, path, records, call, keys: { ana } } = await startTeam(t)
  renameSync(path('audit.jsonl'), path('audit.1'))
  mkdirSync(path('audit.jsonl'))
  program.child.kill('SIGHUP')
  const failed = await program.until('audit.failed', () => program.lines('audit.failed')[0])
  t.match(failed, { level: 'error', code: 'audit-unwritable', message: /audit\.jsonl \(audit\.file\) cannot be opened: it is a folder; the one before is written on$/ })
  t.equal(await call('/runs', { key: ana }), 200)
  await program.until('its line', () => records('audit.1').length === 1 || undefined)
  rmdirSync(path('audit.jsonl'))
  program.child.kill('SIGHUP')
  await program.until('the new file', () => existsSync(path('audit.jsonl')) || undefined)
})

t.test('a reload takes another file, none, or one again; one that cannot be opened changes nothing', async (t) => {
  const { program, path, records, call, config, keys: { ana } } = await startTeam(t)
  const reload = async (settings: string, event: string, count: number): Promise<Record<string, unknown> | undefined> => {
    writeFileSync(path('config.yaml'), config(settings))
    return program.until(event, () => program.lines(event)[count - 1])
  }
  t.match(await reload('audit: { file: missing/audit.jsonl }', 'config.rejected', 1), { code: 'audit-unwritable', message: /its folder is not there/ })
  await call('/runs', { key: ana })
  await program.until('a line', () => records().length === 1 || undefined)
  t.match(await reload('audit: { file: other.jsonl }', 'config.reloaded', 1), { changed: ['audit.file'], needs_restart: [] })
  await call('/runs', { key: ana })
  await program.until('a line', () => records('other.jsonl').length === 1 || undefined)
  t.match(await reload('', 'config.reloaded', 2), { changed: ['audit.file'] })
  t.equal(await call('/runs', { key: ana }), 200)
  await reload('audit: { file: audit.jsonl }', 'config.reloaded', 3)
  await call('/sessions', { key: ana })
  await program.until('a line', () => records().length === 2 || undefined)
  t.match(records(), [{ about: 'runs' }, { about: 'projects' }])
  t.equal(records('other.jsonl').length, 1)
})

t.test('a full disk: requests are served on, lost lines are counted and said, and it ends cleanly', { skip: !existsSync('/dev/full') && 'there is no /dev/full here' }, async (t) => {
  const team = await startTeam(t, 'audit: { file: /dev/full }')
  const { program, keys: { ana, root }, call } = team
  t.same(await send(t, team, 5000), { 200: 5000 })
  t.match(program.lines('audit.failed'), [{ level: 'error', message: 'the audit file /dev/full cannot be written: the disk is full; requests go on, lines wait, and those beyond 1 MiB are lost' }])
  t.equal(program.lines('audit.failed').length, 1, 'said once')
  const metrics = await (await fetch(`${program.url}/-/metrics`, { headers: { 'x-api-key': root } })).text()
  const lost = Number(/^langsmith_proxy_audit_lines_lost_total (\d+)$/m.exec(metrics)?.[1])
  t.ok(lost > 500 && lost < 5000, `${String(lost)} lines are lost, the others wait`)
  t.equal(await call('/runs', { key: ana }), 200)
  program.child.kill('SIGTERM')
  t.equal((await program.end()).code, 0)
  const told = program.lines('audit.lost').reduce((sum, { lines }) => sum + Number(lines), 0)
  t.equal(told, 5001, 'also those that waited')
})

// A limit on the size of files is what a disk that was full and has room again looks like.
t.test('once there is room again the record goes on, and one line of the log says how many are missing', { skip: process.platform === 'win32' && 'needs ulimit' }, async (t) => {
  const team = await startTeam(t, AUDIT, { shell: 'unset NODE_OPTIONS; ulimit -f 1000;' })
  const { program, path, records } = team
  t.same(await send(t, team, 6000), { 200: 6000 })
  await program.until('audit.failed', () => program.lines('audit.failed')[0])
  renameSync(path('audit.jsonl'), path('audit.1'))
  program.child.kill('SIGHUP')
  const { lines } = await program.until('audit.lost', () => program.lines('audit.lost')[0])
  t.same(await send(t, team, 10), { 200: 10 })
  await program.until('later lines', () => records().length === 10 || undefined)
  t.equal(records('audit.1').length + Number(lines), 6000, 'written or counted')
})
