/// What an app costs: a parked call in bytes, and how long a saved script takes to serve.
#include "support/peer.hpp"
#include "support/runtime_under_test.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace calluna::bench;

std::size_t app_memory(runtime_under_test const& runtime) {
  return nlohmann::json::parse(runtime.status())["apps"][0]["memory_bytes"].get<std::size_t>();
}

void parked_calls() {
  constexpr unsigned calls = 10'000;
  std::atomic<bool> go{false};
  peer server([&](connection& c) {
    auto const request = c.read_until("\r\n\r\n");
    if (request.find("Upgrade: websocket") == std::string::npos) return;
    serve_websocket_upgrade(c, request);
    while (!go) std::this_thread::yield();
    for (unsigned i = 0; i < calls; ++i)
      c.write(text_frame(
          R"({"type":"StasisStart","timestamp":"2026-11-21T02:37:21.388+0000","args":[],"channel":{"id":"lab22-1795228670.)" +
          std::to_string(i) +
          R"(","name":"PJSIP/trunk-00000005","state":"Up","caller":{"name":"Anna Berg","number":"+4930222"},"connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"from-trunk","exten":"app-bench","priority":2,"app_name":"Stasis","app_data":"bench"},"creationtime":"2026-11-21T02:37:21.300+0000","language":"en"},"asterisk_id":"52:54:00:12:34:56","application":"bench"})"));
    while (!c.read().empty()) {
    }
  });
  runtime_under_test runtime(
      "local ari, log = require 'calluna.ari', require 'calluna.log'\nlocal n = 0\n"
      "ari.app('bench', function(ch) n = n + 1 if n == " +
          std::to_string(calls) + " then log.info('all') end ch:wait_end() end)",
      0, server.port());
  if (!runtime.wait_ready()) std::exit(1);
  auto const before = app_memory(runtime);
  go = true;
  if (!runtime.wait_for_log("all")) std::exit(1);
  std::this_thread::sleep_for(
      std::chrono::milliseconds(100));  // the counters are published when the app rests
  std::printf(
      "\n| a parked call, of %u | bytes of Lua |\n|---|---|\n| in ch:wait_end(), with its handle | "
      "%zu |\n",
      calls, (app_memory(runtime) - before) / calls);
}

/// An app of about 500 lines.
std::string long_app(int version) {
  std::string text = "local ami, log = require 'calluna.ari', require 'calluna.log'\n";
  for (int i = 0; i < 120; ++i)
    text += "local function step_" + std::to_string(i) + "(ch, n)\n  if n > " + std::to_string(i) +
            " then return ch, 'text " + std::to_string(version) + "' end\n  return nil\nend\n";
  text += "local all = {}\nreturn { start = function() log.info('version " +
          std::to_string(version) + "') end }\n";
  // A function has at most 200 locals; these are 120.
  return text;
}

void reloads() {
  peer server([](connection& c) {
    serve_ami_login(c);
    while (!c.read().empty()) {
    }
  });
  runtime_under_test runtime(long_app(0), server.port(), 0);
  if (!runtime.wait_ready()) std::exit(1);
  std::vector<double> times;
  for (int i = 1; i <= 50; ++i) {
    auto const begin = now_seconds();
    runtime.reload(long_app(i));
    times.push_back((now_seconds() - begin) * 1e3);
  }
  std::printf(
      "\n| a saved app of 500 lines, until it serves (the watcher's 30 ms debounce comes on top) | "
      "ms |\n|---|---|\n| p50 | %.1f |\n| p99 | %.1f |\n",
      percentile(times, .5), percentile(times, .99));
}

}  // namespace

int main() {
  parked_calls();
  reloads();
}
