/// ARI from the WebSocket to a Lua handler and back, beside a C++ program that does the least
/// possible.
///   flood       every event to a handler that reads the channel id
///   round trip  StasisStart -> ch:answer() on the wire
///   requests    8 in flight, over the WebSocket
#include "support/peer.hpp"
#include "support/runtime_under_test.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace calluna::bench;

std::string event(char const* type, std::string const& id, char const* state = "Up") {
  return std::string(R"({"type":")") + type +
         R"(","timestamp":"2026-11-21T02:37:21.388+0000","args":[],"channel":{"id":")" + id +
         R"(","name":"PJSIP/trunk-00000005","state":")" + state +
         R"(","protocol_id":"1-22735@127.0.0.1","caller":{"name":"Anna Berg","number":"+4930222"},"connected":{"name":"","number":""},"accountcode":"","dialplan":{"context":"from-trunk","exten":"app-bench","priority":2,"app_name":"Stasis","app_data":"bench"},"creationtime":"2026-11-21T02:37:21.300+0000","language":"en"},"asterisk_id":"52:54:00:12:34:56","application":"bench"})";
}

/// Serves one WebSocket: the upgrade, then `run`. Other connections (the runtime's HTTP requests)
/// are closed.
class events_peer {
 public:
  explicit events_peer(std::function<void(connection&)> run)
      : server_([run = std::move(run)](connection& c) {
          auto const request = c.read_until("\r\n\r\n");
          if (request.find("Upgrade: websocket") == std::string::npos) return;
          serve_websocket_upgrade(c, request);
          run(c);
        }) {}
  std::uint16_t port() const { return server_.port(); }
  double cpu_seconds() const { return server_.cpu_seconds(); }

 private:
  peer server_;
};

/// Takes masked client frames apart; calls `text` with each message.
class frame_reader {
 public:
  template <class Text>
  void feed(std::string_view bytes, Text&& text) {
    rest_ += bytes;
    std::size_t at = 0;
    while (rest_.size() - at >= 6) {
      auto const* p = reinterpret_cast<unsigned char const*>(rest_.data()) + at;
      std::size_t size = p[1] & 0x7f, head = 2;
      if (size == 126) size = static_cast<std::size_t>(p[2] << 8 | p[3]), head = 4;
      if (rest_.size() - at < head + 4 + size) break;
      message_.resize(size);
      for (std::size_t i = 0; i < size; ++i)
        message_[i] = static_cast<char>(p[head + 4 + i] ^ p[head + i % 4]);
      if ((p[0] & 0x0f) == 1) text(std::string_view(message_));
      at += head + 4 + size;
    }
    rest_.erase(0, at);
  }

 private:
  std::string rest_, message_;
};

std::string_view member(std::string_view json, std::string_view name) {
  auto const key = "\"" + std::string(name) + "\":\"";
  auto const at = json.find(key);
  if (at == std::string_view::npos) return {};
  auto const begin = at + key.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

std::string rest_answer(std::string_view request) {
  return text_frame(
      R"({"type":"RESTResponse","transaction_id":"","request_id":")" +
      std::string(member(request, "request_id")) +
      R"(","status_code":204,"reason_phrase":"No Content","uri":"x","application":"bench","timestamp":"2026-11-21T02:37:21.388+0000","asterisk_id":"52:54:00:12:34:56"})");
}

constexpr char serving[] = "local ari, log = require 'calluna.ari', require 'calluna.log'\n";

void flood() {
  constexpr unsigned in_block = 2048, rounds = 400, events = in_block * rounds;
  std::string block;
  for (unsigned i = 0; i < in_block; ++i)
    block += text_frame(event("ChannelStateChange", "lab22-1795228670." + std::to_string(i)));
  std::atomic<bool> go{false};
  events_peer server([&](connection& c) {
    while (!go) std::this_thread::yield();
    for (unsigned i = 0; i < rounds; ++i)
      if (!c.write(block)) return;
    while (!c.read().empty()) {
    }
  });
  runtime_under_test runtime(
      std::string(serving) +
          "local n = 0\nari.app('bench', function() end)\n"
          "ari.on('ChannelStateChange', function(ev) local id = ev.channel.id n = n + 1 if n == " +
          std::to_string(events) + " then log.info('all') end end)",
      0, server.port());
  if (!runtime.wait_ready()) std::exit(1);
  auto const peer_cpu = server.cpu_seconds();
  auto const cpu = process_cpu_seconds();
  auto const begin = now_seconds();
  go = true;
  if (!runtime.wait_for_log("all"))
    std::fprintf(stderr, "lost events: %s\n", runtime.status().c_str()), std::exit(1);
  auto const used = process_cpu_seconds() - cpu - (server.cpu_seconds() - peer_cpu);
  std::printf(
      "\n| ARI flood, %zu-byte events | events/s | CPU-s per 1 M |\n|---|---|---|\n| every event "
      "to a Lua handler that reads channel.id | %.2f M | %.2f |\n",
      block.size() / in_block, events / (now_seconds() - begin) / 1e6, used / events * 1e6);
}

