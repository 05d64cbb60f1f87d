// What may be told of a route: for the log, the dashboard, and everybody who may see either.

import type { Route } from './route.ts'
import type { ProxyStarted } from '../events.ts'
import { hideKeys } from '../hide-keys.ts'

export function describeRoute ({ prefix, upstream, credential, policy, egress }: Route): ProxyStarted['routes'][number] {
  return {
    prefix: hideKeys(prefix), // a key that somebody put there by mistake is not printed
    upstream: hideKeys(upstream.origin + upstream.basePath + (upstream.selfHosted ? '/api' : '')),
    region: upstream.region,
    credential: credential.name,
    secret_ref: credential.secretRef,
    fingerprint: credential.current?.apiKey.fingerprint,
    workspace: credential.current?.workspaceId !== undefined,
    policy,
    via: egress?.shown
  }
}
