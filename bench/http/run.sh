#!/usr/bin/env bash
# A daemon that learns generated samples as fast as it can, and the clients that ask it. Called by ./dev bench http [ROUNDS].
set -euo pipefail
cd "$(dirname "$0")/../.."
place=build/bench/http
rounds=${1:-7}
rm -rf "$place"
mkdir -p "$place"
cat >"$place/http.toml" <<END
[source]
type = "generate"
samples = 1_000_000_000
generator = { type = "hyperplane", n_features = 40 }
[schema]
task = "binary"
label = "y"
[http]
listen = "127.0.0.1:0"
[checkpoint]
directory = "$place/checkpoints"
END
printf '{%s,"y":1}\n' "$(seq 0 39 | awk '{ printf "%s\"x%d\":%.16f", (NR > 1 ? "," : ""), $1, ($1 * 0.6180339887498949) % 1 }')" >"$place/sample.json"
: >"$place/log" # There from the start, for the loop below.
build/release/rekindle run -c "$place/http.toml" >"$place/log" 2>&1 &
daemon=$!
trap 'kill "$daemon" 2>/dev/null; wait "$daemon" 2>/dev/null || true' EXIT
port=
for _ in $(seq 100); do
  port=$(sed -n 's/.*127\.0\.0\.1:\([0-9]*\).*/\1/p' "$place/log" | head -n 1)
  [ -n "$port" ] && break
  sleep 0.1
done
[ -n "$port" ] || { cat "$place/log" >&2; exit 1; }
sleep 2
build/release/http_load "$port" "$daemon" "$place/sample.json" "$rounds"
