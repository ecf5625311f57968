# A container image of geartrain, from programs that are already built:
#
#   npm ci && npm run build -- --target linux-x64     # or linux-arm64
#   docker build --tag geartrain .
#
# Needs BuildKit, which names the architecture in TARGETARCH and builds only the stage that is used.
ARG TARGETARCH

FROM scratch AS program-amd64
COPY --chmod=0755 dist/geartrain-linux-x64 /geartrain

FROM scratch AS program-arm64
COPY --chmod=0755 dist/geartrain-linux-arm64 /geartrain

FROM program-${TARGETARCH} AS program

# The program needs glibc and nothing else; commands are lists, so that no shell is between them and
# the signals.
FROM debian:13-slim
COPY --from=program /geartrain /usr/local/bin/geartrain
# By number: Kubernetes cannot tell from a name that it is not root's.
USER 65532:65532
EXPOSE 4730
# Stops at once. SIGUSR2 stops when no job is left.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["geartrain", "health", "--host", "localhost"]
ENTRYPOINT ["geartrain"]
CMD ["serve"]
