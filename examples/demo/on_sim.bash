# The demo's PBX is the offline one, and so are its people. Sourced by run-demo.sh.
# shellcheck shell=bash disable=SC2034,SC2154 # what run-demo.sh and this give each other
packages=(demo)
pipe=$demo/people

start_pbx() {
  rm -f "$pipe"
  mkfifo "$pipe"
  cp examples/demo/office.toml "$demo"
  # Opened for both ways: neither the PBX nor we wait for the other to open it.
  setsid "$program" sim "$demo/office.toml" >"$demo/sim.log" 2>&1 <>"$pipe" &
  started $! "sim"
  wait_for 10 "the offline PBX listens" grep -q '^Lines like' "$demo/sim.log"
  ami_port=$(sed -n 's/^port = //p' "$demo/sim.log") ami_user=calluna ami_secret=offline
  ari_port=$(sed -nE 's|^url = "http://127.0.0.1:([0-9]+)/ari"|\1|p' "$demo/sim.log") ari_user=calluna ari_secret=offline
  say "the offline PBX runs: AMI on port $ami_port, ARI on port $ari_port, both on 127.0.0.1; ./run-demo.sh --asterisk takes a real one"
}

people() { printf '%s\n' "$*" >"$pipe"; }
start_agent() { say "the only agent has phone 101, which answers after a second"; }
calls() { people call "$1" 100 "$2"; } # number name
agent_hangs_up() { people hangup "$1"; } # channel
all_hang_up() {
  local number
  for number in +14155550188 +14155550199 +49305550000 +14155550101 +14155550177 101; do people hangup "$number"; done
}
how_to_call() { echo "echo 'call +14155550101 100 Ann' >$pipe"; }
how_to_look() { echo "echo who >$pipe; tail $demo/sim.log"; }
