/// What the AMI path costs per event: the session's framing and batching beside a program that only
/// splits fields, on the same bytes, with the ways of finding the end of a block that were
/// considered.
#include <calluna/ami/framer.hpp>
#include <calluna/ami/session.hpp>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

using calluna::ami::message_view;
using bench_clock = std::chrono::steady_clock;

constexpr std::size_t block = 64 * 1024;
constexpr std::size_t total_events = 2'000'000;

/// 19 headers, about 446 bytes, as a Newstate of Asterisk 22 looks.
std::string event(unsigned number) {
  auto const n = std::to_string(100'000 + number % 100'000);
  return "Event: Newstate\r\nPrivilege: call,all\r\nSequenceNumber: " + n +
         "\r\nChannel: PJSIP/trunk-00" + n +
         "\r\nChannelState: 6\r\nChannelStateDesc: Up\r\nCallerIDNum: +493055500" + n +
         "\r\nCallerIDName: Anna Berg\r\nConnectedLineNum: 101\r\nConnectedLineName: Boris\r\n"
         "Language: en\r\nAccountCode: \r\nContext: from-trunk\r\nExten: sales\r\nPriority: 3\r\n"
         "Uniqueid: lab22-1795221016." +
         n + "\r\nLinkedid: lab22-1795221016." + n +
         "\r\nSystemName: lab22-asterisk\r\nX-Trace: 0123456789abcdef0123456789abcd\r\n\r\n";
}

std::string stream() {
  std::string bytes;
  for (unsigned i = 0; bytes.size() < 4 * 1024 * 1024; ++i) bytes += event(i);
  return bytes;
}

/// Runs `work(chunk) -> events` over the stream in reads of `block` bytes; prints ns per event.
template <class Work>
void measure(char const* name, std::string const& bytes, Work work) {
  double best = 1e9;
  std::size_t seen = 0;
  for (int round = 0; round < 3; ++round) {
    std::size_t events = 0;
    auto const begin = bench_clock::now();
    while (events < total_events) {
      std::size_t at = 0;
      while (at < bytes.size()) {
        auto const [used, count] = work(std::string_view(bytes).substr(at, block));
        at += used == 0 ? block : used;
        events += count;
      }
    }
    auto const ns = std::chrono::duration<double, std::nano>(bench_clock::now() - begin).count();
    best = std::min(best, ns / static_cast<double>(events));
    seen = events;
  }
  std::printf("%-44s %7.1f ns/event  (%zu events)\n", name, best, seen);
}

struct used {
  std::size_t bytes, events;
};

/// The yardstick: splits every event into its fields with memchr and adds up their lengths.
used split_only(std::string_view text) {
  std::size_t at = 0, events = 0, done = 0;
  std::size_t sum = 0;
  while (at < text.size()) {
    auto const* lf =
        static_cast<char const*>(std::memchr(text.data() + at, '\n', text.size() - at));
    if (lf == nullptr) break;
    auto const end = static_cast<std::size_t>(lf - text.data());
    if (end - at <= 1) {
      ++events;
      done = end + 1;
    } else if (auto const* colon =
                   static_cast<char const*>(std::memchr(text.data() + at, ':', end - at))) {
      sum += static_cast<std::size_t>(colon - (text.data() + at));
    }
    at = end + 1;
  }
  asm volatile("" : : "r"(sum));  // the sum is wanted, as far as the optimiser knows
  return {done, events};
}

template <class Find>
used blocks(std::string_view text, Find find) {
  std::size_t at = 0, events = 0;
  for (;;) {
    auto const end = find(text, at);
    if (end == std::string_view::npos) return {at, events};
    at = end + 4;
    ++events;
  }
}

std::size_t by_memmem(std::string_view text, std::size_t from) {
  auto const* at =
      static_cast<char const*>(::memmem(text.data() + from, text.size() - from, "\r\n\r\n", 4));
  return at == nullptr ? std::string_view::npos : static_cast<std::size_t>(at - text.data());
}

std::size_t by_memchr(std::string_view text, std::size_t from) {
  while (from + 4 <= text.size()) {
    auto const* cr =
        static_cast<char const*>(std::memchr(text.data() + from, '\r', text.size() - from - 3));
    if (cr == nullptr) break;
    if (std::memcmp(cr, "\r\n\r\n", 4) == 0) return static_cast<std::size_t>(cr - text.data());
    from = static_cast<std::size_t>(cr - text.data()) + 1;
  }
  return std::string_view::npos;
}

}  // namespace

int main() {
  using namespace calluna;
  auto const bytes = stream();
  std::printf("one event: %zu bytes; reads of %zu KiB\n", event(1).size(), block / 1024);
  measure("split every field (memchr), the yardstick", bytes, split_only);
  measure("find the block's end: memmem", bytes, [](auto t) { return blocks(t, by_memmem); });
  measure("find the block's end: memchr", bytes, [](auto t) { return blocks(t, by_memchr); });
  measure("find the block's end: ami::find_block_end", bytes,
          [](auto t) { return blocks(t, ami::find_block_end); });

  ami::client_options options;
  options.auth = ami::auth_method::plain;
  std::string const prefix = "bench-";
  auto const now = std::chrono::steady_clock::now();
  ami::session talk(options, prefix, {}, now);
  std::vector<ami::message_view> events;
  (void)talk.received("Asterisk Call Manager/11.0.0\r\n", events, now);
  auto const login = talk.take_output();
  auto const id_at = login.find(prefix);
  auto const id = login.substr(id_at, login.find('\r', id_at) - id_at);
  (void)talk.received("Response: Success\r\nActionID: " + id +
                          "\r\nMessage: Authentication accepted\r\n\r\n"
                          "Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n",
                      events, now);
  measure("session: framing, batch", bytes, [&](std::string_view text) -> used {
    events.clear();
    auto const bytes_used = talk.received(text, events, now);
    return {*bytes_used, events.size()};
  });
  measure("session, and each event's name", bytes, [&](std::string_view text) -> used {
    events.clear();
    auto const bytes_used = talk.received(text, events, now);
    std::size_t wanted = 0;
    for (auto const& each : events) wanted += each.event() == "Newstate" ? 1 : 0;
    return {*bytes_used, wanted};
  });
  measure("session, name and Uniqueid", bytes, [&](std::string_view text) -> used {
    events.clear();
    auto const bytes_used = talk.received(text, events, now);
    std::size_t wanted = 0;
    for (auto const& each : events)
      wanted += each.event() == "Newstate" && each.get("Uniqueid").size() > 4 ? 1 : 0;
    return {*bytes_used, wanted};
  });
}
