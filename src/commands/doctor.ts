// Finds out whether the proxy would work here, and if not, why: the same steps as a request, each with what it showed.

import { homedir } from 'node:os'
import process from 'node:process'
import { CONFIG_HELP, CONFIG_OPTIONS } from './command.ts'
import type { Command, CommandContext } from './command.ts'
import { judgeProxy } from './doctor/checks/proxy.ts'
import type { Finding } from './doctor/finding.ts'
import { openHosts } from './doctor/hosts.ts'
import type { HostOptions } from '../diagnosis/probe/hosts-of.ts'
import { examineMachine } from './doctor/machine.ts'
import { createProgress } from './doctor/progress.ts'
import { findingText, isBroken, plainText, routeText, shown, shownRoute, summaryText } from './doctor/report.ts'
import { examineRoute } from './doctor/route.ts'
import { openSubject } from './doctor/subject.ts'
import type { Subject } from './doctor/subject.ts'
import { mainAddress } from './own-address.ts'
import { describeRoute } from '../routes/describe-route.ts'
import { whyNot } from './wait.ts'
import { createHistory } from '../diagnosis/history.ts'
import { otherRoutes } from '../diagnosis/others.ts'

/** Longer lines are hard to read. */
const MOST_COLUMNS = 120

export const doctor: Command = {
  name: 'doctor',
  summary: 'find out why it does not work: environment, network, certificates, key, workspace, permissions',
  usage: '[--config FILE] [--regions] [--json]',
  help: [
    'Looks at settings, files and environment, then asks LangSmith about the key of each route, with read-only calls.',
    'It exits with 1 if a route cannot work, else with 0; warnings do not count. Keys are never shown.',
    '',
    ...CONFIG_HELP,
    '  --regions          send a key that its region refuses to the other LangSmith regions too, to find where it',
    '                     belongs; never that of a self-hosted LangSmith',
    '  --json             for programs'
  ],
  options: { ...CONFIG_OPTIONS, regions: { type: 'boolean' }, json: { type: 'boolean' } },
  run: (context) => runDoctor(context)
}

/** @param places - Where the regions are; tests put a sandbox there. */
export async function runDoctor (context: CommandContext, places: Pick<HostOptions, 'regionUpstream'> = {}): Promise<number> {
  const { env, flags, print } = context
  const subject = await openSubject(context)
  return examine(subject, {
    ...places,
    asJson: flags.json === true,
    regions: flags.regions === true || subject.config.diagnosis.probe === 'regions',
    machine: { env, homeDir: env.HOME ?? homedir(), uid: process.getuid?.() },
    print
  })
}

interface Options extends Pick<HostOptions, 'regionUpstream'>, Pick<CommandContext, 'print'> {
  readonly asJson: boolean
  readonly regions: boolean
  readonly machine: Parameters<typeof examineMachine>[1]
}

/** Prints the report, each line as soon as it is known. @returns The exit code. */
export async function examine (subject: Subject, { asJson, regions, machine, print, regionUpstream }: Options): Promise<0 | 1> {
  const { config, routes, authorities, maskText } = subject
  const progress = createProgress(process.stderr)
  const { stdout } = process
  const look = { colors: stdout.isTTY && stdout.hasColors(), width: stdout.isTTY ? Math.min(stdout.columns, MOST_COLUMNS) : undefined }
  const say = (text: string): void => {
    progress.clear()
    if (!asJson) print(text)
  }
  const tell = (finding: Finding): Finding => {
    const clean = shown(finding, maskText)
    say(findingText(clean, look))
    return clean
  }

  const source = plainText(config.source, maskText)
  say(`langsmith-proxy doctor  config: ${source}\n`)
  if (regions) say('A key that its region refuses is also sent to the other LangSmith regions.\n')
  const common = examineMachine(subject, machine).map(tell)
  const proxy = mainAddress(config.listen)
  if (proxy !== undefined) {
    progress.working('proxy')
    common.push(tell(judgeProxy(proxy.shown, await whyNot(proxy, '/-/ready'))))
  }
  const results: { readonly route: ReturnType<typeof describeRoute>, readonly findings: readonly Finding[] }[] = []
  const history = createHistory(() => performance.now())
  const hosts = openHosts(routes, { timeouts: config.timeouts, authorities, regionUpstream })
  try {
    for (const route of routes) {
      const described = shownRoute(describeRoute(route), maskText)
      say(`\n${routeText(described)}`)
      const findings: Finding[] = []
      const examined = {
        route, hosts: hosts.of(route), notices: subject.noticesOf(route), mode: regions ? 'regions' : 'same-host',
        ca: route.caFile === undefined ? undefined : authorities.get(route.caFile),
        others: (credential) => otherRoutes(routes, route, credential, history)
      } as const satisfies Parameters<typeof examineRoute>[0]
      for await (const finding of examineRoute(examined, { working: progress.working, now: Date.now })) findings.push(tell(finding))
      if (findings.some(({ check, state }) => check === 'key' && state === 'ok')) history.accepted({ route: route.prefix, fingerprint: described.fingerprint ?? '' }, false)
      results.push({ route: described, findings })
    }
  } finally {
    progress.clear()
    await hosts.close()
  }
  const broken = results.some(({ findings }) => isBroken(findings))
  if (asJson) print(`${JSON.stringify({ config: source, works: !broken, findings: common, routes: results.map(({ route, findings }) => ({ ...route, works: !isBroken(findings), findings })) }, null, 2)}\n`)
  else say(`\n${summaryText(common, results.map(({ findings }) => findings))}`)
  return broken ? 1 : 0
}
