#!/usr/bin/env bash
# Installs a build into a temporary prefix and builds the embedding examples against that alone.
#   consumer_test.sh BUILD_FOLDER
set -euo pipefail

if (($# != 1)); then
  echo "usage: consumer_test.sh BUILD_FOLDER" >&2
  exit 2
fi
build=$(readlink -f "$1")
here=$(dirname "$(readlink -f "$0")")
source=$(readlink -f "$here/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
  echo "consumer_test: $*" >&2
  exit 1
}
# says WHAT COMMAND...: the command succeeds and its output has WHAT.
says() {
  local what=$1 output
  shift
  output=$("$@" 2>&1) || fail "'$*' ended with $?: $output"
  [[ $output == *"$what"* ]] || fail "'$*' does not say '$what': $output"
  echo "ok: ${*##*/} says '$what'"
}

cmake --install "$build" --prefix "$prefix" >"$work/install.log" || fail "$(tail -20 "$work/install.log")"

echo "== what is installed names nothing of this machine's build"
if grep -rnE "PkgConfig::|$source|$build" "$prefix/lib"*/ --include='*.cmake'; then
  fail "the lines above should not be in an installed file"
fi
for file in bin/calluna share/calluna/scripts/calluna/ari.lua \
  share/calluna/scripts/calluna/_meta/ari_operations.lua share/calluna/examples/apps/vip_queue/init.lua \
  share/doc/calluna/docs/lua/ari.md; do
  [[ -e $prefix/$file ]] || fail "$file is not installed"
done

echo "== a project that knows only the prefix"
cmake -S "$here" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  ${CONSUMER_CXX_FLAGS:+-DCMAKE_CXX_FLAGS="$CONSUMER_CXX_FLAGS"} >"$work/configure.log" 2>&1 ||
  fail "$(cat "$work/configure.log")"
cmake --build "$work/build" || fail "the examples do not build"

echo "== what it built runs"
says 'usage: ami_tail' "$work/build/embed/ami_tail" --help
says 'usage: host_with_own_module' "$work/build/embed/host_with_own_module" --help
says 'Ann Archer owes 120.50' "$work/build/embed/host_with_own_module"
says 'calluna 0.1' "$work/build/own_calluna" version
says 'calluna 0.1' "$prefix/bin/calluna" version
