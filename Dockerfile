# The bridge in a container: built with everything, run with production modules only, not as root.
FROM node:24-trixie-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Serial devices belong to the group dialout, which is 20 in Debian.
RUN install -d -o node -g node -m 700 /data && usermod -aG dialout node
USER node
VOLUME /data
EXPOSE 8080 8081 1883 8883 41883/udp
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/bridge/main.js"]
CMD ["start", "--setup", "--config", "/data/doorlight.yaml", "--data", "/data/state"]
