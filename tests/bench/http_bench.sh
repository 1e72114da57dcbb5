#!/usr/bin/env bash
# The HTTP server under load, in one run beside nginx (a static file) and node (the same route), and what one
# client notices of a bad crowd. Prints two tables.
#
#   tests/bench/http_bench.sh BUILD_DIRECTORY [SECONDS]     e.g. build/bench 5
#
# Needs wrk, nginx and node (Debian: wrk nginx-light nodejs). Everything listens on loopback and ends with it.
set -euo pipefail
build=$(readlink -f "${1:?usage: http_bench.sh BUILD_DIRECTORY [SECONDS]}") seconds=${2:-5}
for tool in wrk nginx node; do
  command -v "$tool" >/dev/null || { echo "http_bench.sh: there is no '$tool' here" >&2; exit 1; }
done

folder=$(mktemp -d) started=()
finish() {
  ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
  wait
  rm -rf "$folder"
}
trap finish EXIT

# soon COMMAND...: waits until it succeeds.
soon() {
  for ((i = 0; i < 200; i++)); do
    if "$@" >/dev/null 2>&1; then return; fi
    sleep 0.05
  done
  echo "http_bench.sh: does not come: $*" >&2
  cat "$folder"/*.log >&2
  exit 1
}
port_in() { sed -nE "s|.*$2.*127\.0\.0\.1:([0-9]+).*|\1|p" "$1" | head -1; }

# -- the three servers

mkdir -p "$folder/app/files"
echo '{"hello":"world"}' >"$folder/app/files/hello.json"
cat >"$folder/app/init.lua" <<'LUA'
local http = require "calluna.http"
http.get("/hello/{name}", { auth = "none" }, function(req) return 200, { hello = req.params.name } end)
http.post("/hello/{name}", { auth = "none" }, function() return 204 end)
http.files("/files", "files", { auth = "none" })
LUA
"$build/runtime/calluna" sim >"$folder/sim.log" 2>&1 &
started+=($!)
soon grep -q '^and beside it' "$folder/sim.log"
echo offline >"$folder/sim.secret"
sed -n '/^\[pbx/,/^$/p' "$folder/sim.log" >"$folder/calluna.toml"
cat >>"$folder/calluna.toml" <<'TOML'
[runtime]
state_folder = "state"
[http]
listen = "127.0.0.1:0"
trusted_proxies = ["127.0.0.0/8"]
[app.hello]
path = "app"
TOML
chmod 600 "$folder/sim.secret" "$folder/calluna.toml"
"$build/runtime/calluna" run "$folder/calluna.toml" >"$folder/calluna.log" 2>&1 &
calluna=$!
started+=("$calluna")
soon grep -q 'every app serves' "$folder/calluna.log"
ours=$(port_in "$folder/calluna.log" 'listens at')

cat >"$folder/hello.js" <<'JS'
const server = require("http").createServer((request, response) => {
  const name = /^\/hello\/([^/?]+)$/.exec(request.url)?.[1];
  response.writeHead(name ? 200 : 404, { "content-type": "application/json" });
  response.end(name ? JSON.stringify({ hello: name }) : "");
});
server.listen(0, "127.0.0.1", () => console.log(`at 127.0.0.1:${server.address().port}`));
JS
node "$folder/hello.js" >"$folder/node.log" 2>&1 &
started+=($!)
soon grep -q 'at 127' "$folder/node.log"
nodes=$(port_in "$folder/node.log" 'at ')

# A free port for nginx, which cannot choose one itself.
nginxs=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
cat >"$folder/nginx.conf" <<CONF
daemon off; user root; worker_processes 1; pid $folder/nginx.pid; error_log $folder/nginx.log;
events { worker_connections 20000; }
http { access_log off; keepalive_requests 1000000000; sendfile on; tcp_nodelay on; open_file_cache max=10;
       server { listen 127.0.0.1:$nginxs; root $folder/app/files; } }
CONF
nginx -c "$folder/nginx.conf" 2>>"$folder/nginx.log" &
started+=($!)
soon curl -sf "http://127.0.0.1:$nginxs/hello.json"

# -- requests per second

load() { # NAME PID URL
  local before after told
  before=$(awk '{ print $14 + $15 }' "/proc/$2/stat")
  told=$(wrk -t1 -c64 -d"$seconds" --latency "$3")
  after=$(awk '{ print $14 + $15 }' "/proc/$2/stat")
  if grep -q 'Non-2xx\|Socket errors' <<<"$told"; then echo "$1: $told" >&2; fi
  awk -v name="$1" -v cpu=$((after - before)) '
    $1 == "50%" { p50 = $2 } $1 == "99%" { p99 = $2 } $2 == "requests" { all = $1 } $1 == "Requests/sec:" { rate = $2 }
    END { printf "| %s | %.0f | %s | %s | %.1f |\n", name, rate, p50, p99, cpu * 10000 / all }' <<<"$told"
}

pid_of_nginx() { pgrep -P "$(cat "$folder/nginx.pid")"; }
cat <<TABLE
64 connections, one thread of wrk, $seconds s each, in three rounds

| | requests/s | p50 | p99 | us of CPU each |
|---|---|---|---|---|
TABLE
for ((round = 0; round < 3; round++)); do
  load "Lua handler" "$calluna" "http://127.0.0.1:$ours/hello/world"
  load "node, the same route" "${started[2]}" "http://127.0.0.1:$nodes/hello/world"
  load "our static file" "$calluna" "http://127.0.0.1:$ours/files/hello.json"
  load "nginx, the same file" "$(pid_of_nginx)" "http://127.0.0.1:$nginxs/hello.json"
done
"$build/tests/bench/http_crowd_bench" "$ours" "$calluna" /hello/world
echo
grep -c . "$folder/calluna.log" | sed 's/$/ lines in the log of all this, of which were refusals:/'
grep ' warning ' "$folder/calluna.log" | sed 's/^[^ ]* [^ ]* //' | cut -c1-150
