// METHOD and PATH as a person writes them: any letter case, a path or the whole address of the proxy.

import { ProxyError } from '../../errors.ts'

export interface Call {
  readonly method: string
  /** Path and query, byte for byte what a client would send. */
  readonly target: string
  /** `host[:port]`, where a whole address was given. */
  readonly authority: string | undefined
}

const EXAMPLE = 'for example langsmith-proxy explain GET /api/v1/sessions'
const ADDRESS = /^https?:\/\/([^/?#]*)([^#]*)/i

/** @throws ProxyError `usage-invalid`. */
export function readCall (operands: readonly string[]): Call {
  const [method, path] = operands
  if (method === undefined || path === undefined) throw new ProxyError('usage-invalid', 'explain needs METHOD and PATH', { hint: EXAMPLE })
  if (/[/:]/.test(method)) throw new ProxyError('usage-invalid', 'METHOD comes before PATH', { hint: EXAMPLE })
  const [, authority, rest] = ADDRESS.exec(path) ?? []
  if (authority !== undefined) return { method: method.toUpperCase(), target: withSlash(rest ?? ''), authority: withoutUser(authority) }
  if (!path.startsWith('/')) throw new ProxyError('usage-invalid', 'PATH starts with a slash, or is the whole address as a client of the proxy uses it', { hint: EXAMPLE })
  return { method: method.toUpperCase(), target: path, authority: undefined }
}

/** Clients send a slash where the address has no path. */
function withSlash (rest: string): string {
  return rest.startsWith('/') ? rest : `/${rest}`
}

function withoutUser (authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1).toLowerCase()
}
