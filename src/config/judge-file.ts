// Whether a config file has the right form: yes or no, nothing said of what is wrong. Most files are right, so this is all that a
// start needs; the build puts the compiled validator in place of the schema (esbuild.plugins.js), because compiling takes a tenth of it.

import { Ajv } from 'ajv'
import type { Static } from 'typebox'
import { AJV_OPTIONS } from './ajv-options.ts'
import { OWN_KEYWORDS } from './schema-parts.ts'
import { FileSchema } from './schema.ts'

/** For the build, which needs its code. */
export const judge = new Ajv({ ...AJV_OPTIONS, messages: false, code: { ...AJV_OPTIONS.code, source: true, esm: true } }).addVocabulary(OWN_KEYWORDS)

/** Fills in defaults, in place. */
export const isRightFile = judge.compile<Static<typeof FileSchema>>(FileSchema)
