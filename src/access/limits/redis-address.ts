// Reads the address of Redis, which may hold a password.

import type { SecretReference } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import type { SourceFor } from '../../secrets/schemes.ts'
import { Secret } from '../../secrets/secret.ts'
import { whereSet } from '../../secrets/where.ts'

const HINT = 'put an address such as redis://:PASSWORD@redis.example.com:6379/0 there; / ? # and @ in a password are written %2F %3F %23 %40'

/**
 * @param written - As the config has it.
 * @param onSecret - Told of the password: of it alone, because hosts and ports stand in innocent texts, too.
 * @throws ProxyError `secret-missing`, `secret-unusable`, `secret-exposed`, `secret-unreadable` or `not-available`.
 */
export async function readRedisAddress (written: string | SecretReference | undefined, sourceFor: SourceFor, onSecret: (secret: Secret) => void): Promise<Secret | undefined> {
  if (written === undefined) return undefined
  if (typeof written === 'string') return new Secret(written)
  const what = `the address of Redis (${whereSet(written)})`
  const text = (await read(written, sourceFor, what)).trim()
  if (text === '') throw new ProxyError('secret-missing', `${what} is not there, or is empty`, { hint: `put it into ${sourceFor(written).place(written)}` })
  for (const password of passwordsIn(text, what)) onSecret(new Secret(password))
  return new Secret(text)
}

async function read (reference: SecretReference, sourceFor: SourceFor, what: string): Promise<string> {
  try {
    return (await sourceFor(reference).read(reference))?.text ?? ''
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error
    throw new ProxyError(error.code, `${what}: ${error.message}`, { hint: error.hint, cause: error })
  }
}

/** As it is written and as it is meant. What cannot be read as an address might be read wrongly, and a password be looked up as a host. */
function passwordsIn (text: string, what: string): readonly string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isAddress = url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '' && /^\/?\d{0,4}$/.test(url.pathname) && url.search === '' && url.hash === ''
  if (!isAddress) throw new ProxyError('secret-unusable', `${what} is no address that begins with redis:// or rediss://`, { hint: HINT })
  try {
    return url.password === '' ? [] : [...new Set([url.password, decodeURIComponent(url.password)])]
  } catch { // a % that is no escape
    throw new ProxyError('secret-unusable', `${what} has a % in its password that stands for itself`, { hint: 'write it as %25' })
  }
}
