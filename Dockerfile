# All images of Gradewatch: a static program each, and nothing else, so that there is no shell, and nothing to update but the program.
#   docker build --target=exporter --build-arg=VERSION=1.0.0 --tag=gradewatch/exporter:1.0.0 .
#   docker buildx build --platform=linux/amd64,linux/arm64 … # for several architectures, without emulation: Go compiles for each
FROM --platform=$BUILDPLATFORM golang:1.26.8-alpine3.24 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY exporter exporter
COPY dashboards-go dashboards-go
COPY e2e/semester e2e/semester
ARG VERSION=dev
ARG REVISION=unknown
ARG TARGETOS
ARG TARGETARCH
# The same sources give the same bytes: no paths, no time, no C library, no state of the checkout.
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -o /out/ -ldflags="-s -w -buildid= \
    -X github.com/prometheus/common/version.Version=$VERSION \
    -X github.com/prometheus/common/version.Revision=$REVISION" ./exporter ./dashboards-go ./e2e/semester
# For --state.file, and for the --output of backfill. New volumes that are mounted here take over the owner, who is also that
# of Prometheus's image.
RUN mkdir -p /empty/gradewatch /empty/prometheus /empty/tmp && chown -R 65534:65534 /empty

FROM scratch AS base
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build --chown=65534:65534 /empty/tmp /tmp
USER 65534:65534
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Gradewatch" \
      org.opencontainers.image.description="Analytics for a service that checks homework: exact Prometheus metrics, dashboards and alerts" \
      org.opencontainers.image.source="https://github.com/gradewatch/gradewatch" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION

# Folders, teams, permissions and dashboards of a Grafana.
FROM base AS dashboards
COPY --from=build /out/dashboards-go /dashboards
EXPOSE 9851
ENTRYPOINT ["/dashboards"]

# For a first look: a service that writes a made-up semester.
FROM base AS semester
COPY --from=build /out/semester /semester
ENTRYPOINT ["/semester"]

FROM base AS exporter
COPY --from=build --chown=65534:65534 /empty/gradewatch /var/lib/gradewatch
COPY --from=build --chown=65534:65534 /empty/prometheus /var/lib/prometheus
COPY --from=build /out/exporter /exporter
VOLUME /var/lib/gradewatch
EXPOSE 9850
ENTRYPOINT ["/exporter"]
CMD ["serve"]
