#!/usr/bin/env bash
# Shows Calluna at work: a support queue in Lua in which a VIP goes first, and a script that is
# changed while calls are up.
#
#   ./run-demo.sh                on the offline PBX; ends by itself, with 0 if everything was as it says
#   ./run-demo.sh --live         a live page instead: callers come and go, until Ctrl-C
#   ./run-demo.sh --asterisk     the same on a real Asterisk, with SIPp's phones and callers
#   ./run-demo.sh --keep         leaves the PBX, the runtime and the agent's phone up to play with
#   ./run-demo.sh --stop         ends what --keep has left
#
# Debian 12 or 13. Installs the packages that are missing (as root or with sudo) and builds. The
# offline PBX needs nothing else; --asterisk needs root and makes a root with Asterisk in
# ~/.cache/calluna (22 from Debian sid; 16 if that cannot be had). All on 127.0.0.1 only.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

keep=0 live=0 only_stop=0 on=sim
arguments=("$@")
for argument; do
  case $argument in
    --keep) keep=1 ;;
    --live) live=1 ;;
    --stop) only_stop=1 ;;
    --asterisk) on=asterisk ;;
    *) sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' run-demo.sh >&2; exit 2 ;;
  esac
done
if ((live)) && [[ ! -t 1 ]]; then
  echo "run-demo.sh: --live is for a terminal" >&2
  exit 2
fi
if [[ $on == asterisk && $(id -u) != 0 ]]; then
  command -v sudo >/dev/null || { echo "run-demo.sh: needs root or sudo, for Asterisk's root" >&2; exit 1; }
  exec sudo -H ./run-demo.sh "${arguments[@]}"
fi

demo=$PWD/build/demo
app=$demo/vip_queue
log=$demo/calluna.log

# ---- telling and waiting --------------------------------------------------------------------------

title() { printf '\n\033[1m%s\033[0m\n' "$*"; }
say() { printf '  %s\n' "$*"; }
shown() { sed 's/^/      | /'; }
fail() {
  printf '\nrun-demo: NOT AS EXPECTED: %s\n' "$*" >&2
  [[ ! -e $log ]] || { echo "The runtime's last lines ($log):" >&2; tail -15 "$log" >&2; }
  exit 1
}
# wait_for SECONDS WHAT COMMAND...: until the command succeeds, or the demo has failed.
wait_for() {
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    ((SECONDS <= end)) || fail "waited in vain for this: $what"
    sleep 0.1
  done
}

# What is different with an Asterisk and without: start_pbx, start_agent, calls, agent_hangs_up,
# all_hang_up, how_to_call, how_to_look.
# shellcheck source=examples/demo/on_sim.bash
. "examples/demo/on_$on.bash"

# ---- processes, each ended by its own pid ---------------------------------------------------------

started() { echo "$1 $2" >>"$demo/pids"; }
is_ours() { grep -qaF "$demo" "/proc/$1/cmdline" 2>/dev/null; }
not_running() { ! is_ours "$1"; }
end_process() { # pid
  is_ours "$1" || return 0
  kill "$1" 2>/dev/null || true
  wait_for 40 "the end of process $1" not_running "$1"
}
stop_all() {
  local pid what
  if [[ -e $demo/pids ]]; then
    while read -r pid what; do [[ $what == calluna ]] || end_process "$pid"; done <"$demo/pids"
    while read -r pid what; do [[ $what != calluna ]] || end_process "$pid"; done <"$demo/pids"
    rm -f "$demo/pids"
  fi
  if [[ -e $demo/asterisk/env ]]; then tests/integration/lab/asterisk stop "$demo/asterisk" >/dev/null 2>&1 || true; fi
}
at_exit() {
  local code=$?
  trap - EXIT
  if ((keep && code == 0)); then exit 0; fi
  stop_all
  exit "$code"
}

if ((only_stop)); then
  stop_all
  echo "nothing of the demo runs any more"
  exit 0
fi
trap at_exit EXIT
trap 'exit 130' INT TERM
stop_all # what an earlier --keep left

# ---- what the PBX says ---------------------------------------------------------------------------

ari() { # GET PATH, without secrets in the list of processes
  curl -fsS --max-time 5 --config <(printf 'user = "%s:%s"\n' "$ari_user" "$ari_secret") \
    "http://127.0.0.1:$ari_port/ari/$1"
}
channel_of() { ari channels | jq -er --arg n "$1" 'first(.[] | select(.caller.number == $n and (.name | startswith("PJSIP/trunk")))) | .id'; }
# The phone that talks to the caller: of the other channel in a bridge of two.
partner_of() { # number -> channel name
  local id other
  id=$(channel_of "$1" 2>/dev/null) || return 1
  other=$(ari bridges | jq -er --arg id "$id" \
    'first(.[] | .channels | select(length == 2 and index($id)) | .[] | select(. != $id))') || return 1
  ari "channels/$other" | jq -er .name
}
talks_to() { [[ $(partner_of "$1" 2>/dev/null) == "PJSIP/$2-"* ]]; }
# Answered by the script, and in no bridge: hears music.
waits() {
  local id
  id=$(channel_of "$1" 2>/dev/null) || return 1
  ari "channels/$id" | jq -e '.state == "Up" and .dialplan.app_name == "Stasis"' >/dev/null &&
    ! ari bridges | jq -e --arg id "$id" 'any(.[]; .channels | index($id))' >/dev/null
}
context_of() { ari "channels/$(channel_of "$1")" | jq -er .dialplan.context; }
in_context() { [[ $(context_of "$1" 2>/dev/null) == "$2" ]]; }
hung_up() { ! channel_of "$1" >/dev/null 2>&1; }
nothing_left() { [[ $(ari channels | jq length) == 0 && $(ari bridges | jq length) == 0 ]]; }
logged() { grep -qE -- "$1" "$log"; }

