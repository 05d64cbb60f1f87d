# The proxy as an image: one bundled file on Node, a numeric user without rights, nothing to write.
# Build with "docker build --tag langsmith-proxy ."; with podman add --format docker, or the health
# check is dropped. The target "sandbox" also has the LangSmith stand-in. How to run it: docs/sidecar.md.
# The version has the security fixes that are known (test/supply-chain.test.ts holds the floor). Whoever publishes the
# image adds the digest: node:24.21.0-slim@sha256:…, from "docker buildx imagetools inspect node:24.21.0-slim".

FROM node:24.21.0-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY esbuild.config.js esbuild.plugins.js tsconfig.json ./
COPY src src
RUN npm run -s build

FROM node:24.21.0-slim AS base
# The base brings npm and yarn, which nothing here calls and scanners report on.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /usr/local/bin/yarn* /opt/yarn*
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/dist/main.js /build/dist/age-encryption.js /build/dist/prompts.js /build/dist/rate-limiters.js /build/dist/redis-client.js /build/dist/third-party-licenses.txt /build/dist/sbom.cdx.json dist/
COPY --from=build /build/dist/dashboard dist/dashboard
COPY LICENSE ./
USER 65532:65532
EXPOSE 5764 5765
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--enable-source-maps", "/app/dist/main.js"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["node", "/app/dist/main.js", "wait", "--once"]
ARG VERSION=unreleased
ARG REVISION=unknown
LABEL org.opencontainers.image.title="langsmith-proxy" \
  org.opencontainers.image.description="Local proxy for the LangSmith API: adds the right key and workspace to requests of tools that know none." \
  org.opencontainers.image.licenses="MIT" \
  org.opencontainers.image.source="https://github.com/langsmith-proxy/langsmith-proxy" \
  org.opencontainers.image.documentation="https://github.com/langsmith-proxy/langsmith-proxy/blob/main/docs/sidecar.md" \
  org.opencontainers.image.version="$VERSION" \
  org.opencontainers.image.revision="$REVISION"

FROM base AS sandbox
COPY --from=build /build/dist/sandbox.js dist/
CMD ["demo"]

FROM base AS proxy
