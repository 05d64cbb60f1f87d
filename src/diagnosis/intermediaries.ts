// Programs that answer in front of LangSmith, and how to know them: by the Server header, the title of
// the page, its first words, or a header of their own. To add one, add a line; the first that matches counts.

interface Intermediary {
  /** As a person would search for it. */
  readonly product: string
  /** `company` = a filter of the reader's own network, `edge` = the provider's or a CDN's gate, `server` = a reverse proxy or load balancer. */
  readonly place: 'company' | 'edge' | 'server'
  readonly pattern: RegExp
  /** A header that it adds, where it is known by one. */
  readonly header?: string
}

/** Company filters come first: they often rewrite pages of the others and keep their Server header. */
const INTERMEDIARIES: readonly Intermediary[] = [
  { product: 'Zscaler', place: 'company', pattern: /zscaler/i, header: 'x-zscaler-id' },
  { product: 'Netskope', place: 'company', pattern: /netskope/i },
  { product: 'Forcepoint', place: 'company', pattern: /forcepoint|websense/i },
  { product: 'FortiGate', place: 'company', pattern: /fortigate|fortiguard|fortinet/i },
  { product: 'Palo Alto Networks', place: 'company', pattern: /palo alto networks|prisma access|globalprotect/i },
  { product: 'Cisco Umbrella or Secure Web Appliance', place: 'company', pattern: /cisco (?:umbrella|secure|ironport)|ironport/i },
  { product: 'Symantec ProxySG', place: 'company', pattern: /blue ?coat|proxysg/i },
  { product: 'Skyhigh or McAfee Web Gateway', place: 'company', pattern: /mcafee|skyhigh/i },
  { product: 'Sophos', place: 'company', pattern: /sophos/i },
  { product: 'Barracuda', place: 'company', pattern: /barracuda/i },
  { product: 'squid', place: 'company', pattern: /squid/i, header: 'x-squid-error' },
  // Google's own page is a title of three digits and the same again as text (langsmith, Aug 2024, on /runs/batch).
  { product: 'Google front end', place: 'edge', pattern: /google front ?end|^gfe\b|^gws\b|^google|cloud armor|^(40[13])$/im },
  { product: 'Cloudflare', place: 'edge', pattern: /cloudflare/i, header: 'cf-ray' },
  { product: 'Akamai', place: 'edge', pattern: /akamai/i, header: 'x-akamai-request-id' },
  { product: 'Amazon CloudFront', place: 'edge', pattern: /cloudfront/i, header: 'x-amz-cf-id' },
  { product: 'AWS load balancer', place: 'server', pattern: /awselb/i },
  { product: 'Azure gateway', place: 'edge', pattern: /azure (?:front door|application gateway)|microsoft-azure/i, header: 'x-azure-ref' },
  { product: 'Envoy', place: 'server', pattern: /envoy/i, header: 'x-envoy-upstream-service-time' },
  { product: 'nginx', place: 'server', pattern: /nginx|openresty/i },
  { product: 'HAProxy', place: 'server', pattern: /haproxy/i },
  { product: 'Traefik', place: 'server', pattern: /traefik/i },
  { product: 'Caddy', place: 'server', pattern: /^caddy/im },
  { product: 'Apache', place: 'server', pattern: /^apache\b/im },
  { product: 'Microsoft IIS', place: 'server', pattern: /microsoft-iis/i }
]

/**
 * Finds the product that wrote an answer.
 *
 * @param clues - The Server header, the title, the first words; whichever are there.
 * @param headers - Names of the headers that gates add, lower case. They tell who is on the way, not who wrote
 * the answer, so words count first.
 */
export function findIntermediary (clues: readonly (string | undefined)[], headers: readonly string[] = []): Intermediary | undefined {
  const text = clues.filter((clue) => clue !== undefined).join('\n')
  return INTERMEDIARIES.find(({ pattern }) => pattern.test(text)) ?? INTERMEDIARIES.find(({ header }) => header !== undefined && headers.includes(header))
}