# What the PBX sees of everybody, for the reader.
picture() {
  local number name state
  while read -r number name; do
    if state=$(partner_of "$number" 2>/dev/null); then
      state="talks to ${state%-*}"
    elif waits "$number"; then
      state="waits, with music"
    elif state=$(context_of "$number" 2>/dev/null) && [[ $state == voicemail ]]; then
      state="is in the voicemail"
    else
      continue
    fi
    printf '%-14s %-14s %s\n' "$name" "$number" "$state"
  done <<'WHO' | shown
+14155550188 Walk-in
+14155550199 Bob-Baker
+49305550000 Cleo-Carter
+14155550101 Ann-Archer
+14155550177 Dora-Dean
WHO
}

# ---- 1: everything starts -------------------------------------------------------------------------

title "1. Packages, program, PBX"
cmake/install_packages.sh build "${packages[@]}" | sed 's/^/  /'
mkdir -p "$demo"

program=${CALLUNA_PROGRAM:-}
if [[ -z $program ]]; then
  preset=release
  [[ ! -e build/dev/build.ninja || -e build/release/build.ninja ]] || preset=dev
  say "building build/$preset/runtime/calluna (minutes, the first time)"
  export CCACHE_DIR=${CCACHE_DIR:-${CALLUNA_CACHE:-$HOME/.cache/calluna}/ccache}
  { cmake --preset "$preset" && cmake --build "build/$preset" --target calluna; } >"$demo/build.log" 2>&1 ||
    { tail -30 "$demo/build.log"; fail "the build"; }
  program=$PWD/build/$preset/runtime/calluna
fi

rm -rf "$app" "$log" "$demo"/directory.sqlite* "$demo"/state
start_pbx

title "2. calluna run vip_queue"
cp -r examples/apps/vip_queue "$app"
cat >"$demo/calluna.toml" <<TOML
[pbx.main.ami]
port = $ami_port
user = "$ami_user"
secret_env = "DEMO_AMI_SECRET"

[pbx.main.ari]
url = "http://127.0.0.1:$ari_port"
user = "$ari_user"
password_env = "DEMO_ARI_PASSWORD"

[runtime]
control_socket = "calluna.sock"
state_folder = "state"
stop_seconds = 5

[directory]
file = "vip_queue/partners.csv"
database = "directory.sqlite"

[app.vip_queue]
path = "vip_queue"
config.members = ["PJSIP/101"]
config.wrap_up = 0
TOML
DEMO_AMI_SECRET=$ami_secret DEMO_ARI_PASSWORD=$ari_secret \
  setsid "$program" run "$app" --config "$demo/calluna.toml" >"$log" 2>&1 </dev/null &
runtime=$!
started "$runtime" calluna
alive_and_ready() { kill -0 "$runtime" 2>/dev/null || fail "the runtime has ended"; logged 'ready: '; }
wait_for 15 "the runtime is ready" alive_and_ready
say "a copy of examples/apps/vip_queue is served; the runtime says:"
grep -E 'ready|all [0-9]+ partners|serves' "$log" | sed 's/^[^ ]* [^ ]* //' | shown
start_agent

# ---- instead of the story: a live page --------------------------------------------------------------

