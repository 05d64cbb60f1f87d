import { openCertificate } from './certificate-of.ts'
import { CONFIG_HELP, CONFIG_OPTIONS } from './command.ts'
import type { Command } from './command.ts'
import { rememberHangups } from './hangups.ts'
import { prepare } from './prepare.ts'
import { createReloader } from './reload.ts'
import { endOnDefect, openLog, runUntilSignal, serve } from './serve.ts'

export const start: Command = {
  name: 'start',
  summary: 'run the proxy (this is what a plain "langsmith-proxy" does)',
  usage: '[--config FILE] [--port PORT]',
  help: CONFIG_HELP,
  options: CONFIG_OPTIONS,
  async run (context) {
    const hangups = rememberHangups() // secrets can take seconds
    const prepared = await prepare(context)
    const certificate = await openCertificate(prepared.config)
    const log = openLog(prepared)
    endOnDefect(log)
    const serving = await serve(prepared, log, context.version, certificate)
    const reloader = createReloader(context, prepared, serving, log.emit)
    try {
      hangups.follow(reloader.reload)
      return await runUntilSignal(serving, log)
    } finally {
      reloader.stop()
    }
  }
}
