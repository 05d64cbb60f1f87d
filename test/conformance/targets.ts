// The programs that the suite can run against.

import type { Target } from './target.ts'
import { bare } from './targets/bare.ts'
import { caddy } from './targets/caddy.ts'
import { haproxy } from './targets/haproxy.ts'
import { langsmithProxy } from './targets/langsmith-proxy.ts'
import { nginx } from './targets/nginx.ts'

export const TARGETS: Readonly<Record<string, Target>> = { 'langsmith-proxy': langsmithProxy, nginx, caddy, haproxy, bare }
