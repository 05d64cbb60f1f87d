// A text that comes bit by bit.

import type { Step } from '../case.ts'

/** Pieces of a text with a pause after each. @param size - Bytes of a piece. @param pause - Milliseconds. */
export function slowly (text: string, size: number, pause: number): readonly Step[] {
  const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size))
  return pieces.flatMap((piece) => [piece, { pause }])
}
