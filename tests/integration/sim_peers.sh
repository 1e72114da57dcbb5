#!/usr/bin/env bash
# Client libraries of others, as they come from npm, against the offline PBX.
#   sim_peers.sh CALLUNA     CALLUNA: the built program
# Needs node and npm; installs into a temporary folder. Exit code 77: npm cannot be reached.
set -euo pipefail

if (($# != 1)); then
  echo "usage: sim_peers.sh CALLUNA" >&2
  exit 2
fi
here=$(dirname "$(readlink -f "$0")")/sim_peers
calluna=$(readlink -f "$1")
folder=$(mktemp -d)
pid=
finish() {
  if [[ -n $pid ]]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap finish EXIT

cp "$here"/*.js "$folder"
cd "$folder"
echo '{"private": true}' >package.json
if ! npm install --no-audit --no-fund --ignore-scripts ari-client@2.2.0 asterisk-manager@0.2.0 >npm.log 2>&1; then
  cat npm.log >&2
  exit 77
fi

status=0
for peer in ari ami; do
  : >"$peer.log"
  "$calluna" sim "$here/office.toml" >>"$peer.log" 2>&1 &
  pid=$!
  # The first line says where it listens; the program writes it when the ports are open.
  until grep -q 'listens on' "$peer.log"; do
    kill -0 "$pid" || { cat "$peer.log" >&2; exit 1; }
    read -rt 0.1 <> <(:) || true
  done
  port=$(sed -n "s/.*${peer^^} 127\.0\.0\.1:\([0-9]*\).*/\1/p" "$peer.log" | head -1)
  node "$peer.js" "$port" || { status=1; cat "$peer.log" >&2; }
  kill "$pid"
  wait "$pid" || true
  pid=
done
exit "$status"
