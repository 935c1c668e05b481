#!/bin/sh
# Puts the browser test's script and the packages that it needs into a folder. usage: prepare.sh FOLDER
# Exits 3 with a one-line reason on standard error when there can be no browser here.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1

unavailable() {
  echo "$1" >&2
  exit 3
}

for tool in chromium node npm; do
  command -v "$tool" >/dev/null 2>&1 || unavailable "no $tool (Debian: $tool)"
done
mkdir -p "$folder"
cp "$here"/*.mjs "$here/package.json" "$folder"
if ! cmp -s "$here/package-lock.json" "$folder/package-lock.json" || [ ! -d "$folder/node_modules" ]; then
  rm -f "$folder/package-lock.json"
  cp "$here/package-lock.json" "$folder/lock" && mv "$folder/lock" "$folder/package-lock.json"
  if ! (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1); then
    rm -f "$folder/package-lock.json"
    unavailable "npm ci failed: $(tail -1 "$folder/npm.log")"
  fi
fi
