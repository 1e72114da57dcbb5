#include "call_reports.hpp"

#include "call_words.hpp"
#include "read_back.hpp"

#include <fmt/format.h>

#include <utility>

namespace calluna::runtime {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds answer_within{5};
// Whoever does not ask again is gone.
constexpr std::chrono::seconds session_kept{30};
constexpr std::size_t most_sessions = 16, most_lines = 1000;

}  // namespace

call_reports::call_reports(io::executor io, switchboard& calls)
    : io_(std::move(io)), calls_(calls) {}

call_reports::~call_reports() {
  calls_.leave(*this);
}

void call_reports::wanted(unique_function<void()> then) {
  if (std::exchange(wants_, true)) return then();
  calls_.want(*this, std::move(then));
}

void call_reports::list(control_server::reply answer) {
  wanted([this, answer = std::move(answer)]() mutable {
    json rows = json::array();
    auto const now = moment_now();
    for (auto const* c : calls_.calls())
      if (c->announced) rows.push_back(table_row(*c, calls_.name_of(c->pbx), now));
    answer(json{{"calls", std::move(rows)}});
  });
}

void call_reports::tail(json const& request, control_server::reply answer_to) {
  auto const found = sessions_.find(request.value("session", std::uint64_t{0}));
  if (found != sessions_.end()) {
    auto& s = found->second;
    s.waiting = std::move(answer_to);
    if (!s.lines.empty() || s.ended) return answer(found->first, s);
    return expire_later(found->first, answer_within);
  }
  auto const call = request.value("call", "");
  if (call.empty())
    return answer_to(fail(error_kind::gone, "this tail is over: nobody asked for a while"));
  if (sessions_.size() >= most_sessions)
    return answer_to(fail(error_kind::rejected, "too many calls are being followed"));
  wanted([this, call, answer_to = std::move(answer_to)]() mutable {
    begin(call, std::move(answer_to));
  });
}

void call_reports::begin(std::string const& call, control_server::reply answer_to) {
  session made;
  if (call != "next") {
    for (auto const* c : calls_.calls()) {
      if (c->id != call) continue;
      made.call = call;
      for (auto& [at, text] : history_of(*c)) made.lines.push_back({at, std::move(text)});
    }
    if (made.call.empty())
      return answer_to(fail(error_kind::gone, fmt::format("there is no live call '{}'", call)));
  }
  made.timer = std::make_unique<boost::asio::steady_timer>(io_);
  made.waiting = std::move(answer_to);
  auto const number = ++last_;
  answer(number, sessions_.emplace(number, std::move(made)).first->second);
}

bool call_reports::on_call_news(std::shared_ptr<calls::call_news const> const& news) {
  using kind = calls::call_event_kind;
  if (!news->kind || !news->call) return false;
  for (auto& [number, s] : sessions_) {
    if (s.call.empty() && news->kind == kind::started) s.call = news->call->id;
    bool const swallowed = news->kind == kind::merged && news->other == s.call;
    if (s.call != news->call->id && !swallowed) continue;
    s.call = news->call->id;
    if (s.lines.size() < most_lines) s.lines.push_back({news->at, words_for(*news)});
    s.ended = s.ended || news->kind == kind::ended;
  }
  for (auto at = sessions_.begin(); at != sessions_.end();) {
    auto const one = at++;
    if (one->second.waiting && (!one->second.lines.empty() || one->second.ended))
      answer(one->first, one->second);
  }
  return false;
}

void call_reports::answer(std::uint64_t number, session& s) {
  json lines = json::array();
  for (auto const& l : std::exchange(s.lines, {}))
    lines.push_back(
        {{"at", std::chrono::duration<double>(l.at.time_since_epoch()).count()}, {"text", l.text}});
  auto reply = std::exchange(s.waiting, nullptr);
  json told{{"session", number}, {"call", s.call}, {"lines", lines}, {"ended", s.ended}};
  if (s.ended)
    sessions_.erase(number);
  else
    expire_later(number, session_kept);
  reply(std::move(told));
}

void call_reports::expire_later(std::uint64_t number, std::chrono::seconds after) {
  auto& timer = *sessions_.at(number).timer;
  timer.expires_after(after);
  timer.async_wait(
      [this, alive = std::weak_ptr(alive_), number](boost::system::error_code const& code) {
        if (code || alive.expired()) return;
        auto const found = sessions_.find(number);
        if (found == sessions_.end()) return;
        if (found->second.waiting)
          answer(number, found->second);
        else
          sessions_.erase(found);
      });
}

}  // namespace calluna::runtime
