// Says what would become of a request, and why requests like it were refused; with --send, what becomes of it.

import { CONFIG_HELP, CONFIG_OPTIONS } from './command.ts'
import type { Command, CommandContext } from './command.ts'
import { clientOf } from './explain/as-client.ts'
import { readCall } from './explain/call.ts'
import type { Call } from './explain/call.ts'
import { foresee } from './explain/outlook.ts'
import type { Outlook } from './explain/outlook.ts'
import { asText, explainedLines, outlookLines, pastLines, sentLines } from './explain/page.ts'
import { pastRefusals } from './explain/past-refusals.ts'
import { sendCall } from './explain/send.ts'
import type { Sent } from './explain/send.ts'
import { prepare } from './prepare.ts'
import type { Prepared } from './prepare.ts'
import { say } from './terminal.ts'
import { maskFields } from '../observe/mask-fields.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'say where a request would go, with which key, and why it is refused',
  usage: 'METHOD PATH [--client NAME] [--send] [--json]',
  help: [
    'For example: langsmith-proxy explain GET /api/v1/sessions',
    '',
    'METHOD is GET, POST and so on. PATH is what a client sends to the proxy, with or without query; the whole',
    'address will do, too. It reads config and secrets as a start does, and asks the proxy that runs on this machine',
    'what LangSmith refused lately on that route. Nothing is sent to LangSmith without --send. Keys are never shown.',
    'Who calls does not matter, unless --client says who: then role, routes and end of that client count, too.',
    'It exits with 1 if the proxy would refuse the request or, with --send, the answer is 400 or above; else with 0.',
    '',
    '  --client NAME      as if this client of the clients file sent it; its key is not needed',
    '  --send             send it, without a body, through a proxy of its own, unless that would refuse it, and explain',
    '                     the answer; a refusal may be followed by read-only calls (see diagnosis.probe). Careful: a',
    '                     DELETE does delete',
    '  --json             for programs',
    ...CONFIG_HELP
  ],
  options: { ...CONFIG_OPTIONS, client: { type: 'string' }, send: { type: 'boolean' }, json: { type: 'boolean' } },
  operands: ['METHOD', 'PATH'],
  async run (context) {
    const call = readCall(context.operands ?? [])
    const prepared = await prepare(context)
    return explainCall(call, prepared, context)
  }
}

async function explainCall (call: Call, prepared: Prepared, { flags, print, version }: CommandContext): Promise<0 | 1> {
  const { config, masks: { maskText } } = prepared
  const asJson = flags.json === true
  const page = (lines: readonly string[]): void => { if (!asJson) print(asText(lines, maskText)) }

  const client = clientOf(flags, prepared.clients?.current ?? new Map())
  const outlook = foresee(call, prepared, client)
  if (client === undefined && config.clients.required) say('note: client keys are required here; with --client NAME the role and the routes of a client count, too')
  page(outlookLines(outlook))
  const past = outlook.route === undefined ? undefined : await pastRefusals(config.listen, outlook.route.prefix)
  if (past !== undefined) page(['', ...pastLines(past, outlook.route?.fingerprint)])

  // What the proxy refuses may be nothing that a client could send at all.
  const sent = flags.send === true && outlook.denial === undefined ? await send(call, outlook, prepared, version, page) : undefined
  if (asJson) print(`${JSON.stringify(maskFields({ ...outlook, past, sent }, maskText), null, 2)}\n`)
  const fails = sent === undefined ? outlook.denial !== undefined : sent.answer.status >= 400 || sent.answer.end === 'broken'
  return fails ? 1 : 0
}

async function send (call: Call, { writes }: Outlook, prepared: Prepared, version: string, page: (lines: readonly string[]) => void): Promise<Sent> {
  if (writes === true) say(`note: ${call.method} is sent now, and may change what LangSmith keeps`)
  const sent = await sendCall(call, prepared, version, (first) => { page(['', ...sentLines(first)]) })
  page(explainedLines(sent))
  return sent
}
