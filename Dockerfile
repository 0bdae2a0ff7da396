# Both images can be replaced, by a mirror or by a digest: `--build-arg RUN_IMAGE=…@sha256:…`.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim
ARG RUN_IMAGE=gcr.io/distroless/nodejs24-debian12:nonroot

# What is built is the same for every platform, so it is built on the builder's own.
FROM --platform=$BUILDPLATFORM ${BUILD_IMAGE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Without the workspace, which brings developers a Node.js, and without anybody's install scripts.
RUN npm ci --workspaces=false --ignore-scripts --no-audit --no-fund
COPY build.ts tsconfig.json ./
COPY packaging packaging
COPY src src
COPY policies policies
# The image's package.json says what it is, and that its files are ES modules.
RUN node build.ts && node packaging/image-package.ts > dist/package.json

FROM ${RUN_IMAGE}
ARG VERSION=0.1.0
ARG SOURCE=""
ARG REVISION=""
LABEL org.opencontainers.image.title="chokepoint" \
      org.opencontainers.image.description="An admission gate that keeps every MCP server in a Kubernetes cluster behind its gateway, judged by effective traffic." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /src/dist/package.json /src/dist/sbom.cdx.json /src/dist/THIRD-PARTY-LICENSES.txt /src/dist/chokepoint.js /app/
# The entry and its chunks, not one file: that is slower to start (230 ms to 195 until the webhook is ready) and takes 4 MiB more.
COPY --from=build /src/dist/chunks /app/chunks
COPY LICENSE /app/
COPY policies/demo /app/policies/demo
# Where a folder of manifests is mounted: a chokepoint.yaml there is found.
WORKDIR /work
USER 65532:65532
EXPOSE 8443 8080
# Under a memory limit Node.js keeps its heap small, and with it the part where what is new lives (semi-space, in MiB), for which each decision
# would pay with half as much time again.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=8", "/app/chokepoint.js"]
CMD ["--help"]
