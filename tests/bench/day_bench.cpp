/// A business day of the example app vip_queue on the offline PBX, in virtual time: 50 agents,
/// 5,000 callers in eight hours. What the callers know of their own calls is compared with what the
/// app has said.
///
///   day_bench [HOURS] [SEED]      ends with 1 if the books differ
#include "../../runtime/src/testing/offline_pbx.hpp"
#include "../../runtime/src/testing/stage.hpp"
#include "support/runtime_under_test.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <regex>
#include <string>

namespace {

using namespace calluna;
using namespace std::chrono_literals;
using runtime::testing::stage;

constexpr int agents = 50;
constexpr double calls_an_hour = 625;
constexpr auto longest_call = 2h;  // after the last arrival, until everybody has gone

/// What happened to one caller, as they would tell it.
struct caller_book {
  bool talked = false, ended = false, in_voicemail = false;
  std::string number;
  std::optional<sim::moment> began_talk;
  double talk_seconds = 0;
};

struct totals {
  std::size_t calls = 0, talked = 0, gave_up = 0, voicemail = 0;
  double talk_seconds = 0;
  bool operator==(totals const& o) const {
    // The app rounds each talk to whole seconds.
    return calls == o.calls && talked == o.talked && gave_up == o.gave_up &&
           voicemail == o.voicemail &&
           std::abs(talk_seconds - o.talk_seconds) <= 0.6 * static_cast<double>(talked);
  }
};

class day {
 public:
  day(double hours, std::uint64_t seed) : hours_(hours), chance_(seed), stage_(options(seed)) {
    nlohmann::json members = nlohmann::json::array();
    auto& m = pbx_->machine();
    for (int i = 0; i < agents; ++i) {
      auto const endpoint = fmt::format("PJSIP/{}", 101 + i);
      m.add_endpoint({endpoint, "from-phones", {std::to_string(101 + i), ""}});
      members.push_back(endpoint);
      pbx_->actors().set_behaviour(endpoint,
                                   {.after = seconds(2, 8), .hang_up_after = seconds(220, 560)});
    }
    stage_.set_config({{"members", members}});
    must(
        m.plan().read("[from-trunk]\nexten => 100,1,Stasis(vip-queue)\n same => n,Hangup()\n"
                      "[voicemail]\nexten => support,1,Wait(20)\n same => n,Hangup()\n"));
    for (int i = 0; i < 100; ++i) {
      directory::partner p;
      p.id = std::to_string(i);
      p.name = "Partner " + p.id;
      p.tags = {i % 2 == 0 ? "VIP" : "NOVIP"};
      p.numbers = {number(i)};
      must(stage_.add_partner(std::move(p)));
    }
    m.listen([this](sim::event const& e) { write_down(e); });
    must(stage_.begin());
  }

  void pass() {
    std::exponential_distribution<double> pause(calls_an_hour / 3600);
    std::uniform_int_distribution<int> who(0, 999);  // every tenth is a partner
    double at = 0;
    for (at = pause(chance_); at < hours_ * 3600; at += pause(chance_)) {
      sim::caller c;
      c.number = {number(who(chance_)), ""};
      c.exten = "100";
      c.at = std::chrono::duration_cast<sim::span>(std::chrono::duration<double>(at));
      c.stays = seconds(20, 1200);
      pbx_->actors().add(c);
    }
    must(stage_.advance(std::chrono::duration_cast<std::chrono::nanoseconds>(
                            std::chrono::duration<double>(hours_ * 3600)) +
                        longest_call));
    for (auto const& line : stage_.take_complaints()) {
      std::fprintf(stderr, "day_bench: %s\n", line.c_str());
      std::exit(1);
    }
  }

