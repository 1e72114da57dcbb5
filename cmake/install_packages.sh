#!/usr/bin/env bash
# Installs what is missing of the groups of packages.txt: install_packages.sh build [test] [lab]
# Asks nothing; does nothing, and needs neither network nor root, if everything is there.
set -euo pipefail

list=$(dirname "$(readlink -f "$0")")/packages.txt
wanted=()
for group in "$@"; do
  mapfile -t names < <(awk -v group="[$group]" '/^\[/ { on = $0 == group; next } on && NF && !/^#/' "$list")
  ((${#names[@]})) || { echo "install_packages: packages.txt has no group [$group]" >&2; exit 2; }
  wanted+=("${names[@]}")
done
((${#wanted[@]})) || { echo "usage: install_packages.sh GROUP..." >&2; exit 2; }

missing=()
for name in "${wanted[@]}"; do
  [[ $(dpkg-query -W -f '${Status}' "$name" 2>/dev/null) == 'install ok installed' ]] || missing+=("$name")
done
if ((${#missing[@]} == 0)); then
  echo "all ${#wanted[@]} packages are there"
  exit 0
fi

echo "installing ${#missing[@]} packages: ${missing[*]}"
as_root=()
if [[ $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || { echo "installing packages needs root or sudo" >&2; exit 1; }
  as_root=(sudo)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >"$log" 2>&1 ||
    { tail -30 "$log" >&2; echo "install_packages: '$*' failed" >&2; exit 1; }
}
quietly apt-get update
quietly apt-get install -y --no-install-recommends "${missing[@]}"
