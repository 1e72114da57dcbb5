/// AMI from the socket to a Lua handler and back, beside C++ programs that do the least possible on
/// the same bytes.
///   flood       every event to a handler that reads one field; one type wanted out of the mix
///   round trip  event -> Lua -> action on the wire, idle and among 5,000 other events a second
///   actions     64 in flight
#include "support/peer.hpp"
#include "support/runtime_under_test.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using namespace calluna::bench;

/// 19 headers, 446 bytes, as a Newstate of Asterisk 22 looks.
std::string event(char const* name, unsigned number) {
  auto const n = std::to_string(100'000 + number % 100'000);
  return std::string("Event: ") + name + "\r\nPrivilege: call,all\r\nSequenceNumber: " + n +
         "\r\nChannel: PJSIP/trunk-00" + n +
         "\r\nChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: +493055500" + n +
         "\r\nCallerIDName: Anna Berg\r\nConnectedLineNum: 101\r\nConnectedLineName: Boris\r\n"
         "Language: en\r\nAccountCode: \r\nContext: from-trunk\r\nExten: sales\r\nPriority: 3\r\n"
         "Uniqueid: lab22-1795221016." +
         n + "\r\nLinkedid: lab22-1795221016." + n +
         "\r\nSystemName: lab22-asterisk\r\nX-Trace: 0123456789abcdef0123\r\n\r\n";
}

constexpr unsigned mix_size = 4096;

/// Events of which every 64th is a Hangup, as one block of bytes.
std::string mix() {
  std::string bytes;
  for (unsigned i = 0; i < mix_size; ++i) bytes += event(i % 64 == 0 ? "Hangup" : "Newstate", i);
  return bytes;
}

/// What a program costs that reads the bytes and splits every field, and nothing else.
double split_only(std::uint16_t port, std::size_t total_bytes) {
  auto const begin = thread_cpu_seconds();
  connection c(connect_to(port));
  std::vector<char> buffer(1 << 18);
  std::size_t have = 0, fields = 0;
  for (std::size_t seen = 0; seen < total_bytes;) {
    auto const more = c.read();
    if (more.empty()) break;
    seen += more.size();
    if (have + more.size() > buffer.size()) buffer.resize(have + more.size());
    std::memcpy(buffer.data() + have, more.data(), more.size());
    have += more.size();
    char const* at = buffer.data();
    char const* const end = at + have;
    while (auto const* line_end = static_cast<char const*>(
               std::memchr(at, '\r', static_cast<std::size_t>(end - at)))) {
      if (auto const* colon = static_cast<char const*>(
              std::memchr(at, ':', static_cast<std::size_t>(line_end - at))))
        fields += static_cast<std::size_t>(colon - at);
      if (line_end + 2 > end) break;
      at = line_end + 2;
    }
    have = static_cast<std::size_t>(end - at);
    std::memmove(buffer.data(), at, have);
  }
  volatile std::size_t keep = fields;
  (void)keep;
  return thread_cpu_seconds() - begin;
}

struct flood_result {
  double seconds, cpu;
};

flood_result flood(unsigned rounds, char const* wanted, unsigned expected) {
  auto const bytes = mix();
  std::atomic<bool> go{false};
  peer server([&](connection& c) {
    serve_ami_login(c);
    while (!go) std::this_thread::yield();
    for (unsigned i = 0; i < rounds; ++i)
      if (!c.write(bytes)) return;
    while (!c.read().empty()) {
    }
  });
  auto const app =
      std::string(
          "local ami, log = require 'calluna.ami', require 'calluna.log'\nlocal n = 0\n"
          "ami.on('") +
      wanted + "', function(ev)\n  local id = ev.Uniqueid\n  n = n + 1\n  if n == " +
      std::to_string(expected) + " then log.info('all') end\nend)\n";
  runtime_under_test runtime(app, server.port(), 0);
  if (!runtime.wait_ready()) std::exit(1);
  auto const peer_cpu = server.cpu_seconds();
  auto const cpu = process_cpu_seconds();
  auto const begin = now_seconds();
  go = true;
  if (!runtime.wait_for_log("all"))
    std::fprintf(stderr, "lost events: %s\n", runtime.status().c_str()), std::exit(1);
  return {now_seconds() - begin, process_cpu_seconds() - cpu - (server.cpu_seconds() - peer_cpu)};
}

