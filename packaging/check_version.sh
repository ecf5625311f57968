#!/bin/sh
# Fails unless a tag is the version that every file of this tree has, with `v` before it:
#
#   packaging/check_version.sh v0.1.0
set -eu
tag=$1
status=0
expect() {
  [ "v$2" = "$tag" ] && return
  echo "The tag is $tag, but $1 has ${2:-no version}" >&2
  status=1
}
for file in deno.json package.json package-lock.json; do
  expect "$file" "$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$file")"
done
expect version.ts "$(sed -n 's/^export const VERSION = "\(.*\)";$/\1/p' version.ts)"
exit "$status"
