// What the doctor examines: the config as the proxy would start with it, and its routes, with or without their keys.

import { readAuthorities } from '../authorities.ts'
import type { CommandContext } from '../command.ts'
import { prepare, readConfig } from '../prepare.ts'
import type { Config, Notice } from '../../config/config.ts'
import { ProxyError } from '../../errors.ts'
import type { Route } from '../../routes/route.ts'
import { createMasks } from '../../swap/masks.ts'
import type { MaskText } from '../../swap/mask-text.ts'

export interface Subject {
  readonly config: Config
  readonly routes: readonly Route[]
  /** PEM text by file name. */
  readonly authorities: ReadonlyMap<string, string>
  /** What reading the secret of a route said: a reason why it could not be read, or what is odd about it. */
  readonly noticesOf: (route: Route) => readonly Notice[]
  /** Hides every key that was read. */
  readonly maskText: MaskText
}

type Context = Pick<CommandContext, 'env' | 'flags'>

/** @throws ProxyError for a mistake in the config; a secret that cannot be read is none, because that is a finding. */
export async function openSubject (context: Context): Promise<Subject> {
  const lenient = { env: context.env, flags: { ...context.flags, 'allow-missing-secrets': true } }
  try {
    const { config, routes, authorities, masks, notices } = await prepare(lenient)
    const ofSecrets = notices.filter((notice) => !config.notices.includes(notice))
    return {
      config, routes, authorities, maskText: masks.maskText,
      noticesOf: ({ credential }) => ofSecrets.filter(({ message }) => message.includes(`credential "${credential.name}"`))
    }
  } catch (error) {
    if (!(error instanceof ProxyError) || !error.code.startsWith('secret-')) throw error
    return withoutSecrets(readConfig(lenient), error)
  }
}

/** The store of secrets itself could not be opened. */
function withoutSecrets (config: Config, { code, message, hint }: ProxyError): Subject {
  const secretRefs = new Map(config.credentials.map(({ name, apiKey }) => [name, apiKey.text]))
  return {
    config,
    routes: config.routes.map((route) => ({ ...route, credential: { name: route.credential, secretRef: secretRefs.get(route.credential) ?? route.credential, current: undefined } })),
    authorities: readAuthorities(config),
    maskText: createMasks().maskText,
    noticesOf: () => [{ code, message, hint }]
  }
}
