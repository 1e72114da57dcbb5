# The demo's PBX is a real Asterisk of the lab, its people are SIPp. Sourced by run-demo.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # what run-demo.sh and this give each other
packages=(lab)
lab=$demo/asterisk
tool=$PWD/tests/integration/lab

start_pbx() {
  local version=${CALLUNA_ASTERISK:-22}
  rm -rf "$lab"
  "$tool/root" "$version" >"$demo/root.log" 2>&1 || {
    printf '\n!!!!  ASTERISK %s CANNOT BE HAD TODAY (%s): going on with 16  !!!!\n\n' "$version" "$demo/root.log"
    version=16
  }
  "$tool/asterisk" start "$version" --run "$lab" >"$demo/asterisk.log" 2>&1 || { cat "$demo/asterisk.log"; fail "Asterisk does not start"; }
  # shellcheck disable=SC1091 # written by the line above
  . "$lab/env"
  ami_port=$LAB_AMI_PORT ami_user=$LAB_AMI_USER ami_secret=$LAB_AMI_SECRET
  ari_port=$LAB_HTTP_PORT ari_user=$LAB_ARI_USER ari_secret=$LAB_ARI_SECRET
  say "Asterisk $LAB_RELEASE runs: AMI on port $ami_port, ARI on port $ari_port, both on 127.0.0.1"
}

start_agent() {
  setsid "$tool/phone" --lab "$lab" --number 101 answer --life 3600 >/dev/null 2>&1 </dev/null &
  started $! "phone"
  "$tool/phone" --lab "$lab" --number 101 ready
  say "the only agent has phone 101, a SIPp that answers after a short ring"
}
calls() { # number name; a stream of silence, since a mailbox hangs up on those who send nothing
  "$tool/caller" --lab "$lab" app-vip-queue --from "$1" --name "$2" --life 3600 --audio yes \
    --log "$lab/sipp/demo-$1.log" >/dev/null 2>&1 </dev/null &
  started $! "caller"
}
agent_hangs_up() { # channel
  "$tool/asterisk" cli "$lab" channel request hangup "$1" >/dev/null
}
all_hang_up() {
  local pid what
  while read -r pid what; do
    [[ $what != caller ]] || kill "$pid" 2>/dev/null || true
  done <"$demo/pids"
  "$tool/asterisk" cli "$lab" channel request hangup all >/dev/null
}
how_to_call() { echo "$tool/caller --lab $lab app-vip-queue --from +14155550101 --name Ann"; }
how_to_look() { echo "$tool/asterisk cli $lab core show channels"; }
