// Addresses of what the rules rest on, for docs/diagnosis.md. docs/langsmith-api.md says what each of them shows.

/** What LangSmith says about its own API: paths, headers, permissions, switches of an organization. */
export const OPENAPI = 'https://api.smith.langchain.com/openapi.json'
export const HELM_NGINX = 'https://github.com/langchain-ai/helm/blob/main/charts/langsmith/templates/frontend/config-map.yaml'
/** A recorded answer whose place of publication was not written down. */
export const PUBLIC_REPORT = 'public report'

export function sdkIssue (number: number): string {
  return issue('langsmith-sdk', number)
}

export function sdkPull (number: number): string {
  return `https://github.com/langchain-ai/langsmith-sdk/pull/${number}`
}

/** @param repository - Of the organization langchain-ai. */
export function issue (repository: string, number: number): string {
  return `https://github.com/langchain-ai/${repository}/issues/${number}`
}

/** @param name - For example `administration-overview`. */
export function docsPage (name: string): string {
  return `https://docs.langchain.com/langsmith/${name}`
}

export function forumTopic (number: number): string {
  return `https://forum.langchain.com/t/${number}`
}
