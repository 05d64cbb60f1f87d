// Rows of docs/langsmith-api.md, section 4.3, that no rule judges, and why.

/** Row → reason, as a Markdown sentence. */
export const NO_RULE: Readonly<Record<number, string>> = {
  2: '`Authorization: Bearer` instead of `X-API-Key`: cannot happen, as the proxy removes the one and sets the other; the log names what it removed.',
  3: 'The JavaScript SDK sends the text `undefined` as its key: cannot happen, as the proxy replaces it.',
  30: 'An SDK that stops before it sends anything (no prompt handle): the proxy sees no answer. The message of the SDK says what to do.',
  35: 'An old key in a second variable (`LANGCHAIN_API_KEY`): cannot matter, as the tool\'s key is replaced; `langsmith-proxy doctor` reports variables that disagree.',
  36: 'A tool that ignores its endpoint setting never comes here; `langsmith-proxy doctor` looks for such variables, and /-/refusals stays empty.',
  38: 'A CLI profile or `.netrc` sends other credentials: cannot matter, as the proxy replaces them; `langsmith-proxy doctor` names a profile.',
  40: 'A line break or control character in the key: the proxy does not start with such a value, or keeps the last good one.',
  41: 'An SDK sends another key than curl: cannot matter, as both get the key of the route.',
  42: 'Accepted with 202, but the trace never appears: the proxy sees only the success. `langsmith-proxy doctor` looks at limits; a wrong project name shows in LangSmith.'
}
