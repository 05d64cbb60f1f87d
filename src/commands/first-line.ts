// What whoever answers on a port has said, fit for a terminal: another program may listen there.

const MOST_SHOWN = 200

/** The first line, without what a terminal would act on. */
export function firstLine (text: string): string {
  const [line = ''] = text.split(/[\r\n]/, 1)
  return line.replaceAll(/[^\x20-\x7e]/g, '').trim().slice(0, MOST_SHOWN)
}
