#!/bin/sh
# Prints the folder with the jars of Apache Kafka (REKINDLE_KAFKA, or 3.9.1), fetching them once with Maven.
# Exits 3 with a one-line reason on standard error when they cannot be had.
set -eu

kafka="${REKINDLE_KAFKA:-3.9.1}"
folder="${XDG_CACHE_HOME:-$HOME/.cache}/rekindle/kafka-$kafka"
here=$(cd "$(dirname "$0")" && pwd)

unavailable() {
  echo "$1" >&2
  exit 3
}

command -v java >/dev/null 2>&1 || unavailable "no java: install a JRE (Debian: default-jre-headless)"
if [ ! -d "$folder" ]; then
  command -v mvn >/dev/null 2>&1 || unavailable "no mvn: install Maven (Debian: maven)"
  mkdir -p "$(dirname "$folder")"
  # Beside the target, so that the rename is atomic and an interrupted download leaves nothing that looks complete.
  fresh=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  # From the empty folder: Maven would otherwise read the configuration of the folder that it is called from.
  (cd "$fresh" && mvn --batch-mode --quiet --file "$here/kafka-pom.xml" "-Dkafka=$kafka" \
    dependency:copy-dependencies -DoutputDirectory="$fresh" >"$fresh/maven.log" 2>&1) ||
    unavailable "Maven could not fetch Apache Kafka: $(grep -m 1 ERROR "$fresh/maven.log" || echo 'see its output')"
  rm -f "$fresh/maven.log"
  chmod 755 "$fresh"
  # Another process may have been faster; its copy is as good. mv -T refuses to replace a non-empty folder.
  mv -T "$fresh" "$folder" 2>/dev/null || [ -d "$folder" ] || unavailable "cannot write $folder"
fi
echo "$folder"
