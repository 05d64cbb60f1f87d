// The prose of docs/conformance.md.

export const PAGE_TEXT = {
  intro: `# Conformance

One table of cases (bytes in, what must reach the upstream, what must come back) is played on bare sockets against this proxy and against
others that can inject a key: nginx, Caddy, HAProxy, and \`@fastify/http-proxy\`, the library that this proxy could have been built on.
A case passes only if everything holds: exactly the key of the route on each request that goes up, no credential of the client, whole and
plain messages, the right answer. Where the RFCs leave a choice, each choice passes; only we are held to one status and code.

\`\`\`sh
npm run conformance -- --target nginx     # or caddy, haproxy, bare, langsmith-proxy: prints what fails
npm run conformance -- --write            # all of them, and writes this page
\`\`\`

In the group \`client keys and roles\` everybody needs a [client key](team.md), and each has a [role](roles.md). The others know neither, so it is
not played against them, and counted apart.

The cases are in [test/conformance/cases](../test/conformance/cases); \`npm test\` plays them against this proxy.`,

  setup: `## How the others are set up

As their own documentation lets a careful operator do it, without scripts and plugins: the client's credentials and forwarding headers out,
the key in, other hosts, web pages, unclear targets and the [closed endpoints](closed-endpoints.md) refused, upstream TLS verified, no
buffering, the same time limits. Where a setting mends some cases and breaks others, it is the one with fewer failures. Versions are those of Debian 12.

| Program | Files | What could not be set up |
| --- | --- | --- |
| nginx | [nginx.conf](../test/conformance/targets/nginx.conf) | removing what \`Connection\` names, or a family of headers (\`X-Forwarded-*\` are listed one by one); masking a key in headers; masking it in bodies (\`sub_filter\`) without losing the length and the strong ETag of every answer. A client that closes its sending side could get its answer (\`proxy_ignore_client_abort\`), but then no client that leaves would end its request |
| Caddy | [Caddyfile](../test/conformance/targets/Caddyfile) | cutting a key out of a query (such requests are refused); header names that mix \`_\` and \`-\` in any way; an idle limit for uploads (there is one for the whole upload only), and one for answers that lets uploads last; ending the request of a client that leaves (it can, with another \`flush_interval\`, but then a broken upload is told 200); masking keys |
| HAProxy | [haproxy.cfg](../test/conformance/targets/haproxy.cfg) | removing what \`Connection\` names; masking keys (an answer with a key in its head is refused); an answer for a client that closed its sending side: without \`option abortonclose\` it gets one, but then clients that leave do not end their requests |
| @fastify/http-proxy | [bare-proxy.js](../test/conformance/targets/bare-proxy.js) | checks before forwarding (hosts, web pages, unclear targets, closed endpoints), and masking keys: that would be code of ours. Set up is what its README shows: the headers of requests and answers, the key cut out of queries (\`queryString\`), no second tries (\`retryMethods\`), time limits, verified TLS |`,

  beyond: `The group \`beyond\` holds what others may do and we do not promise. It is counted apart. Most of it RFC 9110 leaves to a proxy; some are
deviations of ours from the RFCs: a tab around a length or a coding is refused (it is blank space), a client that closes its sending side
gets no answer, and a 100 that nobody asked for counts as a fault, after which a GET is sent a second time. These cases fail here and pass elsewhere:`
} as const
