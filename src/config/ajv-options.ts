// Options of Ajv for judge-file.ts, which says yes or no, and validate.ts, which says every mistake.

/**
 * What is compiled at a start runs once: optimising would cost more than it saves (measured, 30 ms). That the schemas are
 * valid themselves is for a test to see (test/config/settings.test.ts); at each start it would cost a tenth of the time.
 */
export const AJV_OPTIONS = { strict: true, allowUnionTypes: true, useDefaults: true, logger: false, meta: false, validateSchema: false, code: { optimize: false } } as const
