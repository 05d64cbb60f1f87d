// Messages that two parsers could read differently, web pages, and bodies on their way up.

import { runGroups } from './run-groups.ts'

await runGroups('request smuggling', 'host and browser', 'request bodies')
