// How settings are checked, in both of the ways in which they are: judge-file.ts and validate.ts.

/**
 * Every start compiles and each validator runs once: optimising would cost more than it saves (measured, 30 ms). That the schemas are
 * valid themselves is for a test to see (test/config/settings.test.ts); at each start it would cost a tenth of the time.
 */
export const AJV_OPTIONS = { strict: true, allowUnionTypes: true, useDefaults: true, logger: false, meta: false, validateSchema: false, code: { optimize: false } } as const
