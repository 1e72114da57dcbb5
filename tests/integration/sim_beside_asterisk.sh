#!/usr/bin/env bash
# Plays the stories of the offline PBX's comparison on a real Asterisk 22 of the lab, anew, and
# compares (the unit tests compare with the recordings that are kept).
#   sim_beside_asterisk.sh SDK_TESTS     SDK_TESTS: the built sdk_tests
# Needs root, as the lab does.
set -euo pipefail

if (($# != 1)); then
  echo "usage: sim_beside_asterisk.sh SDK_TESTS" >&2
  exit 2
fi
here=$(dirname "$(readlink -f "$0")")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

stories=$("$1" --gtest_list_tests --gtest_filter='*sim_beside_asterisk*' | sed -n 's|^  .*/\([a-z_]*\) .*|\1|p')
[[ -n $stories ]] || { echo "$1 has no stories" >&2; exit 1; }
# shellcheck disable=SC2086 # names without blanks
"$here/lab/record" --version 22 --out "$folder" $stories ||
  echo "The recorder's complaints are about how long things took, which is not compared; a recording that is missing fails below."
CALLUNA_RECORDINGS=$folder "$1" --gtest_filter='*sim_beside_asterisk*' --gtest_brief=1
