#!/usr/bin/env bash
# Prints a Python with other people's Kafka clients, made once from PyPI in the folder WORK.
# Exits 3 with a one-line reason on standard error when it cannot be had.
# usage: venv.sh WORK
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1

unavailable() {
  echo "$1" >&2
  exit 3
}

mkdir -p "$work"
if ! cmp -s "$here/requirements.txt" "$work/requirements.txt"; then
  python3 -m venv --clear "$work/venv" >"$work/log" 2>&1 || unavailable "python3 -m venv does not work here (python3-venv): $(tail -1 "$work/log")"
  "$work/venv/bin/python" -m pip install --quiet --only-binary :all: -r "$here/requirements.txt" >"$work/log" 2>&1 ||
    unavailable "confluent-kafka cannot be had: $(tail -1 "$work/log")"
  cp "$here/requirements.txt" "$work"
fi
echo "$work/venv/bin/python"
