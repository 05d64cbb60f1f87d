// What the command prints: where the sandbox is, and which keys there are to play with. The keys are
// shown whole; they are fake and open nothing but this sandbox.

import type { Sandbox } from './sandbox.ts'
import { SANDBOX_REGIONS, type World } from './world.ts'

/**
 * Describes a running sandbox to somebody who has never seen it.
 *
 * @param sandbox - Its addresses.
 * @param world - What it plays.
 * @returns Lines of text.
 */
export function describeSandbox (sandbox: Pick<Sandbox, 'regions'>, world: World): string[] {
  const [first] = world.keys
  return [
    'LangSmith sandbox: a stand-in on this machine; nothing here reaches LangSmith.',
    '',
    'Regions',
    ...SANDBOX_REGIONS.map((region) => `  ${region.padEnd(6)}${sandbox.regions[region].url}`),
    '',
    'Keys (fake; send one as X-API-Key)',
    ...world.keys.flatMap(({ name, region, kind, value, about }) => [
      `  ${name} (${region}, ${kind})${about === '' ? '' : `: ${about}`}`,
      `    ${value}`
    ]),
    '',
    'Workspaces (send the ID as X-Tenant-Id)',
    ...world.workspaces.map(({ id, name, region }) => `  ${id}  ${name} (${region})`),
    '',
    'Organizations (the ID may be sent as X-Organization-Id; it changes nothing here)',
    ...world.organisations.map(({ id, name, region }) => `  ${id}  ${name} (${region})`),
    ...(first === undefined
      ? []
      : ['', 'Try', `  curl -H 'X-API-Key: ${first.value}' '${sandbox.regions[first.region].url}/api/v1/sessions?limit=1'`]),
    '',
    'Any refusal on demand: add a header such as "x-sandbox-answer: B12".',
    'A key in the wrong region: "langsmith-proxy demo" has a route with one, and finds out where it belongs.'
  ]
}
