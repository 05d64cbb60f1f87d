// Keys in the query are cut out like those in headers; the rest of the query stays byte for byte.

import { CANARY, forwarded, REFUSED, request } from '../case.ts'
import type { Case } from '../case.ts'

/** What the client asks for, and what is left of it. */
const CUT: readonly (readonly [says: string, target: string, left: string])[] = [
  ['api_key', `/x?api_key=${CANARY}`, '/x'],
  ['apikey', `/x?apikey=${CANARY}`, '/x'],
  ['api-key', `/x?api-key=${CANARY}`, '/x'],
  ['x-api-key', `/x?x-api-key=${CANARY}`, '/x'],
  ['x_api_key', `/x?x_api_key=${CANARY}`, '/x'],
  ['API_KEY in upper case', `/x?API_KEY=${CANARY}`, '/x'],
  ['ApiKey in mixed case', `/x?ApiKey=${CANARY}`, '/x'],
  ['%61pi_key (escaped letter)', `/x?%61pi_key=${CANARY}`, '/x'],
  ['api%5Fkey (escaped underscore)', `/x?api%5Fkey=${CANARY}`, '/x'],
  ['%58-%41%50%49-%4b%45%59 (all escaped)', `/x?%58-%41%50%49-%4b%45%59=${CANARY}`, '/x'],
  ['api_key first', `/x?api_key=${CANARY}&a=%2F&b=c+d`, '/x?a=%2F&b=c+d'],
  ['api_key in the middle', `/x?a=1&api_key=${CANARY}&b=2`, '/x?a=1&b=2'],
  ['api_key last', `/x?a=%e2%9c%93&api_key=${CANARY}`, '/x?a=%e2%9c%93'],
  ['api_key twice', `/x?api_key=${CANARY}&a=1&api_key=${CANARY}`, '/x?a=1'],
  ['api_key with a = in its value', `/x?api_key=${CANARY}=${CANARY}&a=1`, '/x?a=1'],
  ['api_key with a ? in its value', `/x?api_key=${CANARY}?${CANARY}&a=1`, '/x?a=1'],
  ['api_key beside a broken escape', `/x?a=%zz&api_key=${CANARY}`, '/x?a=%zz']
]

const ALIKE = ['/x?monkey=1&keyword=2', '/x?my_api_key_id=1', '/x?apikeys=1&x-api-keys=2', '/x?a=api_key', '/x?a=1;keys', '/x?key=sort&%6bey=1']

export const queryCredentials: readonly Case[] = [
  ...CUT.map(([says, target, left]) => ({
    name: `a key in the query is cut out: ${says}`,
    promise: 'P3',
    send: request(`GET ${target}`),
    expect: [forwarded({ line: `GET ${left} HTTP/1.1` }), REFUSED, ...left.includes('?') ? [] : [forwarded({ line: `GET ${left}? HTTP/1.1` })]]
  })),
  {
    name: 'a key in the query of a prefix is cut out',
    promise: 'P3',
    send: request(`GET /eu/x?api_key=${CANARY}&a=1`),
    expect: [forwarded({ place: 'eu', line: 'GET /x?a=1 HTTP/1.1' }), REFUSED]
  },
  ...ALIKE.map((target) => ({
    name: `a query that only looks like one with a key stays: ${target}`,
    promise: 'P5',
    send: request(`GET ${target}`),
    expect: forwarded({ line: `GET ${target} HTTP/1.1` })
  }))
]
