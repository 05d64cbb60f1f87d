// What an answer calls the things of a path: words of ours, never a piece of the request.

const THINGS: Readonly<Record<string, string>> = {
  runs: 'runs', traces: 'runs', otel: 'runs', threads: 'threads', sessions: 'projects', datasets: 'datasets', examples: 'datasets', evaluators: 'evaluators',
  feedback: 'feedback', 'feedback-configs': 'feedback', 'annotation-queues': 'annotation queues', repos: 'prompts', commits: 'prompts', prompts: 'prompts',
  'prompt-webhooks': 'webhooks', hub: 'prompts', comments: 'prompts', likes: 'prompts', charts: 'charts', 'org-charts': 'charts', alerts: 'alerts',
  workspaces: 'the workspace', 'ttl-settings': 'settings', 'usage-limits': 'settings', settings: 'settings', 'playground-settings': 'settings', orgs: 'the organization', tenants: 'the organization',
  'api-key': 'API keys', 'service-accounts': 'API keys', 'bulk-exports': 'exports', sandboxes: 'sandboxes', fleet: 'Fleet', mcp: 'MCP servers', tools: 'tools', public: 'shared runs and datasets'
}

/**
 * What a path is about.
 *
 * @param segments - As plainSegments gives them.
 */
export function thingOf (segments: readonly string[]): string {
  return knownThing(segments) ?? 'this endpoint'
}

/** The same; undefined where there is no word for it. */
export function knownThing ([first = '']: readonly string[]): string | undefined {
  return Object.hasOwn(THINGS, first) ? THINGS[first] : undefined
}
