// A process of its own that writes entries, and prints the last notes: node writer.mjs FOLDER PREFIX COUNT [KEY-LENGTH [KIND]].

import { entry, storeIn } from './support.ts'

const [folder = '', prefix = '', count = '', length = '8', kind] = process.argv.slice(2)
const store = storeIn(folder, { kind: kind === 'auto' ? 'auto' : 'file' })
let notes: readonly string[] = []
for (let index = 0; index < Number(count); index++) notes = (await store.write(`${prefix}${index}`, entry('k'.repeat(Number(length))))).notes
console.log(notes.join('\n'))
