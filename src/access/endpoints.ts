// Endpoints that hand out credentials, or lasting rights, to whoever may use a key. Behind a proxy that
// adds the key for everybody they would turn one request into a permanent key, so they are closed
// unless a route opens them by name.
//
// Source: the LangSmith OpenAPI document (https://api.smith.langchain.com/openapi.json, July 2026).
// Left open on purpose, and said so in SECURITY.md: publishing (PUT …/share) and feedback tokens
// (POST /feedback/tokens), which SDKs use and which give access to one run only.

interface ClosedEndpoint {
  /** Segments after `/api` and the version; `*` is any one segment. What is below is closed too. */
  readonly path: string
  /** Closed for GET and HEAD as well. */
  readonly reads?: boolean
}

export const CLOSED_ENDPOINTS = {
  'api-keys': [{ path: 'api-key' }, { path: 'orgs/*/service-keys' }],
  'personal-access-tokens': [{ path: 'orgs/*/personal-access-tokens' }],
  'service-accounts': [{ path: 'service-accounts' }],
  members: [
    { path: 'orgs/*/members' }, { path: 'orgs/members' }, { path: 'workspaces/*/members' },
    { path: 'orgs/pending' }, { path: 'workspaces/pending' }
  ],
  'sign-in': [
    { path: 'login' }, { path: 'orgs/*/login-methods' }, { path: 'orgs/*/sso-settings' }, { path: 'orgs/*/set-default-sso-provision' },
    { path: 'sso/email-verification' }
  ],
  scim: [{ path: 'platform/orgs/*/scim' }, { path: 'scim', reads: true }],
  oauth: [{ path: 'oauth', reads: true }],
  'workspace-secrets': [{ path: 'workspaces/*/secrets/encrypted', reads: true }],
  'fleet-credentials': [
    { path: 'fleet/auth-agents' }, { path: 'fleet/auth-providers' }, { path: 'fleet/auth-scopes' },
    { path: 'fleet/auth-sessions', reads: true }, { path: 'platform/fleet/providers/github-app/auth' }, { path: 'platform/fleet/providers/github-app/tokens', reads: true }
  ],
  'sandbox-tokens': [{ path: 'sandboxes/boxes/*/service-url', reads: true }]
} as const satisfies Record<string, readonly ClosedEndpoint[]>

export type ClosedEndpointName = keyof typeof CLOSED_ENDPOINTS

export const CLOSED_ENDPOINT_NAMES = Object.keys(CLOSED_ENDPOINTS) as readonly ClosedEndpointName[]
