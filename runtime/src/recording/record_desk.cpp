#include "record_desk.hpp"

#include <calluna/runtime/pbx.hpp>

#include <boost/asio/post.hpp>

namespace calluna::runtime::recording {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds answer_within{1}, asks_within{30};
constexpr std::size_t most_in_one_answer = std::size_t{1} << 20;

json header_of(supervisor const& of) {
  json pbxs = json::array();
  for (auto const& p : of.pbxs()) {
    auto const& s = p->settings();
    pbxs.push_back({{"name", s.name},
                    {"ami", s.ami.has_value()},
                    {"ari", s.ari.has_value()},
                    {"region", s.region},
                    {"trunks", s.trunks}});
  }
  return {{"pbxs", std::move(pbxs)}, {"scrubbed", false}};
}

}  // namespace

record_desk::record_desk(io::executor io, supervisor& of, logger log)
    : io_(std::move(io)), of_(of), log_(std::move(log)), patience_(io_), forgetting_(io_) {}

record_desk::~record_desk() {
  of_.tape().when_some(nullptr);
  of_.tape().end();
}

void record_desk::answer(json const& request, control_server::reply reply) {
  auto const what = request.value("do", "");
  if (what == "begin") return begin(std::move(reply));
  if (what == "more") {
    if (waiting_)
      return reply(fail(error_kind::rejected, "somebody waits for these lines already"));
    waiting_ = std::move(reply);
    return wait();
  }
  if (what != "end") return reply(fail(error_kind::invalid, "record: do begin, more or end"));
  of_.tape().end();
  log_.info("the recording has ended");
  give(std::move(reply));
}

void record_desk::begin(control_server::reply reply) {
  if (auto begun = of_.tape().begin(header_of(of_)); !begun) return reply(fail(begun.error()));
  log_.info("a recording has begun");
  for (auto const& p : of_.pbxs()) p->show_state();
  give(std::move(reply));
}

void record_desk::wait() {
  forgetting_.cancel();  // somebody does ask
  auto const now = [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired() && waiting_) give(std::exchange(waiting_, nullptr));
  };
  if (!of_.tape().on()) return now();
  // From whichever thread has written it.
  of_.tape().when_some([io = io_, now] { boost::asio::post(io, now); });
  patience_.expires_after(answer_within);
  patience_.async_wait([now](boost::system::error_code const& code) {
    if (!code) now();
  });
}

void record_desk::give(control_server::reply reply) {
  patience_.cancel();
  forgetting_.cancel();
  of_.tape().when_some(nullptr);
  auto some = of_.tape().take(most_in_one_answer);
  bool const ended = !of_.tape().on() && !some.more;
  if (!ended) forget_later();
  if (some.overrun && !some.more)
    return reply(fail(error_kind::rejected,
                      "more was said than could be fetched: the recording has ended before here"));
  reply(json{{"lines", std::move(some.lines)}, {"ended", ended}});
}

void record_desk::forget_later() {
  forgetting_.expires_after(asks_within);
  forgetting_.async_wait(
      [this, alive = std::weak_ptr(alive_)](boost::system::error_code const& code) {
        if (code || alive.expired()) return;
        of_.tape().end();
        (void)of_.tape().take(recorder::most_waiting);
        log_.warning("nobody fetches what is recorded: the recording has ended");
      });
}

}  // namespace calluna::runtime::recording
