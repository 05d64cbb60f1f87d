// What was seen, against what must be so. Some things must be so in every case: exactly the route's key on
// every request that goes up, none of the client's credentials, whole and plain messages, no key that comes back.

import { CANARY, KEYS } from './case.ts'
import type { Answered, Outcome, PlaceName, Reached } from './case.ts'
import { valuesOf } from './message.ts'
import type { Message, Reading } from './message.ts'

interface Seen extends Reading {
  readonly text: string
  readonly end: 'open' | 'fin' | 'reset'
}

export interface Observation {
  readonly client: Seen
  readonly connections: readonly (Seen & {
    readonly place: PlaceName
    /** What the upstream waited for in vain. */
    readonly complaint: string | undefined
  })[]
}

/** Eight bytes of a key of the suite: each repeats its first six to the end. */
const KEY_PART = new RegExp(`(?:${[KEYS.main, KEYS.eu].map((key) => key.slice(8, 14)).join('|')})[0-9a-f]{2}`)

/** @returns What was wrong; empty for a pass. */
export function judge (seen: Observation, outcome: Outcome, ours: boolean): readonly string[] {
  if (outcome.raw === true) return seen.connections.flatMap(({ complaint }) => complaint === undefined ? [] : [`the upstream waited in vain: ${complaint}`])
  return [...alwaysWrong(seen, outcome), ...upstreamWrong(seen, outcome, ours), ...clientWrong(seen, outcome, ours)]
}

function alwaysWrong ({ client, connections }: Observation, { answers }: Outcome): readonly string[] {
  const wrong: string[] = []
  for (const { place, garbage, messages } of connections) {
    if (garbage !== '') wrong.push(`bytes that are no plain request reached ${place}: ${shown(garbage)}`)
    for (const message of messages.filter(({ headers }) => headers.length > 0)) wrong.push(...credentialsWrong(message, place))
  }
  if (KEY_PART.test(client.text)) wrong.push('a key came back')
  const refusedWithoutHead = answers === 'a refusal' && client.messages.length === 0 && client.end !== 'open' // as HTTP/0.9 has it
  if (client.garbage !== '' && !refusedWithoutHead) wrong.push(`bytes that are no plain answer came back: ${shown(client.garbage)}`)
  return wrong
}

function credentialsWrong (message: Message, place: PlaceName): readonly string[] {
  const [key, workspace] = place === 'eu' ? [KEYS.eu, KEYS.euWorkspace] : [KEYS.main, KEYS.mainWorkspace]
  const wrong: string[] = []
  const heads = [message.startLine, ...message.headers.map(([name, value]) => `${name}: ${value}`)]
  const leaked = heads.find((line) => line.includes(CANARY))
  if (leaked !== undefined) wrong.push(`a credential of the client reached ${place}: ${shown(leaked)}`)
  const keys = valuesOf(message, 'x-api-key')
  if (keys.length !== 1 || keys[0] !== key) wrong.push(`${keys.length === 0 ? 'no key' : 'not exactly the key of the route'} reached ${place}`)
  const workspaces = valuesOf(message, 'x-tenant-id')
  if (workspaces.length !== 1 || workspaces[0] !== workspace) wrong.push(`not exactly the workspace of the route reached ${place}`)
  return wrong
}

function upstreamWrong ({ connections }: Observation, { reaches, letsGo }: Outcome, ours: boolean): readonly string[] {
  const requests = connections.flatMap((connection) => connection.messages.map((message) => ({ message, connection })))
  const wrong = connections.flatMap(({ complaint }) => complaint === undefined ? [] : [`the upstream waited in vain: ${complaint}`])
  if (requests.length !== reaches.length) wrong.push(`${requests.length} instead of ${reaches.length} requests reached an upstream: ${requests.map(({ message }) => shown(message.startLine)).join('; ')}`)
  for (const [i, reached] of reaches.entries()) {
    const request = requests[i]
    if (request !== undefined) wrong.push(...requestWrong(request.message, request.connection, reached, ours))
  }
  if (letsGo === true && connections.some(({ end, messages }) => end === 'open' && messages.length > 0)) wrong.push('the connection with the upstream stayed open')
  return wrong
}

