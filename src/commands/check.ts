import { openCertificate } from './certificate-of.ts'
import { columns } from './columns.ts'
import { CONFIG_HELP, CONFIG_OPTIONS } from './command.ts'
import type { Command } from './command.ts'
import { prepare } from './prepare.ts'
import { describeRoute } from '../routes/describe-route.ts'
import type { Notice } from '../config/config.ts'
import type { ProxyStarted } from '../events.ts'

export const check: Command = {
  name: 'check',
  summary: 'read config and secrets, print the routes; no network',
  usage: '[--config FILE] [--json]',
  help: [...CONFIG_HELP, '  --json             for programs'],
  options: { ...CONFIG_OPTIONS, json: { type: 'boolean' } },
  async run (context) {
    const { config, routes, notices } = await prepare(context)
    await openCertificate(config)
    const shown = routes.map(describeRoute)
    context.print(context.flags.json === true
      ? `${JSON.stringify({ config: config.source, routes: shown, notices }, null, 2)}\n`
      : asText(config.source, shown, notices))
    return 0
  }
}

const HEADINGS = ['PREFIX', 'UPSTREAM', 'REGION', 'CREDENTIAL', 'SECRET', 'FINGERPRINT', 'WORKSPACE'] as const

function asText (source: string, routes: ProxyStarted['routes'], notices: readonly Notice[]): string {
  const rows = routes.map((route) => [
    route.prefix + (route.policy === undefined ? '' : ` (policy ${route.policy})`), route.via === undefined ? route.upstream : `${route.upstream} (via ${route.via})`, route.region ?? '-', route.credential, route.secret_ref, route.fingerprint ?? '-', route.workspace ? 'set' : '-'
  ])
  const lines = [`routes from ${source}`, ...columns([HEADINGS, ...rows])]
  for (const { message, hint } of notices) lines.push('', `warning: ${message}`, `hint: ${hint}`)
  return `${lines.join('\n')}\n`
}
