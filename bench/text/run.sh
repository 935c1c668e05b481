#!/usr/bin/env bash
# Sets up the pinned peers in an environment of their own and runs the comparison. Called by ./dev bench text.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=build/bench
mkdir -p "$place"
if [ ! -x "$place/venv/bin/python" ]; then
  python3 -m venv "$place/venv"
fi
"$place/venv/bin/python" -m pip install -q --disable-pip-version-check -r bench/text/requirements.txt
exec "$place/venv/bin/python" bench/text/compare.py --program build/release/rekindle --plain build/release/plain_loop --place "$place" "$@"