callers=(+14155550188:Walk-in +14155550199:Bob +49305550000:Cleo +14155550101:Ann +14155550177:Dora)
# One comes every few seconds; whoever talks to the agent is done a little later.
people_come_and_go() {
  local turn one talking
  for ((turn = 0; ; ++turn)); do
    one=${callers[turn % ${#callers[@]}]}
    channel_of "${one%:*}" >/dev/null 2>&1 || calls "${one%:*}" "${one#*:}"
    sleep 2
    for one in "${callers[@]}"; do
      if ((turn % 2)) && talking=$(partner_of "${one%:*}" 2>/dev/null); then agent_hangs_up "$talking"; fi
    done
  done
}

if ((live)); then
  people_come_and_go &
  crowd=$!
  trap ':' INT # ends the page; what is after it goes on
  "$program" calls --socket "$demo/calluna.sock" || true
  trap 'exit 130' INT
  kill "$crowd" 2>/dev/null || true
  title "The page has ended; so does all that was started for it."
  exit 0
fi

# ---- 2: the VIP goes first ------------------------------------------------------------------------

title "3. The agent gets busy, two callers wait, then the VIP calls"
calls +14155550188 "Walk-in"
wait_for 15 "the first caller talks to phone 101" talks_to +14155550188 101
say "Walk-in called first and talks to the agent."
calls +14155550199 "Bob"
wait_for 15 "Bob waits" waits +14155550199
say "Bob calls: known to the partner file, nothing special. He waits."
calls +49305550000 "Cleo"
wait_for 15 "Cleo waits" waits +49305550000
say "Cleo calls: her tag is NOVIP, which is not VIP. She waits behind Bob."
calls +14155550101 "Ann"
wait_for 15 "Ann waits" waits +14155550101
wait_for 5 "the script has seen the tag" logged '14155550101: Ann Archer.*, VIP'
say "Ann calls last; the partner file tags her VIP. The PBX sees:"
picture

title "4. The agent hangs up"
talks_to +14155550188 101 || fail "Walk-in does not talk to the agent any more"
agent_hangs_up "$(partner_of +14155550188)"
wait_for 15 "Walk-in's call has ended" hung_up +14155550188
wait_for 15 "somebody talks to the agent" talks_to +14155550101 101
if ! waits +14155550199 || ! waits +49305550000; then fail "an ordinary caller did not stay in the queue"; fi
say "Ann, who called last, is connected first; Bob and Cleo keep waiting:"
picture
grep -E 'talks to' "$log" | tail -1 | sed 's/^[^ ]* [^ ]* //' | shown

# ---- 3: the script changes while calls are up -----------------------------------------------------

title "5. The script is edited while three calls are up: first with a mistake"
cp "$app/init.lua" "$demo/good.lua"
closed='  do return ch:continue_in_dialplan { context = "voicemail", extension = "support" } end  -- closed for today'
sed "/^  ch:answer()/a if then" "$demo/good.lua" >"$demo/edited.lua"
mv "$demo/edited.lua" "$app/init.lua"
wait_for 10 "the mistake is told with file and line" logged 'not loaded.*init\.lua:[0-9]+:'
say "the runtime says where, and the running script stays:"
grep -E 'not loaded' "$log" | tail -1 | sed "s/^[^ ]* [^ ]* //;s|$demo/||" | shown

title "6. Then with a sentence more: from now on callers go to the voicemail"
printf '%s\n' "+ $closed" | shown
sed "/^  ch:answer()/a $closed" "$demo/good.lua" >"$demo/edited.lua"
grep -qF 'closed for today' "$demo/edited.lua" || fail "the edit found no place in the script"
serves_before=$(grep -cE 'generation [0-9]+ serves' "$log")
served_again() { (($(grep -cE 'generation [0-9]+ serves' "$log") > serves_before)); }
mv "$demo/edited.lua" "$app/init.lua"
wait_for 10 "the new text serves" served_again
grep -E 'generation [0-9]+ serves' "$log" | tail -1 | sed 's/^[^ ]* [^ ]* //' | shown
if ! talks_to +14155550101 101 || ! waits +14155550199 || ! waits +49305550000; then fail "the edit has harmed a call"; fi
calls +14155550177 "Dora"
wait_for 15 "Dora is in the voicemail" in_context +14155550177 voicemail
say "Dora's call, the next one, follows the new text; the others notice nothing:"
picture

title "7. Calls that came before the edit are served to their end"
agent_hangs_up "$(partner_of +14155550101)"
wait_for 15 "Bob talks to the agent" talks_to +14155550199 101
say "Ann's talk is over. Bob, who waited longest, is next, by the script he came under:"
picture
say "calluna status, in part:"
"$program" status --socket "$demo/calluna.sock" --json |
  jq -r '.apps[] | "app \(.name): generation \(.generation) serves, \(.channels) channels; " +
    ([.draining[] | "generation \(.generation) keeps \(.channels) channels"] | join(", "))' | shown

# ---- 4: the end -----------------------------------------------------------------------------------

if ((keep)); then
  serves_before=$(grep -cE 'generation [0-9]+ serves' "$log")
  mv "$demo/good.lua" "$app/init.lua"
  wait_for 10 "the first text serves again" served_again
  title "Everything stays up, with the script as it was at first. To play:"
  say "call as somebody:   $(how_to_call)"
  say "edit the script:    $app/init.lua   (saved = loaded)"
  say "watch the runtime:  tail -f $log"
  say "ask it:             $program status --socket $demo/calluna.sock"
  say "see the calls:      $program calls --socket $demo/calluna.sock"
  say "the PBX itself:     $(how_to_look)"
  say "end it all:         ./run-demo.sh --stop"
  exit 0
fi

title "8. Everybody hangs up, nothing is left behind"
all_hang_up
wait_for 20 "no channel and no bridge is left in the PBX" nothing_left
say "no channel and no bridge is left in the PBX"
kill -TERM "$runtime"
code=0
wait "$runtime" || code=$?
[[ $code == 0 ]] || fail "the runtime ended with $code"
say "the runtime was asked to stop and ended with 0"
title "The demo has shown what it promised."
