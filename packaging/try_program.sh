#!/usr/bin/env bash
# Tries a built program as somebody would who has just downloaded it, and ends what it has started:
#
#   packaging/try_program.sh dist/geartrain
set -euo pipefail
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
"$program" --version
for shell in bash zsh fish; do "$program" completions "$shell" | grep geartrain > /dev/null; done
"$program" man | grep '^\.TH'

folder=$(mktemp -d)
cd "$folder"
server=
trap 'kill "$server" 2> /dev/null || true; cat log.*; cd /; rm -rf "$folder" || true' EXIT

# Starts the server with a store, and waits until it tells its port. Each start has a log of its own:
# a shell empties the file of a job in the background at some later time.
starts=0
start() {
  starts=$((starts + 1))
  "$program" serve --listen 127.0.0.1 --port 0 --store sqlite:queue.db 2> "log.$starts" &
  server=$!
  port=
  : >> "log.$starts"
  for _ in {1..300}; do
    port=$(sed -n 's/.* listening on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "log.$starts")
    [ -z "$port" ] || break
    kill -0 "$server"
    sleep 0.1
  done
  "$program" health --host 127.0.0.1 --port "$port" --timeout 10
}

stop() {
  kill "$server"
  status=0
  wait "$server" || status=$?
  # On Windows nothing can ask a process to end: it is ended.
  [ "$status" -eq 0 ] || [ "${OS:-}" = Windows_NT ]
}

start
handle=$("$program" submit try data --background --host 127.0.0.1 --port "$port")
stop

start
# It is answered when the stored jobs are back.
"$program" submit try data --background --host 127.0.0.1 --port "$port"
if ! "$program" admin show-jobs --host 127.0.0.1 --port "$port" | grep "$handle"; then
  echo "The stored job $handle is gone after a restart" >&2
  exit 1
fi
stop

if "$program" health --host 127.0.0.1 --port "$port" --timeout 1 2> /dev/null; then
  echo "Health says that a stopped server is well" >&2
  exit 1
fi
