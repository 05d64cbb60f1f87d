// A process of its own that writes entries, and prints the last notice: node writer.mjs FOLDER PREFIX COUNT [KEY-LENGTH [KIND]].

import { entry, storeIn } from './support.ts'

const [folder = '', prefix = '', count = '', length = '8', kind] = process.argv.slice(2)
const store = storeIn(folder, { kind: kind === 'auto' ? 'auto' : 'file' })
let notice: string | undefined
for (let index = 0; index < Number(count); index++) notice = (await store.write(`${prefix}${index}`, entry('k'.repeat(Number(length))))).notice
console.log(notice)
