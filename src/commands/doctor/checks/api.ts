// Whether the upstream is a LangSmith API, of which version, and how fast: GET /info, which is public.

import { fail, ok, warn } from '../finding.ts'
import type { Finding } from '../finding.ts'
import { fieldOf, parseJson } from '../../../diagnosis/probe/read-json.ts'
import { headerOf } from '../../../upstream/ask.ts'
import type { Asked } from '../../../upstream/ask.ts'

/** SDKs give up a trace after three seconds without a connection and ten without an answer. */
const SLOW_MS = 1000
const LONGEST_VERSION = 40
const ADDRESS = 'the API of a cloud is api.smith.langchain.com (eu.api.…, apac.api.…, aws.api.…); that of a self-hosted LangSmith is at https://HOST/api/v1'

export function judgeApi (host: string, asked: Asked): Finding {
  if (!asked.answered) return fail('api', `${host}: ${asked.failure.detail}`, asked.failure.hint ?? 'try again; if it stays so, look for a proxy or a firewall on the way')
  const { status } = asked
  if (status >= 500) return fail('api', `${host} answers /info with status ${status}`, 'look at the status page of LangSmith, or at your own installation, and try again')
  const version = versionOf(asked)
  if (version !== undefined) return ok('api', `LangSmith ${version}`)
  if (status === 401 || status === 403) return warn('api', `something before ${host} does not let /info through (status ${status}), which is public`, 'let /info through where the gate is run: SDKs ask it what this LangSmith can do')
  const isPage = (headerOf(asked.headers, 'content-type') ?? '').toLowerCase().includes('html')
  return fail('api', `${host} does not answer /info as a LangSmith API does: status ${status}${isPage ? ', a web page' : ''}`, `check the address of the upstream: ${ADDRESS}`)
}

/** Whether this is one of LangSmith's other services: they have /info at their root. @param asked - The answer to that. */
export function judgeOther (host: string, asked: Asked): Finding | undefined {
  if (!asked.answered || versionOf(asked) === undefined) return undefined
  return warn('api', `${host} is not the main API but another service of LangSmith, such as an Agent Server`, `if it is meant to be the main API, correct the address of the upstream: ${ADDRESS}`)
}

/**
 * Whether calls without /api/v1, as SDKs make them, reach the API as well: a self-hosted LangSmith has web pages there.
 *
 * @param origin - Of an upstream without a base path.
 * @param asked - The answer to /info at the root.
 */
export function judgeRoot (origin: string, asked: Asked): Finding | undefined {
  if (!asked.answered || versionOf(asked) !== undefined) return undefined
  return warn('api', `${origin}/api/v1/info is the API, but ${origin}/info is not (status ${asked.status}): the calls of SDKs fail`, `set the upstream (without a config file: LANGSMITH_ENDPOINT) to ${origin}/api/v1`)
}

export function judgeLatency (asked: Asked): Finding | undefined {
  if (!asked.answered) return undefined
  const says = `an answer takes ${asked.ms} ms`
  return asked.ms > SLOW_MS ? warn('latency', says, 'choose the region that is nearest, or look for what slows the way down; tools that trace in the background are not held up') : ok('latency', says)
}

function versionOf ({ status, body }: Extract<Asked, { answered: true }>): string | undefined {
  const version = status >= 200 && status < 300 ? fieldOf(parseJson(body), 'version') : undefined
  return typeof version === 'string' && version !== '' ? version.slice(0, LONGEST_VERSION) : undefined
}
