#!/usr/bin/env bash
# Sets up the pinned peers in an environment of their own and runs the comparison. Called by ./dev bench updates.
# PEERS: a Python environment that has them already.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=build/bench
peers=${PEERS:-$place/peers}
mkdir -p "$place"
if [ ! -x "$peers/bin/python" ]; then
  python3 -m venv "$peers"
fi
if [ -z "${PEERS:-}" ]; then
  "$peers/bin/python" -m pip install -q --disable-pip-version-check -r bench/updates/requirements.txt
fi
exec "$peers/bin/python" bench/updates/peers.py --program build/release/updates --place "$place" "$@"
