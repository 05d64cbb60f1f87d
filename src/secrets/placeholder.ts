// Recognises text that stands where a key should be. Generous, because a key of the known form
// (hex digits) can match none of these.

const WORDS: ReadonlySet<string> = new Set([
  'undefined', 'null', 'none', 'nil', 'nan', 'void', 'true', 'false', 'todo', 'tbd', 'na', 'empty', 'unset', 'nokey',
  'key', 'apikey', 'token', 'secret', 'password', 'mykey', 'myapikey', 'mysecret', 'langsmith', 'langchain',
  'langsmithapikey', 'langchainapikey', 'langsmithkey', 'localproxy', 'proxy', 'dummy', 'dummykey', 'fake', 'fakekey',
  'test', 'testing', 'testkey', 'testapikey', 'example', 'examplekey', 'sample', 'samplekey', 'placeholder', 'changeme', 'changethis',
  'replaceme', 'replacethis', 'redacted', 'hidden', 'foo', 'bar', 'foobar', 'abc', 'abc123', '123', '1234', '12345', '123456'
])

const PATTERNS: readonly RegExp[] = [
  /^<.*>$|^\[.*\]$|^\{.*\}$/, // <key>, [key], {{ key }}
  /^\$|^%\w+%$/, // $NAME, ${NAME}, $(command), %NAME%
  /\.{3}|…|\*{3}|_{4}|-{4}|#{3}/, // lsv2_pt_..., ********
  /x{4}|^x+$/i, // lsv2_pt_xxxx, xxx
  /your|placeholder|change[-_ ]?me|replace[-_ ]?(me|with|this)/i, // your_api_key_here
  /(^|[-_ ])(insert|enter|paste|put|add)[-_ ]/i,
  /[-_ ](here|goes[-_ ]here)$/i,
  /^(example|dummy|fake|sample|test|my)[-_ ]|[-_ ](example|placeholder)$/i,
  /^(env|file|exec|store|vault|op|arn|secret):/i, // a reference that nobody resolved
  /^(os\.environ|os\.getenv|process\.env|userdata\.get|secrets\.)/i // source code that nobody ran
]

/** Whether this is a stand-in such as `your_api_key_here`, `<key>`, `undefined` or `${LANGSMITH_API_KEY}`. Case does not matter. */
export function isPlaceholder (text: string): boolean {
  return WORDS.has(text.toLowerCase().replaceAll(/[-_ ./]/g, '')) || PATTERNS.some((pattern) => pattern.test(text))
}
