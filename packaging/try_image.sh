#!/usr/bin/env bash
# Tries a container image: starts it without any rights, waits until Docker calls it healthy, stops
# it, and looks at how it ended:
#
#   packaging/try_image.sh geartrain
set -euo pipefail
image=$1
container=$(docker run --detach --read-only --cap-drop ALL --security-opt no-new-privileges \
  --health-interval 1s --publish 127.0.0.1::4730 "$image")
trap 'docker logs "$container"; docker rm --force "$container" > /dev/null' EXIT
health=
for _ in {1..60}; do
  health=$(docker inspect --format '{{.State.Health.Status}}' "$container")
  [ "$health" != healthy ] || break
  sleep 1
done
echo "The container is $health"
[ "$health" = healthy ]

address=$(docker port "$container" 4730/tcp)
exec 3<> "/dev/tcp/127.0.0.1/${address##*:}"
printf 'version\n' >&3
read -r -t 10 answer <&3
echo "It answers: $answer"
[[ "$answer" == OK* ]]

docker stop "$container" > /dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" -eq 0 ]
