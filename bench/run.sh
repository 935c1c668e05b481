#!/usr/bin/env bash
# Sets up the pinned peers in an environment of their own and runs the comparison. Called by ./dev bench.
set -euo pipefail
cd "$(dirname "$0")/.."
place=build/bench
mkdir -p "$place"
if [ ! -x "$place/venv/bin/python" ]; then
  python3 -m venv "$place/venv"
fi
"$place/venv/bin/python" -m pip install -q --disable-pip-version-check -r bench/requirements.txt
exec "$place/venv/bin/python" bench/compare.py --program build/release/rekindle --place "$place" "$@"
