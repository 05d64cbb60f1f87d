// Imported before everything else. The kernel spares process 1 of a container a signal that nobody listens for, and until
// a command listens for itself nobody does: a container that is stopped while it starts would take its whole grace period.

import { constants } from 'node:os'
import process from 'node:process'

if (process.pid === 1) {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(128 + constants.signals[signal])
    })
  }
}
