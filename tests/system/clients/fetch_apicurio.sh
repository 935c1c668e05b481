#!/usr/bin/env bash
# Prints a Java that is new enough and the folder of the Apicurio registry 3.3.3, on two lines; fetches that once with Maven.
# Exits 3 with a one-line reason on standard error when they cannot be had.
set -euo pipefail
version=3.3.3
cache="${XDG_CACHE_HOME:-$HOME/.cache}/rekindle"
folder="$cache/apicurio-$version"

unavailable() {
  echo "$1" >&2
  exit 3
}

new_java() {
  local java major
  for java in "${JAVA_HOME:-/none}/bin/java" java /usr/lib/jvm/*/bin/java; do
    command -v "$java" >/dev/null 2>&1 || continue
    major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -1)
    if [ "${major:-0}" -ge 21 ]; then
      echo "$java"
      return
    fi
  done
}

java=$(new_java)
[ -n "$java" ] || unavailable "no Java of 21 or newer"
if [ ! -d "$folder" ]; then
  command -v mvn >/dev/null 2>&1 || unavailable "no mvn: install Maven (Debian: maven)"
  mkdir -p "$cache"
  fresh=$(mktemp -d "$folder.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  (cd "$fresh" && mvn --batch-mode --quiet org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="io.apicurio:apicurio-registry-app:$version:tar.gz:all" -DoutputDirectory="$fresh" >"$fresh/maven.log" 2>&1) ||
    unavailable "Maven could not fetch Apicurio: $(grep -m 1 ERROR "$fresh/maven.log" || echo 'see its output')"
  mkdir "$fresh/app"
  tar -xzf "$fresh/apicurio-registry-app-$version-all.tar.gz" -C "$fresh/app"
  mv -T "$fresh/app" "$folder" 2>/dev/null || [ -d "$folder" ] || unavailable "cannot write $folder"
fi
echo "$java"
echo "$folder"
