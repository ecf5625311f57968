# A container image of geartrain, from programs that are already built:
#
#   npm ci && npm run build -- --target linux-x64     # or linux-arm64
#   docker build --tag geartrain .
#
# Needs BuildKit, which names the architecture in TARGETARCH and builds only the stages that are used.
# An ARG for that before the first FROM would make it empty.

FROM scratch AS program-amd64
COPY --chmod=0755 dist/geartrain-linux-x64 /geartrain

FROM scratch AS program-arm64
COPY --chmod=0755 dist/geartrain-linux-arm64 /geartrain

FROM program-${TARGETARCH} AS program

# The folder of the store. A new volume that is mounted there gets its owner.
FROM scratch AS folders
WORKDIR /lib/geartrain

# The program needs glibc and nothing else; commands are lists, so that no shell is between them and
# the signals.
FROM debian:13-slim
COPY --from=program /geartrain /usr/local/bin/geartrain
COPY --from=folders --chown=65532:65532 /lib /var/lib
# By number: Kubernetes cannot tell from a name that it is not root's.
USER 65532:65532
EXPOSE 4730
# Stops at once. SIGUSR2 stops when no job is left.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s --retries=3 CMD ["geartrain", "health", "--host", "localhost"]
ENTRYPOINT ["geartrain"]
# The log says what is lost or refused.
CMD ["serve", "--verbose", "WARNING"]
