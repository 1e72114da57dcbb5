#!/usr/bin/env bash
# Installs what the tests need, builds, runs every test, and says how it went.
#
#   ./run-tests.sh               everything: unit tests, tests against real servers (Asterisk, Odoo),
#                                the installed tree, sanitizers, fuzzing, style
#   ./run-tests.sh --quick       unit tests and style only
#   ./run-tests.sh --filter RE   only tests whose names match (ctest -R)
#
# Debian 12 or 13, as root or with sudo (the servers run in roots of their own). Takes no questions,
# can be run again. Builds are in build/<preset>; compiled objects, the servers' roots and fuzzing
# inputs are kept in ~/.cache/calluna. The last line is `N passed, N failed`; a server that cannot be
# had has its tests named as skipped, and without Odoo or any Asterisk the run has failed.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

usage() {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' run-tests.sh >&2
  exit 2
}

quick=0 filter=''
arguments=("$@")
while (($#)); do
  case $1 in
    --quick) quick=1; shift ;;
    --filter) (($# >= 2)) || usage; filter=$2; shift 2 ;;
    *) usage ;;
  esac
done
if [[ $(id -u) != 0 && $quick == 0 ]]; then
  command -v sudo >/dev/null || { echo "run-tests.sh: the tests with Asterisk need root or sudo (or: --quick)" >&2; exit 1; }
  exec sudo -H ./run-tests.sh "${arguments[@]}"
fi

cache=${CALLUNA_CACHE:-$HOME/.cache/calluna}
export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
mkdir -p "$CCACHE_DIR" build
passed=0 failed=0 failures=() skipped=() began=$SECONDS step_began=$SECONDS

# ---- saying what happens --------------------------------------------------------------------------

step() {
  printf '\n== %s   [%d min %02d s]\n' "$*" $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
  step_began=$SECONDS
}
took() { echo "   ($((SECONDS - step_began)) s)"; }
good() { passed=$((passed + 1)); echo "ok: $1"; }
bad() { failed=$((failed + 1)) failures+=("$1"); echo "FAILED: $1" >&2; }

# check NAME COMMAND...: one check that counts.
check() {
  local name=$1
  shift
  if "$@"; then good "$name"; else bad "$name"; fi
}

finish() {
  printf '\n== summary: %d min %02d s\n' $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
  ((${#skipped[@]} == 0)) || printf 'skipped: %s\n' "${skipped[@]}"
  ((${#failures[@]} == 0)) || printf 'failed: %s\n' "${failures[@]}"
  echo "$passed passed, $failed failed"
  if ((failed > 0 || passed == 0)); then exit 1; fi
  exit 0
}

# ---- building and testing one preset --------------------------------------------------------------

# Older ThreadSanitizers do not start where addresses are spread widely at random.
fixed_addresses=()
if setarch -R true 2>/dev/null; then fixed_addresses=(setarch -R); fi

build() { # preset
  step "build $1"
  cmake --preset "$1" >"build/$1.configure.log" 2>&1 || { tail -30 "build/$1.configure.log"; return 1; }
  "${fixed_addresses[@]}" cmake --build --preset "$1" || return 1
  took
}

run_ctest() { # preset ctest-arguments...
  local preset=$1 log=build/$1.ctest.log summary
  shift
  # Its verdict is in its summary, its status would only say the same.
  "${fixed_addresses[@]}" ctest --test-dir "build/$preset" --output-on-failure --no-tests=error "$@" </dev/null 2>&1 |
    tee "$log" || true
  summary=$(grep -oE '[0-9]+ tests? failed out of [0-9]+' "$log" | tail -1 || true)
  if [[ -z $summary ]]; then
    bad "ctest in build/$preset ran no tests"
    return
  fi
  read -r bad_tests _ _ _ _ all_tests <<<"$summary"
  passed=$((passed + all_tests - bad_tests - $(grep -c '\*\*\*Skipped' "$log" || true))) failed=$((failed + bad_tests))
  if ((${#skipped[@]} == 0)) && grep -qE '\*\*\*(Skipped|Not Run)' "$log"; then bad "$preset: tests were skipped, see $log"; fi
  if ((bad_tests > 0)); then
    mapfile -t names < <(sed -nE '/\(Skipped\)$/d; s/^[[:space:]]+[0-9]+ - (.*) \(.*\)$/\1/p' "$log" | sort -u)
    failures+=("${names[@]/#/$preset: }")
  fi
  took
}

# ---- style ----------------------------------------------------------------------------------------

formatted() {
  local version unformatted
  version=$(clang-format --version | grep -oE '[0-9]+' | head -1)
  if [[ $version != 14 ]]; then
    echo "NOT CHECKED: the tree has the format of clang-format 14, this is $version" >&2
    return 0
  fi
  unformatted=$(find sdk bindings runtime tests examples \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 clang-format --dry-run 2>&1 | sed -n 's/^\([^: ]*\):.*clang-format.*/\1/p' | sort -u)
  [[ -z $unformatted ]] || { printf 'clang-format -i %s\n' "${unformatted//$'\n'/ }" && return 1; }
}

check_style() {
  step "style"
  check "style/luacheck" luacheck --no-color -q scripts examples
  check "style/api_names" luajit tests/api_names_test.lua examples
  check "style/clang_format" formatted
}

# ---- real servers ---------------------------------------------------------------------------------

# without SERVER VARIABLE FILTER: its tests skip themselves, and are named at the end.
without() {
  printf '\n!!!!  %s CANNOT BE HAD TODAY: its tests are skipped  !!!!\n\n' "$1" >&2
  export "$2=1"
  local names
  mapfile -t names < <(build/dev/tests/integration_tests --gtest_filter="$3" |
    sed -nE 's/^\[  SKIPPED \] (.*) \([0-9]+ ms\)$/\1/p')
  skipped+=("${names[@]}")
}

prepare_lab() {
  step "Asterisk 22 and 16, and Odoo 19, each in a Debian root of its own"
  local version versions=()
  for version in 22 16; do
    if tests/integration/lab/root "$version"; then
      versions+=("$version")
    else
      without "ASTERISK $version" "CALLUNA_WITHOUT_$version" "*asterisk_$version"
      [[ $version != 22 ]] || skipped+=(integration/examples_22)
    fi
  done
  if ! tests/integration/lab/odoo root; then
    without "ODOO 19" CALLUNA_WITHOUT_ODOO "odoo_19/*"
    bad "no Odoo: the tests against a real one cannot run"
  fi
  export CALLUNA_LAB_VERSIONS="${versions[*]}"
  if ((${#versions[@]} == 0)); then
    bad "no Asterisk at all: the tests against real servers cannot run"
    return 1
  fi
  took
}

# ---- fuzzing --------------------------------------------------------------------------------------

fuzz() {
  local seconds=20 target corpus kept
  step "fuzz, $seconds s for each target"
  while read -r target corpus; do
    # New inputs that reach new code are kept outside of the tree; found faults stop the test.
    kept=$cache/fuzz/$corpus
    mkdir -p "$kept" build/found
    if build/asan/tests/fuzz/"$target" -max_total_time=$seconds -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
      -artifact_prefix="build/found/$target-" "$kept" "tests/fuzz/corpus/$corpus" </dev/null >"build/found/$target.log" 2>&1; then
      echo "   $(sed -n 's/^stat::number_of_executed_units: */inputs: /p' "build/found/$target.log")"
      good "fuzz/$target"
    else
      tail -40 "build/found/$target.log"
      bad "fuzz/$target"
    fi
  done <build/asan/tests/fuzz/targets
  took
}

# ---- all of it ------------------------------------------------------------------------------------

step "packages"
groups=(build test)
((quick)) || groups+=(lab)
cmake/install_packages.sh "${groups[@]}"
took

[[ -n $filter ]] || check_style

build dev || { bad "build/dev"; finish; }

if [[ -n $filter ]]; then
  prepare_lab || finish
  step "tests that match '$filter'"
  run_ctest dev -R "$filter"
  finish
fi

step "unit tests"
run_ctest dev -L unit -j "$(nproc)"
((quick)) && finish

if prepare_lab; then
  step "tests against real servers, and the installed tree"
  run_ctest dev -LE unit
fi

if build asan; then
  step "unit tests with asan"
  run_ctest asan -L unit -j "$(nproc)"
  fuzz
else
  bad "build/asan"
fi

if build tsan; then
  step "unit tests with tsan"
  echo "   without interrupter.breaks_* and *_never_ends_*: ThreadSanitizer holds a signal back until code of its own runs, LuaJIT's loops have none"
  run_ctest tsan -L unit -E 'interrupter\.breaks_|_never_ends_' -j "$(nproc)"
else
  bad "build/tsan"
fi
finish
