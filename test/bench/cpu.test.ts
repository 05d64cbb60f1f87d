// CPU time and memory are read out of /proc; a wrong field would make every figure of the bench wrong.

import { spawn } from 'node:child_process'
import t from 'tap'
import { cpuMicros, forgetPeak, parseMemory, parseStat, peakMiB, residentMiB, treeOf } from '../../bench/cpu.ts'

t.test('of a process the parent and all its times are read, whatever its name', async (t) => {
  const rest = 'S 7 1234 1234 0 -1 4194304 900 0 0 0 100 20 3 4 20 0 1 0 99999 1000000 2000'
  for (const name of ['nginx', 'a b', 'x) R 1 (y', ')']) t.strictSame(parseStat(`42 (${name}) ${rest}\n`), { parent: 7, ticks: 127 }, name)
})

t.test('memory is MiB; a process without any has none', async (t) => {
  const status = 'Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n'
  t.equal(parseMemory(status, 'VmRSS'), 100)
  t.equal(parseMemory(status, 'VmHWM'), 200)
  t.equal(parseMemory('Name:\tkthreadd\n', 'VmRSS'), 0)
})

t.test('a tree is the process and all below it', async (t) => {
  const parents = new Map([[1, 0], [10, 1], [11, 10], [12, 11], [20, 1]])
  t.strictSame([...treeOf(10, parents)].sort(), [10, 11, 12])
  t.strictSame(treeOf(99, parents), [99])
})

t.test('what a child does counts, what others do does not', { skip: process.platform === 'linux' ? false : 'reads /proc' }, async (t) => {
  const busy = 'const end = Date.now() + 500; while (Date.now() < end); console.log("done"); setInterval(() => {}, 1000)'
  const parent = spawn('sh', ['-c', '"$@" & wait', 'sh', process.execPath, '-e', busy], { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  t.teardown(() => { process.kill(-(parent.pid ?? NaN), 'SIGKILL') })
  const idle = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.teardown(() => { idle.kill('SIGKILL') })
  await new Promise((resolve) => { parent.stdout.once('data', resolve) })

  const [used, others] = [cpuMicros(parent.pid ?? 0), cpuMicros(idle.pid ?? 0)]
  t.ok(used > 50_000 && used > others, `${used} µs, idle ${others} µs`)
  t.ok(residentMiB(parent.pid ?? 0) > 20)
  forgetPeak(parent.pid ?? 0)
  t.ok(peakMiB(parent.pid ?? 0) >= residentMiB(parent.pid ?? 0) * 0.9)
  t.equal(residentMiB(2 ** 22 + 1), 0, 'a process that is not there has none')
})