constexpr unsigned trips = 4000;

std::vector<double> measure_trips(connection& c, bool answers) {
  std::vector<double> times;
  frame_reader frames;
  for (unsigned i = 0; i < trips; ++i) {
    auto const sent = now_seconds();
    auto const id = "lab22-1795228670." + std::to_string(i);
    c.write(text_frame(event("StasisStart", id, "Ring")));
    for (bool answered = false; !answered;) {
      auto const bytes = c.read();
      if (bytes.empty()) return times;
      frames.feed(bytes, [&](std::string_view request) {
        if (request.find("/answer\"") != std::string_view::npos) {
          times.push_back((now_seconds() - sent) * 1e3);
          answered = true;
        }
        if (answers) c.write(rest_answer(request));
      });
    }
    if (answers) c.write(text_frame(event("StasisEnd", id)));
    timespec const pause{0, 200'000};
    nanosleep(&pause, nullptr);
  }
  return times;
}

void round_trips() {
  std::vector<double> echo, lua;
  std::atomic<bool> done{false}, go{false};
  {
    peer server([&](connection& c) {
      echo = measure_trips(c, false);
      done = true;
    });
    connection c(connect_to(server.port()));
    // {"type":"RESTRequest","uri":"channels/x/answer"...} as a masked frame (mask 0): the least an
    // ARI client sends.
    std::string const request =
        R"({"type":"RESTRequest","request_id":"1","method":"POST","uri":"channels/x/answer"})";
    std::string frame = "\x81";
    frame += static_cast<char>(0x80 | request.size());
    frame += std::string(4, '\0') + request;
    for (auto text = c.read(); !text.empty() && !done; text = c.read())
      if (text.find("StasisStart") != std::string_view::npos) c.write(frame);
  }
  done = false;
  {
    events_peer server([&](connection& c) {
      frame_reader frames;
      while (!go) {  // the client's probe
        if (c.readable(1))
          frames.feed(c.read(), [&](std::string_view request) { c.write(rest_answer(request)); });
      }
      if (!done) lua = measure_trips(c, true);
      done = true;
      while (!c.read().empty()) {
      }
    });
    runtime_under_test runtime(
        std::string(serving) + "ari.app('bench', function(ch) ch:answer() ch:wait_end() end)", 0,
        server.port());
    if (!runtime.wait_ready()) std::exit(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    go = true;
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  std::printf(
      "\n| StasisStart -> answer, ms | p50 | p99 |\n|---|---|---|\n| C++ echo | %.3f | %.3f |\n| "
      "Lua, ch:answer() | %.3f | %.3f |\n",
      percentile(echo, .5), percentile(echo, .99), percentile(lua, .5), percentile(lua, .99));
}

void requests() {
  constexpr unsigned total = 200'000;
  events_peer server([&](connection& c) {
    frame_reader frames;
    std::string out;
    for (auto bytes = c.read(); !bytes.empty(); bytes = c.read()) {
      out.clear();
      frames.feed(bytes, [&](std::string_view request) { out += rest_answer(request); });
      if (!out.empty() && !c.write(out)) return;
    }
  });
  runtime_under_test runtime(
      std::string(serving) +
          "local task, timer = require 'calluna.task', require 'calluna.timer'\nari.app('bench', "
          "function() end)\n"
          "local left, running = " +
          std::to_string(total) +
          ", 8\n"
          "return { start = function() timer.after(0.5, function() log.info('go')\n"
          "for i = 1, 8 do task.spawn(function() while left > 0 do left = left - 1 "
          "assert(ari.channels.set_channel_var { channel_id = 'x', variable = 'a', value = 'b' }) "
          "end\n"
          "  running = running - 1 if running == 0 then log.info('all') end end) end end) end }",
      0, server.port());
  if (!runtime.wait_for_log("go")) std::exit(1);
  auto const begin = now_seconds();
  auto const cpu = process_cpu_seconds() - server.cpu_seconds();
  if (!runtime.wait_for_log("all")) std::exit(1);
  auto const used = process_cpu_seconds() - server.cpu_seconds() - cpu;
  std::printf(
      "\n| ARI requests from Lua, 8 in flight | per second | CPU us each |\n|---|---|---|\n| over "
      "the WebSocket | %.0f k | %.2f |\n",
      total / (now_seconds() - begin) / 1e3, used / total * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  std::string const only = argc > 1 ? argv[1] : "";
  if (only.empty() || only == "flood") flood();
  if (only.empty() || only == "trip") round_trips();
  if (only.empty() || only == "requests") requests();
}
