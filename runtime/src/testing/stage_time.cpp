// How time passes on a stage: by hand, from one thing that is due to the next; or with the world's.
#include "stage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace calluna::runtime::testing {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_await = 60s;
// At one moment; an app that waits for no time in a loop would go on for ever.
constexpr int most_turns = 100'000;

}  // namespace

void stage::run_ready() {
  for (;;) {
    keep_time();
    pbx_->settle();
    loop_.restart();
    if (loop_.poll_one() == 0) return;
    count_waits();
  }
}

std::optional<clock::time_point> stage::next_due() {
  auto next = time_->next_alarm();
  if (auto const due = pbx_->next_due(); due && (!next || *due < *next)) next = due;
  return next;
}

/// The clock shows how much of the world's time has passed, if that is the PBX's.
void stage::keep_time() {
  if (!pbx_->own_time()) return;
  auto const behind = std::chrono::steady_clock::now() - world_began_ - passed();
  if (behind > 0ns) time_->advance(behind);
}

result<bool> stage::step_with_world(std::chrono::nanoseconds span) {
  auto const end = time_->now() + span;
  run_ready();
  auto const until = std::min(end, time_->next_alarm().value_or(end));
  if (until >= end && time_->now() >= end) return false;
  loop_.restart();
  bool const happened = loop_.run_one_for(until - time_->now()) != 0;
  if (happened) count_waits();
  run_ready();
  return happened || until < end;
}

result<bool> stage::step(std::chrono::nanoseconds span) {
  if (pbx_->own_time()) return step_with_world(span);
  run_ready();
  auto const next = next_due();
  if (!next || *next > time_->now() + span) return false;
  std::chrono::nanoseconds const passes =
      std::max(*next - time_->now(), clock::time_point::duration{});
  turns_ = passes > 0ns ? 0 : turns_ + 1;
  if (turns_ > most_turns)
    return fail(error_kind::invalid,
                fmt::format("it goes in circles: {} turns, and no time passes", most_turns));
  time_->advance(passes);
  run_ready();
  return true;
}

result<void> stage::advance(std::chrono::nanoseconds span) {
  auto const end = time_->now() + span;
  for (;;) {
    auto const more = step(end - time_->now());
    if (!more) return fail(more.error());
    if (!*more) break;
  }
  if (end > time_->now()) time_->advance(end - time_->now());
  run_ready();
  return {};
}

result<void> stage::await_pbx() {
  auto const deadline = time_->now() + longest_await;
  for (;;) {
    auto const there = pbx_->ready();
    if (!there) return fail(there.error());
    if (*there) return {};
    if (time_->now() >= deadline) return fail(error_kind::timeout, "the PBX does not become ready");
    if (auto const more = step(100ms); !more) return fail(more.error());
  }
}

}  // namespace calluna::runtime::testing
