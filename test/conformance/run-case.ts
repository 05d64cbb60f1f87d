// Plays one case against a running target, and says what was wrong.

import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { REFUSED } from './case.ts'
import type { Case, Outcome, Step } from './case.ts'
import { judge } from './judge.ts'
import type { Observation } from './judge.ts'
import type { Places } from './places.ts'
import { Side, soon } from './side.ts'
import type { OtherEnd } from './side.ts'

/** After the last byte and the last step, for what should not come. */
const QUIET_MS = 40
const PATIENCE_MS = 1500
/** After a failure, so that what is still under way does not reach the upstreams of the next case. */
const LEFT_OVERS_MS = 50
/** So that a program notices the end of a connection that it keeps, and does not use it for the next case. */
const KEPT_MS = 20

/**
 * @param ours - Judge by the outcome that this proxy must have, codes included.
 * @returns What was wrong; empty for a pass.
 */
export async function runCase (testCase: Case, port: number, places: Places, ours: boolean): Promise<readonly string[]> {
  const patience = testCase.patience ?? PATIENCE_MS
  const outcomes = outcomesOf(testCase, ours)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const toHead = (nth: number): boolean => outcomes.some(({ answers }) => typeof answers !== 'string' && answers[nth]?.toHead === true)
  const client = new Side(socket, { kind: 'answer', toHead })
  places.begin(testCase.upstream, client, patience)
  const upstreams: OtherEnd = {
    text: () => places.connections().map(({ side }) => side.text()).join(''),
    wasHeld: () => places.connections().some(({ side }) => side.wasHeld())
  }

  const steps: readonly Step[] = typeof testCase.send === 'string' ? [testCase.send] : testCase.send
  const complaint = await client.play(steps, upstreams, patience)
  const playedAt = performance.now() // the last thing sent may be what must have no effect
  const observe = (): Observation => ({
    client: { ...client.read(), end: socket.destroyed && client.end === 'open' ? 'fin' : client.end, text: client.text() },
    connections: places.connections().map(({ place, side, complaint: vain }) => ({ place, ...side.read(), end: side.end, text: side.text(), complaint: vain }))
  })
  const verdict = (): readonly string[] => best(outcomes.map((outcome) => judge(observe(), outcome, ours)))
  const isQuiet = (): boolean => performance.now() - Math.max(playedAt, client.lastAt, ...places.connections().map(({ side }) => side.lastAt)) > QUIET_MS

  const isOver = (): boolean => socket.destroyed && places.connections().every(({ side }) => side.end !== 'open')

  await soon(() => isQuiet() && (isOver() || verdict().length === 0), patience)
  const wrong = verdict()
  socket.destroy()
  if (wrong.length > 0) await pause(LEFT_OVERS_MS)
  const kept = places.connections().some(({ side }) => side.end === 'open')
  places.reset()
  if (kept) await pause(KEPT_MS)
  return complaint === undefined ? wrong : [`the client waited in vain: ${complaint}`, ...wrong]
}

function outcomesOf ({ expect, ours }: Case, forUs: boolean): readonly Outcome[] {
  const outcomes = listOf(expect)
  return forUs ? listOf(ours ?? outcomes[0] ?? REFUSED) : outcomes
}

function listOf (right: Outcome | readonly Outcome[]): readonly Outcome[] {
  return 'reaches' in right ? [right] : right
}

function best (verdicts: readonly (readonly string[])[]): readonly string[] {
  return verdicts.reduce((one, other) => other.length < one.length ? other : one)
}
