#!/usr/bin/env bash
# Compares exported models with onnxruntime, in an environment of its own.
# usage: run.sh WORK_FOLDER REKINDLE
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$1 program=$2

# What a machine without network or venv cannot do is skipped with its reason, but not in CI.
unable() {
  echo "SKIPPED: $1"
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

rm -rf "$work"
mkdir -p "$work"
python3 -m venv "$work/venv" >"$work/log" 2>&1 || unable "python3 -m venv does not work here (python3-venv): $(tail -1 "$work/log")"
"$work/venv/bin/python" -m pip install --quiet --only-binary :all: -r "$here/requirements.txt" >"$work/log" 2>&1 ||
  unable "onnxruntime cannot be installed: $(tail -1 "$work/log")"
cd "$work"
exec "$work/venv/bin/python" "$here/compare.py" "$program"
