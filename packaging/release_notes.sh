#!/bin/sh
# Prints what CHANGELOG.md says about a version; fails when it says nothing:
#
#   packaging/release_notes.sh 0.1.0
set -eu
notes=$(awk -v heading="## [$1]" '
  index($0, "## ") == 1 { inside = index($0, heading) == 1; next }
  inside
' CHANGELOG.md)
if [ -z "$notes" ]; then
  echo "CHANGELOG.md has nothing under ## [$1]" >&2
  exit 1
fi
printf '%s\n' "$notes" | sed '/./,$!d'
