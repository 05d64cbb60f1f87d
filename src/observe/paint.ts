// Colours, for a terminal that shows them.

import { styleText } from 'node:util'

export type Color = 'red' | 'green' | 'yellow' | 'cyan' | 'gray' | 'bold'

export type Paint = (color: Color, text: string) => string

/** @param color - Whether the terminal shows colours. */
export function painter (color: boolean): Paint {
  // No stream is asked: the caller knows.
  return color ? (name, text) => styleText(name, text, { validateStream: false }) : (_name, text) => text
}
