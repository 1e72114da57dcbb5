/// What the call model costs: 10,000 calls at once, made of recorded streams with other ids. Memory
/// of a live call, and time for each event with and without reading it.
#include "unit/sdk/calls/recording.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <malloc.h>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {
std::size_t live_bytes = 0;
}

void* operator new(std::size_t size) {
  void* const p = std::malloc(size);
  if (p == nullptr) throw std::bad_alloc();
  live_bytes += malloc_usable_size(p);
  return p;
}
void operator delete(void* p) noexcept {
  if (p != nullptr) live_bytes -= malloc_usable_size(p);
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  operator delete(p);
}

namespace {

using namespace calluna;
using namespace calluna::calls;
using namespace calluna::calls::testing;
using bench_clock = std::chrono::steady_clock;

constexpr unsigned calls_at_once = 10'000;
/// Calls whose channels are there in the middle; no Local channels, whose names would meet.
constexpr char const* scenarios[] = {"inbound_caller_hangs_up", "queue_answered", "hold",
                                     "group_second_answers", "attended"};

void replace_all(std::string& text, std::string_view from, std::string const& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

/// The AMI texts of one recording.
struct pattern {
  std::string system;
  std::vector<std::string> texts, bridges;
  std::vector<double> times;
};

pattern load_pattern(std::string const& scenario) {
  auto const file = load(wire_folder() / scenario / "22.jsonl");
  pattern p;
  p.system = file.system;
  for (auto const& r : file.events) {
    if (r.source != fact_source::ami) continue;
    p.texts.push_back(r.text);
    p.times.push_back(r.at);
    auto const bridge = std::string(ami::message_view(r.text).get("BridgeUniqueid"));
    bool const fresh = std::find(p.bridges.begin(), p.bridges.end(), bridge) == p.bridges.end();
    if (!bridge.empty() && fresh) p.bridges.push_back(bridge);
  }
  return p;
}

std::string numbered(pattern const& p, std::size_t event, unsigned call) {
  auto text = p.texts[event];
  auto const n = std::to_string(call);
  replace_all(text, p.system, p.system + 'x' + n);
  for (auto const& bridge : p.bridges) replace_all(text, bridge, n + bridge);
  return text;
}

struct cost {
  std::chrono::nanoseconds reading{}, applying{};
  std::size_t events = 0;
};

/// One event of each call after the other.
void feed(call_model& model, pattern const& p, std::size_t from, std::size_t to, unsigned first,
          unsigned count, cost& spent) {
  std::vector<std::string> texts;
  std::vector<std::optional<fact_body>> facts;
  for (auto event = from; event < to; ++event) {
    texts.clear();
    facts.clear();
    for (unsigned i = 0; i < count; ++i) texts.push_back(numbered(p, event, first + i));
    facts.reserve(count);
    auto const begin = bench_clock::now();
    for (auto const& text : texts) facts.push_back(fact_from(ami::message_view(text)));
    auto const read = bench_clock::now();
    for (auto& body : facts)
      if (body) model.apply({0, fact_source::ami, moment_of(p.times[event]), std::move(*body)});
    spent.applying += bench_clock::now() - read;
    spent.reading += read - begin;
    spent.events += count;
  }
}

void print(char const* what, cost const& c) {
  auto const each = [&](std::chrono::nanoseconds all) {
    return static_cast<double>(all.count()) / static_cast<double>(c.events);
  };
  auto const whole = each(c.reading + c.applying);
  std::printf("%-28s %8zu events  %6.0f ns read  %6.0f ns apply  %9.0f events/s\n", what, c.events,
              each(c.reading), each(c.applying), 1e9 / whole);
}

}  // namespace

int main() {
  std::vector<pattern> patterns;
  for (auto const* scenario : scenarios) patterns.push_back(load_pattern(scenario));
  std::size_t told = 0, ended = 0;
  call_model model([&](call_event const& e) {
    ++told;
    if (e.kind == call_event_kind::ended) ++ended;
  });
  auto const before = live_bytes;
  auto const share = calls_at_once / static_cast<unsigned>(std::size(scenarios));
  cost first, second;
  for (unsigned i = 0; i < patterns.size(); ++i) {
    auto const& p = patterns[i];
    feed(model, p, 0, p.texts.size() / 2, i * share, share, first);
  }
  std::printf("%-28s %8zu live calls  %6zu bytes each\n", "in the middle", model.size(),
              (live_bytes - before) / model.size());
  for (unsigned i = 0; i < patterns.size(); ++i) {
    auto const& p = patterns[i];
    feed(model, p, p.texts.size() / 2, p.texts.size(), i * share, share, second);
  }
  print("first half of each call", first);
  print("second half", second);
  std::printf("%-28s %8zu live calls  %6zu ended  %zu events told  %zu bytes kept\n", "at the end",
              model.size(), ended, told, live_bytes - before);
  return model.size() == 0 ? 0 : 1;
}
