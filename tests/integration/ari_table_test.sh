#!/usr/bin/env bash
# Compares the ARI tables with the API description of real servers.
#   ari_table_test.sh PROGRAM [VERSION...]     PROGRAM: the built ari_table_test; default: those in
#                                              CALLUNA_LAB_VERSIONS, or 22 and 16
# Starts one of the lab's Asterisks after the other and stops it again. Needs root, as the lab does.
set -euo pipefail

if (($# == 0)); then
  echo "usage: ari_table_test.sh PROGRAM [VERSION...]" >&2
  exit 2
fi
program=$1
shift
versions=("$@")
((${#versions[@]})) || read -ra versions <<<"${CALLUNA_LAB_VERSIONS:-22 16}"
lab=$(dirname "$(readlink -f "$0")")/lab
run=$(mktemp -d)

stop() {
  for version in "${versions[@]}"; do
    if [[ -e $run/$version/env ]]; then "$lab/asterisk" stop "$run/$version" || true; fi
  done
  rm -rf "$run"
}
trap stop EXIT

status=0
for version in "${versions[@]}"; do
  "$lab/asterisk" start "$version" --run "$run/$version"
  (
    # shellcheck disable=SC1091 # written by the lab
    . "$run/$version/env"
    export CALLUNA_LAB_ARI_URL="http://127.0.0.1:$LAB_HTTP_PORT"
    export CALLUNA_LAB_ARI_USER="$LAB_ARI_USER" CALLUNA_LAB_ARI_PASSWORD="$LAB_ARI_SECRET"
    exec "$program"
  ) || status=1
  "$lab/asterisk" stop "$run/$version"
done
exit "$status"
