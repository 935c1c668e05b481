#!/usr/bin/env bash
# Sets up the pinned peers, each in an environment of its own (their requirements exclude each other), and runs the comparison.
# Called by ./dev bench detectors.
set -euo pipefail
cd "$(dirname "$0")/../.."
place=$PWD/build/bench
here=$PWD/bench/detectors
moa=2024.07.0
jars=${XDG_CACHE_HOME:-$HOME/.cache}/rekindle/moa-$moa
for peer in river frouros; do
  [ -x "$place/$peer/bin/python" ] || python3 -m venv "$place/$peer"
  "$place/$peer/bin/python" -m pip install -q --disable-pip-version-check -r "$here/peers/$peer.txt"
done
if [ ! -d "$jars" ]; then
  mkdir -p "$(dirname "$jars")"
  fresh=$(mktemp -d "$jars.XXXXXX")
  (cd "$fresh" && mvn --batch-mode --quiet --file "$here/moa-pom.xml" "-Dmoa=$moa" dependency:copy-dependencies "-DoutputDirectory=$fresh")
  mv -T "$fresh" "$jars"
fi
javac -cp "$jars/*" -d "$place/moa" "$here/peers/MoaDetectors.java"
exec python3 bench/detectors/compare.py --place "$place" --program build/release/detectors_bench --jars "$jars" "$@"
