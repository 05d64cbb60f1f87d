// The LangSmith clouds. Source: docs.langchain.com/langsmith/cloud ("regions", "private link").
// To add a region, add a line.

interface Region {
  /** Host of the API. */
  readonly api: string
  /** Host of the web pages; people paste it by mistake, and it answers API calls with HTML. */
  readonly ui: string
  /** Names under which private networks reach the same API. */
  readonly privateLinks: readonly string[]
}

export const REGIONS = {
  us: { api: 'api.smith.langchain.com', ui: 'smith.langchain.com', privateLinks: ['us-central1.p.api.smith.langchain.com'] },
  eu: { api: 'eu.api.smith.langchain.com', ui: 'eu.smith.langchain.com', privateLinks: ['europe-west4.p.api.smith.langchain.com'] },
  apac: { api: 'apac.api.smith.langchain.com', ui: 'apac.smith.langchain.com', privateLinks: ['australia-southeast1.p.api.smith.langchain.com'] },
  aws: { api: 'aws.api.smith.langchain.com', ui: 'aws.smith.langchain.com', privateLinks: [] }
} as const satisfies Record<string, Region>

export type RegionName = keyof typeof REGIONS

export const REGION_NAMES = Object.keys(REGIONS) as readonly RegionName[]

/** The region whose API (or private-link) host this is; undefined for any other host. */
export function regionOfHost (hostname: string): RegionName | undefined {
  return REGION_NAMES.find((name) => {
    const { api, privateLinks }: Region = REGIONS[name]
    return api === hostname || privateLinks.includes(hostname)
  })
}

/** The region whose web pages live on this host; undefined for any other host. */
export function regionOfUiHost (hostname: string): RegionName | undefined {
  return REGION_NAMES.find((name) => REGIONS[name].ui === hostname)
}