  totals callers_say() const {
    totals all;
    for (auto const& [serial, c] : callers_) {
      ++all.calls;
      all.talked += c.talked;
      all.voicemail += c.in_voicemail;
      all.gave_up += !c.talked && !c.in_voicemail;
      all.talk_seconds += c.talk_seconds;
      if (!c.ended) std::fprintf(stderr, "day_bench: %s is still there\n", c.number.c_str());
    }
    return all;
  }
  totals app_says() {
    static std::regex const ended(R"(\S+: (\w+), talked (\d+) s with (.*))"),
        talks(R"(\S+ talks to PJSIP/.*)"), gave_up(R"(\S+ hung up after \d+ s)");
    totals all;
    std::size_t talked = 0;
    for (auto const& line : stage_.story().log()) {
      std::smatch found;
      if (std::regex_match(line.text, found, ended)) {
        ++all.calls;
        if (found[1] == "answered" && found[3] != "nobody") {
          ++talked;
          all.talk_seconds += std::stod(found[2]);
        }
      }
      all.talked += std::regex_match(line.text, talks);
      all.gave_up += std::regex_match(line.text, gave_up);
    }
    if (talked != all.talked)
      std::fprintf(stderr, "day_bench: the queue connected %zu, the call model answered %zu\n",
                   all.talked, talked);
    all.voicemail = all.calls - all.talked - all.gave_up;
    return all;
  }

 private:
  static void must(result<void> const& outcome) {
    if (outcome) return;
    std::fprintf(stderr, "day_bench: %s\n", outcome.error().message.c_str());
    std::exit(1);
  }
  runtime::testing::stage_options options(std::uint64_t seed) {
    runtime::testing::stage_options o;
    o.app_path = CALLUNA_SOURCE_DIR "/examples/apps/vip_queue";
    o.name = "vip_queue";
    o.seed = seed;
    o.make_pbx = [this](runtime::testing::stage_parts const& parts) {
      auto made = std::make_unique<runtime::testing::offline_pbx>(parts);
      pbx_ = made.get();
      return made;
    };
    return o;
  }
  static std::string number(int who) { return fmt::format("+1415555{:04}", who); }
  sim::span seconds(int from, int to) {
    return std::chrono::milliseconds(
        std::uniform_int_distribution<int>(from * 1000, to * 1000)(chance_));
  }
  void write_down(sim::event const& e) {
    using kind = sim::event_kind;
    auto const now = pbx_->machine().now();
    if (e.kind == kind::bridge_entered || e.kind == kind::bridge_left) {
      bool const together = e.bridge->channels.size() > 1;
      for (auto const serial : e.bridge->channels) talk(serial, together, now);
      if (e.kind == kind::bridge_left) talk(e.channel->serial, false, now);
      return;
    }
    if (e.channel == nullptr || e.channel->endpoint != "PJSIP/trunk") return;
    auto& c = callers_[e.channel->serial];
    c.number = e.channel->caller.number;
    if (e.kind == kind::channel_dialplan && e.channel->place.context == "voicemail")
      c.in_voicemail = true;
    if (e.kind == kind::channel_ended) c.ended = true;
  }
  void talk(std::uint64_t serial, bool together, sim::moment now) {
    auto const at = callers_.find(serial);
    if (at == callers_.end()) return;
    auto& c = at->second;
    if (together && !c.began_talk) c.talked = true, c.began_talk = now;
    if (!together && c.began_talk)
      c.talk_seconds +=
          std::chrono::duration<double>(now - *std::exchange(c.began_talk, {})).count();
  }

  double hours_;
  std::mt19937_64 chance_;
  std::map<std::uint64_t, caller_book> callers_;
  runtime::testing::offline_pbx* pbx_ = nullptr;  // the stage's
  stage stage_;
};

void print(char const* who, totals const& t) {
  std::printf("| %s | %zu | %zu | %zu | %zu | %.0f |\n", who, t.calls, t.talked, t.gave_up,
              t.voicemail, t.talk_seconds);
}

}  // namespace

int main(int count, char** arguments) {
  auto const hours = count > 1 ? std::atof(arguments[1]) : 8;
  auto const seed = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 1;
  auto const begin = bench::now_seconds();
  day d(hours, seed);
  d.pass();
  auto const callers = d.callers_say(), app = d.app_says();
  std::printf(
      "%.1f hours with %d agents, in %.1f s\n\n| | calls | talked | gave up | voicemail | s of "
      "talk |\n|---|---|---|---|---|---|\n",
      hours, agents, bench::now_seconds() - begin);
  print("the callers", callers);
  print("the app", app);
  if (callers == app) return 0;
  std::fprintf(stderr, "day_bench: the books differ\n");
  return 1;
}
