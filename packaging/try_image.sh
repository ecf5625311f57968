#!/usr/bin/env bash
# Tries a container image: starts it without any rights and with a store on a new volume, waits until
# Docker calls it healthy, restarts it with a stored job, stops it, and looks at how it ended:
#
#   packaging/try_image.sh geartrain
set -euo pipefail
image=$1
volume=$(docker volume create)
container=$(docker run --detach --read-only --cap-drop ALL --security-opt no-new-privileges \
  --health-interval 1s --publish 127.0.0.1::4730 --volume "$volume:/var/lib/geartrain" "$image" \
  serve --store sqlite:/var/lib/geartrain/queue.db)
trap 'docker logs "$container"; docker rm --force "$container" > /dev/null; docker volume rm "$volume" > /dev/null' EXIT

wait_until_healthy() {
  health=
  for _ in {1..60}; do
    health=$(docker inspect --format '{{.State.Health.Status}}' "$container")
    [ "$health" != healthy ] || break
    sleep 1
  done
  echo "The container is $health"
  [ "$health" = healthy ]
}

wait_until_healthy
address=$(docker port "$container" 4730/tcp)
exec 3<> "/dev/tcp/127.0.0.1/${address##*:}"
printf 'version\n' >&3
read -r -t 10 answer <&3
echo "It answers: $answer"
[[ "$answer" == OK* ]]

handle=$(docker exec "$container" geartrain submit --background try data)
docker restart "$container" > /dev/null
wait_until_healthy
# Commands about jobs are answered when the stored jobs are back.
docker exec "$container" geartrain admin show-jobs | grep "$handle"

docker stop "$container" > /dev/null
[ "$(docker inspect --format '{{.State.ExitCode}}' "$container")" -eq 0 ]
