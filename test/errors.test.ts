import t from 'tap'
import { describeFailure, EXIT_ERRORS, HTTP_ERRORS, ProxyError } from '../src/errors.ts'
import type { ErrorCode } from '../src/errors.ts'

t.test('every code has a status or an exit code of its own kind, and an action', async (t) => {
  for (const [code, { status, hint }] of Object.entries(HTTP_ERRORS)) {
    t.match(code, /^[a-z]+(?:-[a-z]+)*$/)
    t.ok(status >= 400 && status < 600 && Number.isInteger(status), code)
    t.notOk([404, 500].includes(status), `${code}: SDKs draw wrong conclusions from 404, and do not retry 500`)
    t.match(hint, /^\S.*[^.\s]$/, `${code}: no final dot`)
    t.notOk(code in EXIT_ERRORS, `${code} means one thing`)
  }
  for (const [code, { exit, hint }] of Object.entries(EXIT_ERRORS)) {
    t.match(code, /^[a-z]+(?:-[a-z]+)*$/)
    t.ok([1, 2, 126, 127].includes(exit), code)
    t.match(hint, /^\S.*[^.\s]$/)
  }
})

t.test('an error has the hint and the exit code of its table entry, unless it knows better', async (t) => {
  const cause = new Error('canary')
  const cases: readonly [code: ErrorCode, exitCode: 1 | 2][] = [['config-invalid', 2], ['listen-failed', 1], ['secret-unreadable', 1], ['upstream-timeout', 1]]
  for (const [code, exitCode] of cases) {
    const error = new ProxyError(code, 'what is wrong', { cause })
    t.match(error, { name: 'ProxyError', code, exitCode, message: 'what is wrong', hint: { ...HTTP_ERRORS, ...EXIT_ERRORS }[code].hint })
    t.equal(error.cause, cause)
    t.notMatch(String(error), /canary/)
  }
  t.equal(new ProxyError('no-route', 'x', { hint: 'do this' }).hint, 'do this')
  t.equal(new ProxyError('no-route', 'x', { hint: undefined }).hint, HTTP_ERRORS['no-route'].hint)
  t.equal(new ProxyError('no-route', 'x').cause, undefined)
})

t.test('of an unexpected error, only name, code and place are told', async (t) => {
  const failure = describeFailure(Object.assign(new TypeError('canary value\n    at canary (/home/canary/x.ts:1:1)'), { code: 'ERR_INVALID_ARG_TYPE' }))
  t.match(failure, { name: 'TypeError', reason: 'ERR_INVALID_ARG_TYPE', at: /errors\.test\.[a-z]+:\d+/ })
  t.notMatch(JSON.stringify(failure), /canary/)
  t.notMatch(failure.at, /\/(?:work|home|test)\//, 'no path of this machine')
  t.match(describeFailure(new Error('x')), { name: 'Error', reason: 'no code' })
  t.match(describeFailure(Object.assign(new Error('x'), { code: 42 })), { reason: 'no code' })
  t.strictSame(describeFailure(Object.assign(new Error('x'), { stack: undefined })), { name: 'Error', reason: 'no code' })
  t.strictSame(describeFailure('canary'), { name: 'unknown', reason: 'string' })
  t.strictSame(describeFailure(undefined), { name: 'unknown', reason: 'undefined' })
})
