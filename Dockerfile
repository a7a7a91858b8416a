# The server on one machine: `docker build -t switchboard .`. docs/install.md says how to run it.
FROM node:22-slim AS package
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm pack && npm install --prefix /app --no-audit --no-fund ./switchboard-*.tgz

FROM node:22-slim
WORKDIR /app
COPY --from=package /app ./
RUN install -d -o node -g node -m 700 /var/lib/switchboard
USER node
VOLUME /var/lib/switchboard
ENV NODE_ENV=production \
    DATA_DIR=/var/lib/switchboard/data \
    KEYS_FILE=/var/lib/switchboard/keys.json
EXPOSE 9004 9005
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "const scheme = process.env.TLS_CERT ? 'https' : 'http'; require(scheme).get(`${scheme}://127.0.0.1:${process.env.API_PORT || 9005}/health`, { rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
CMD ["node", "node_modules/switchboard/dist/switchboard.mjs"]
