#!/usr/bin/env bash
# Builds the wheel of clients/python, installs it into an environment of its own, and runs its tests against the program.
# usage: run.sh CLIENT_FOLDER WORK_FOLDER REKINDLE
set -euo pipefail
client=$1 work=$2 program=$3

# What a machine without network or venv cannot do is skipped with its reason, but not in CI.
unable() {
  echo "SKIPPED: $1"
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

rm -rf "$work"
mkdir -p "$work/wheel"
python3 -m venv "$work/venv" >"$work/log" 2>&1 || unable "python3 -m venv does not work here (python3-venv): $(tail -1 "$work/log")"
python=$work/venv/bin/python
# A copy, because the build writes beside the sources.
cp -r "$client" "$work/client"
"$python" -m pip wheel --quiet --no-deps --wheel-dir "$work/wheel" "$work/client" >"$work/log" 2>&1 || unable "the wheel cannot be built: $(tail -1 "$work/log")"
"$python" -m pip install --quiet --no-index "$work"/wheel/rekindle-*.whl
"$python" -m pip install --quiet --only-binary :all: pandas==2.2.3 numpy==1.26.4 >"$work/log" 2>&1 || echo "without pandas: $(tail -1 "$work/log")"
cd "$work"
for tests in "$client"/tests/test_*.py; do
  REKINDLE_BINARY=$program "$python" -I "$tests" -v
done