void floods() {
  constexpr unsigned rounds = 500;
  constexpr unsigned events = rounds * mix_size;
  auto const bytes = mix();
  double split = 1e9;
  flood_result all{1e9, 1e9}, one{1e9, 1e9};
  for (int i = 0; i < 3; ++i) {
    peer raw([&](connection& c) {
      for (unsigned r = 0; r < rounds; ++r)
        if (!c.write(bytes)) return;
    });
    split = std::min(split, split_only(raw.port(), bytes.size() * rounds));
    auto const a = flood(rounds, "*", events);
    if (a.cpu < all.cpu) all = a;
    auto const o = flood(rounds, "Hangup", events / 64);
    if (o.cpu < one.cpu) one = o;
  }
  double const million = events / 1e6;
  std::printf(
      "| AMI flood, %zu-byte events | events/s | CPU-s per 1 M | x split-only "
      "|\n|---|---|---|---|\n",
      bytes.size() / mix_size);
  std::printf("| C++, splits fields only | | %.2f | 1.0 |\n", split / million);
  std::printf("| every event to a Lua handler that reads one field | %.2f M | %.2f | %.1f |\n",
              million / all.seconds, all.cpu / million, all.cpu / split);
  std::printf("| one type in 64 wanted | %.2f M | %.2f | %.1f |\n", million / one.seconds,
              one.cpu / million, one.cpu / split);
}

