import t from 'tap'
import { startProgram } from '../support/process.ts'
import { TEST_KEY } from '../support/proxy.ts'

t.test('this version of Node knows every flag that it is given', async (t) => {
  const program = await startProgram(t, [], { env: { LANGSMITH_API_KEY: TEST_KEY } })
  const others = `${program.stdout()}\n${program.stderr()}`.split('\n').filter((line) => line !== '' && !line.startsWith('{'))
  t.same(others, [], 'V8 would name those that it does not know')
})
