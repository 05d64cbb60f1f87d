// `secrets remove NAME`: takes a key out of every place it is in. Asks for no confirmation.

import type { CommandContext } from './command.ts'
import { readStoreConfig } from './key-place.ts'
import { storeOf } from './stored.ts'
import { fail } from './terminal.ts'
import { nearest } from '../config/suggest.ts'

/** @returns 1 when there is no such secret. @throws ProxyError when a place cannot be opened. */
export async function removeSecret (context: CommandContext, name: string): Promise<number> {
  const store = storeOf(readStoreConfig(context), context)
  const places = await store.remove(name)
  if (places.length > 0) {
    context.print(places.map((place) => `removed ${name} from the ${place}\n`).join(''))
    return 0
  }
  const near = nearest(name, (await store.list()).map((stored) => stored.name))
  return fail(`there is no stored secret ${name}`, near === undefined ? 'langsmith-proxy secrets list shows what is there' : `did you mean ${near}?`)
}