/// Sends an event and waits for the action it causes, again and again; other events in between at
/// `others` a second.
std::vector<double> measure_round_trips(connection& c, unsigned count, unsigned others) {
  std::vector<double> times;
  auto const noise = event("Newexten", 1);
  std::size_t noisy = 0;
  auto const begin = now_seconds();
  for (unsigned i = 0; i < count; ++i) {
    while (others != 0 && static_cast<double>(noisy) < (now_seconds() - begin) * others)
      c.write(noise), ++noisy;
    auto const sent = now_seconds();
    c.write(event("Newchannel", i));
    auto const answer = c.read_until("\r\n\r\n");
    if (answer.empty()) break;
    times.push_back((now_seconds() - sent) * 1e3);
    auto const at = answer.find("ActionID: ");
    if (at != std::string::npos)
      c.write("Response: Success\r\n" + answer.substr(at, answer.find("\r\n", at) + 2 - at) +
              "\r\n");
    timespec const pause{0, 200'000};
    nanosleep(&pause, nullptr);
  }
  return times;
}

/// The least there can be: read, look for the event, write the action.
void cpp_echo(std::uint16_t port) {
  connection c(connect_to(port));
  for (auto text = c.read(); !text.empty(); text = c.read())
    if (text.find("Event: Newchannel\r\n") != std::string_view::npos)
      c.write("Action: Setvar\r\nActionID: 1\r\nVariable: A\r\nValue: B\r\n\r\n");
}

/// The least there can be with a hop: one thread reads, another writes; no loop, no queue, a futex.
void cpp_hop(std::uint16_t port) {
  connection c(connect_to(port));
  std::atomic<int> wanted{0};
  std::thread writer([&] {
    for (int seen = 0;; ++seen) {
      wanted.wait(seen);
      if (wanted < 0) return;
      c.write("Action: Setvar\r\nActionID: 1\r\nVariable: A\r\nValue: B\r\n\r\n");
    }
  });
  for (auto text = c.read(); !text.empty(); text = c.read())
    if (text.find("Event: Newchannel\r\n") != std::string_view::npos) {
      ++wanted;
      wanted.notify_one();
    }
  wanted = -1;
  wanted.notify_one();
  writer.join();
}

constexpr unsigned trips = 4000;

std::vector<double> echo_trips(void (*echo)(std::uint16_t), unsigned others) {
  std::vector<double> times;
  std::atomic<bool> done{false};
  peer server([&](connection& c) {
    times = measure_round_trips(c, trips, others);
    done = true;
  });
  echo(server.port());
  while (!done) std::this_thread::yield();
  return times;
}

std::vector<double> lua_trips(unsigned others) {
  std::vector<double> times;
  std::atomic<bool> go{false}, done{false};
  peer server([&](connection& c) {
    serve_ami_login(c);
    while (!go) std::this_thread::yield();
    if (!done) times = measure_round_trips(c, trips, others);
    done = true;
    while (!c.read().empty()) {
    }
  });
  runtime_under_test runtime(
      "local ami = require 'calluna.ami'\nami.on('Newchannel', function(ev) ami.action { Action = "
      "'Setvar', Channel = ev.Channel, Variable = 'A', Value = 'B' } end)",
      server.port(), 0);
  if (!runtime.wait_ready()) std::exit(1);
  go = true;
  while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return times;
}

void round_trips() {
  std::printf("\n| AMI event -> action, ms | p50 | p99 |\n|---|---|---|\n");
  for (unsigned const others : {0u, 5000u}) {
    char const* const where = others == 0 ? "idle" : "among 5,000 events/s";
    auto const row = [&](char const* what, std::vector<double> const& times) {
      std::printf("| %s, %s | %.3f | %.3f |\n", what, where, percentile(times, .5),
                  percentile(times, .99));
    };
    row("C++ echo", echo_trips(cpp_echo, others));
    row("C++, a thread reads, another writes", echo_trips(cpp_hop, others));
    row("Lua handler", lua_trips(others));
  }
}

void actions() {
  constexpr unsigned total = 600'000;
  peer server([&](connection& c) {
    serve_ami_login(c);
    std::string rest, out;
    for (auto text = c.read(); !text.empty(); text = c.read()) {
      rest += text;
      std::size_t at = 0;
      out.clear();
      for (std::size_t end; (end = rest.find("\r\n\r\n", at)) != std::string::npos; at = end + 4) {
        auto const id = rest.find("ActionID: ", at);
        if (id == std::string::npos || id > end) continue;  // Logoff
        out += "Response: Success\r\n";
        out.append(rest, id, rest.find("\r\n", id) + 2 - id);
        out += "Ping: Pong\r\n\r\n";
      }
      rest.erase(0, at);
      if (!c.write(out)) return;
    }
  });
  runtime_under_test runtime(
      "local ami, log, task, timer = require 'calluna.ami', require 'calluna.log', require "
      "'calluna.task', require 'calluna.timer'\n"
      "local left, running = " +
          std::to_string(total) +
          ", 64\n"
          "return { start = function() timer.after(0.2, function() log.info('go')\n"
          "for i = 1, 64 do task.spawn(function() while left > 0 do left = left - 1 "
          "assert(ami.action { Action = 'Ping' }) end\n"
          "  running = running - 1 if running == 0 then log.info('all') end end) end end) end }",
      server.port(), 0);
  if (!runtime.wait_for_log("go")) std::exit(1);
  auto const begin = now_seconds();
  auto const cpu = process_cpu_seconds() - server.cpu_seconds();
  if (!runtime.wait_for_log("all")) std::exit(1);
  auto const used = process_cpu_seconds() - server.cpu_seconds() - cpu;
  std::printf(
      "\n| AMI actions from Lua, 64 in flight | per second | CPU us each |\n|---|---|---|\n| "
      "ami.action | %.0f k | %.2f |\n",
      total / (now_seconds() - begin) / 1e3, used / total * 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  std::string const only = argc > 1 ? argv[1] : "";
  if (only.empty() || only == "flood") floods();
  if (only.empty() || only == "trip") round_trips();
  if (only.empty() || only == "actions") actions();
}
