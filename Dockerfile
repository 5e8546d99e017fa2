# The bridge in a container: built with everything, run with production modules only, not as root, on a read-only root.
# For several architectures: docker buildx build --platform linux/amd64,linux/arm64 -t doorlight .
ARG BASE=node:24-trixie-slim
FROM --platform=$BUILDPLATFORM ${BASE} AS build
ARG NPM_REGISTRY=https://registry.npmjs.org/
ARG TARGETARCH
WORKDIR /app
COPY package.json package-lock.json ./
# Native parts come prebuilt inside the packages, for every architecture: nothing is compiled, so nothing is emulated.
RUN npm ci --ignore-scripts --no-audit --no-fund --registry "$NPM_REGISTRY"
COPY . .
RUN node build.mjs && npm prune --omit=dev --no-audit --no-fund \
  && keep=$([ "${TARGETARCH:-$(node -p process.arch)}" = arm64 ] && echo linux-arm64 || echo linux-x64) \
  && find node_modules -type d -path '*/prebuilds/*' ! -name "$keep" -prune -exec rm -rf {} + \
  && find node_modules \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -type f -delete

FROM ${BASE}
ENV NODE_ENV=production DOORLIGHT_CONFIG=/data/doorlight.yaml DOORLIGHT_DATA=/data/state
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Serial devices belong to the group dialout, which is 20 in Debian. npm is of no use in here.
RUN install -d -o node -g node -m 700 /data && usermod -aG dialout node \
  && ln -s /app/dist/bridge/main.js /usr/local/bin/doorlight && rm -rf /usr/local/lib/node_modules/npm /opt/yarn*
USER node
VOLUME /data
EXPOSE 8080 8081 1883 8883 41883/udp
# Not by the page, which may have another port, or a certificate.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "require('http').get({ socketPath: process.env.DOORLIGHT_DATA + '/control.sock', path: '/readyz' }, (r) => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
ENTRYPOINT ["doorlight"]
CMD ["start", "--setup", "--last-good"]
