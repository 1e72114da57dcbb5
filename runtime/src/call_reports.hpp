#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/runtime/control_server.hpp>
#include <calluna/runtime/switchboard.hpp>

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <deque>
#include <map>
#include <string>

namespace calluna::runtime {

/// Answers `calluna calls` and `calluna tail`. Like an app it wants calls, from the first question
/// on. On the IO thread.
class call_reports : private call_receiver {
 public:
  call_reports(io::executor io, switchboard& calls);
  ~call_reports() override;

  /// {"calls": [row, ...]}, oldest first.
  void list(control_server::reply answer);
  /// {"call": ID or "next"} begins to follow a call, {"session": N} asks for more. Both are
  /// answered with {"session", "call", "lines": [{"at", "text"}...], "ended"}, the second when
  /// there is something new, or after some seconds without.
  void tail(nlohmann::json const& request, control_server::reply answer);

 private:
  struct line {
    calls::moment at;
    std::string text;
  };
  struct session {
    /// Empty: the next call that starts.
    std::string call;
    std::deque<line> lines;
    bool ended = false;
    control_server::reply waiting;
    std::unique_ptr<boost::asio::steady_timer> timer;
  };

  bool on_call_news(std::shared_ptr<calls::call_news const> const& news) override;
  void on_live_calls(std::vector<std::shared_ptr<calls::call const>> const&) override {}
  void begin(std::string const& call, control_server::reply answer);
  void answer(std::uint64_t number, session& s);
  void expire_later(std::uint64_t number, std::chrono::seconds after);
  void wanted(unique_function<void()> then);

  io::executor io_;
  switchboard& calls_;
  bool wants_ = false;
  std::map<std::uint64_t, session> sessions_;
  std::uint64_t last_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::runtime