function requestWrong (message: Message, { place, end }: Observation['connections'][number], reached: Reached, ours: boolean): readonly string[] {
  const wrong: string[] = []
  if (place !== (reached.place ?? 'main')) wrong.push(`it reached ${place}`)
  if (message.startLine !== reached.line) wrong.push(`the request line became ${shown(message.startLine)}`)
  if (reached.cut === true) {
    if (message.complete) wrong.push('the broken request looks complete')
    if (end === 'open') wrong.push('the connection of the broken request stayed open')
  } else if (!message.complete) {
    wrong.push('the request did not arrive whole')
  }
  if (reached.body !== undefined && message.body !== reached.body) wrong.push(`its body became ${shown(message.body)}`)
  if (reached.trailers !== undefined && reached.trailers.join('\n') !== message.trailers.join('\n')) wrong.push(`its trailers became ${message.trailers.map(shown).join(', ')}`)
  return [...wrong, ...headersWrong(message, reached, ours)]
}

function clientWrong ({ client }: Observation, { answers, then, withholds }: Outcome, ours: boolean): readonly string[] {
  const wrong: string[] = []
  if (withholds !== undefined && client.text.toLowerCase().includes(withholds.toLowerCase())) wrong.push(`'${withholds}' came back`)
  const came = client.messages.filter(({ startLine }) => !/^HTTP\/1\.[01] 1/.test(startLine))
  if (answers === 'a refusal') {
    const first = came[0]
    if (first === undefined ? client.end === 'open' : statusOf(first) < 400) wrong.push(first === undefined ? 'no answer, and the connection stayed open' : `answered ${statusOf(first)}`)
  } else {
    if (came.length !== answers.length) wrong.push(`${came.length} instead of ${answers.length} answers came: ${came.map(({ startLine }) => shown(startLine)).join('; ')}${came.length === 0 ? `(${client.end})` : ''}`)
    for (const [i, answered] of answers.entries()) {
      const message = came[i]
      if (message !== undefined) wrong.push(...answerWrong(message, client.end, answered, ours))
    }
  }
  if (then === 'open' && client.end !== 'open') wrong.push('the connection of the client was closed')
  if (then === 'closed' && client.end === 'open') wrong.push('the connection of the client stayed open')
  return wrong
}

function answerWrong (message: Message, end: Seen['end'], answered: Answered, ours: boolean): readonly string[] {
  const wrong: string[] = []
  const statuses = typeof answered.status === 'number' ? [answered.status] : answered.status
  if (!statuses.includes(statusOf(message))) wrong.push(`answered ${statusOf(message)} instead of ${statuses.join(' or ')}`)
  if (ours) {
    const marker = valuesOf(message, 'x-langsmith-proxy').join()
    const wanted = answered.own === true ? 'proxy' : answered.code === undefined ? 'upstream' : `proxy; code=${answered.code}`
    if (marker !== wanted) wrong.push(`marked as ${shown(marker)} instead of ${wanted}`)
  }
  if (answered.cut === true) {
    if (message.complete) wrong.push('the broken answer looks complete')
    if (end === 'open') wrong.push('the broken answer was not cut')
  } else if (!message.complete) {
    wrong.push('the answer did not come whole')
  }
  if (answered.body !== undefined && message.body !== answered.body) wrong.push(`the body of the answer became ${shown(message.body)}`)
  return [...wrong, ...headersWrong(message, answered, ours)]
}

function headersWrong (message: Message, { has = [], lacks = [], exact }: Pick<Reached, 'has' | 'lacks' | 'exact'>, ours: boolean): readonly string[] {
  const seen = message.headers.map(([name, value]) => `${name}: ${value}`)
  const [lines, wanted] = ours || exact === true ? [seen, has] : [folded(seen), folded(has)]
  const came = lines.filter((line) => wanted.includes(line))
  const wrong = came.join('\n') === wanted.join('\n') ? [] : [`wanted ${wanted.map(shown).join(', ')}, came ${came.map(shown).join(', ') || lines.map((line) => shown(line.replace(new RegExp(`${KEY_PART.source}.*`), '…'))).join(', ')}`]
  for (const name of lacks) if (message.headers.some(([header, value]) => [header, `${header}: ${value}`].some((text) => text.toLowerCase() === name))) wrong.push(`${name} passed through`)
  return wrong
}

/** Header lines so that those with the same meaning are equal: names in lower case, order kept within a name only. */
function folded (lines: readonly string[]): readonly string[] {
  const nameOf = (line: string): string => line.slice(0, line.indexOf(':')).toLowerCase()
  return lines.map((line) => ({ name: nameOf(line), line: nameOf(line) + line.slice(line.indexOf(':')) }))
    .sort((one, other) => one.name < other.name ? -1 : one.name > other.name ? 1 : 0)
    .map(({ line }) => line)
}

function statusOf ({ startLine }: Message): number {
  return Number(startLine.slice(9, 12))
}

function shown (text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
