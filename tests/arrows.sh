#!/usr/bin/env bash
# Who may include whom: runtime -> bindings -> sdk, and inside the sdk the rooms that are leaves.
# Prints every include that points the wrong way; ends with 1 if there is one.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

wrong=0
# forbid WHY PATTERN FOLDER...: no file below the folders may include what matches.
forbid() {
  local why=$1 pattern=$2 found
  shift 2
  local folders=()
  for folder in "$@"; do [[ -d $folder ]] && folders+=("$folder"); done
  ((${#folders[@]})) || return 0
  if found=$(grep -rnE --include='*.hpp' --include='*.cpp' --include='*.inc' "^ *# *include *[<\"]($pattern)" "${folders[@]}"); then
    printf '%s:\n%s\n' "$why" "$found"
    wrong=1
  fi
}

forbid 'sdk knows neither bindings nor runtime' 'calluna/(bindings|runtime)/' sdk
forbid 'bindings does not know runtime' 'calluna/runtime/' bindings
forbid 'only bindings knows Lua' 'lua\.hpp|lua\.h|lauxlib\.h|lualib\.h|luajit\.h' sdk runtime
forbid 'no room reaches into the sources of another' '(\.\./)+(sdk|bindings|runtime)/' sdk bindings runtime examples
forbid 'examples see installed headers only' '\.\./' examples

rooms=(agi ami ari calls directory erp http io numbers sim store)
for one in agi ami ari erp; do
  for other in agi ami ari erp; do
    [[ $one == "$other" ]] || forbid "agi, ami, ari and erp do not know each other" "calluna/$other/|(\.\./)+$other/" sdk/{include/calluna,src}/"$one"
  done
done
for leaf in io numbers store; do
  for other in "${rooms[@]}"; do
    [[ $leaf == "$other" ]] || forbid "$leaf is a leaf" "calluna/$other/|(\.\./)+$other/" sdk/{include/calluna,src}/"$leaf"
  done
done
# The offline PBX stands on ari and io; nobody in the sdk stands on it.
forbid 'sim knows neither calls nor what business systems are' 'calluna/(calls|directory|erp|numbers|store)/' \
  sdk/{include/calluna,src}/sim
for other in "${rooms[@]}"; do
  [[ $other == sim ]] || forbid 'nothing in the sdk knows sim' 'calluna/sim/' sdk/{include/calluna,src}/"$other"
done
# What stands beside the rooms (error, result, event, log, clock) knows none of them.
for file in sdk/include/calluna/*.hpp sdk/src/*.cpp; do
  if grep -nHE '^ *# *include *[<"]calluna/[a-z]+/' "$file"; then
    echo "$file knows a room: error, result, event, log and clock are leaves"
    wrong=1
  fi
done

((wrong)) || echo 'all includes point the right way: runtime -> bindings -> sdk'
exit "$wrong"
