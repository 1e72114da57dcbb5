#pragma once
#include <calluna/bindings/feed.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/runtime/control_server.hpp>
#include <calluna/runtime/generation.hpp>

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace calluna::runtime::console {

/// One console: its script, the line that runs, what it has printed and nobody has fetched. On the
/// IO thread.
class session {
 public:
  session(io::executor const& io, std::shared_ptr<generation> script,
          std::shared_ptr<bindings::feed> words);

  /// Runs a line; answered as `more`.
  void run(std::string text, control_server::reply reply);
  /// What there is to say, at the line's end or after a second.
  void more(control_server::reply reply);
  /// Breaks off the line that runs, if one does.
  void interrupt();
  /// Says `why` to whoever waits.
  void dismiss(error const& why);

  void printed(std::string text);
  /// Line `number` is done: "result", "error" or "incomplete".
  void finished(std::uint64_t number, std::string const& what, std::string text);

  bool interrupting() const noexcept { return interrupting_; }
  /// How long nobody has asked for anything.
  std::chrono::nanoseconds silent_for(std::chrono::steady_clock::time_point now) const noexcept;
  std::shared_ptr<generation> const& script() const noexcept { return script_; }
  bool open = false;

 private:
  void give();

  std::shared_ptr<generation> script_;
  std::shared_ptr<bindings::feed> words_;
  std::uint64_t line_ = 0;
  bool line_runs_ = false, interrupting_ = false;
  nlohmann::json outcome_;  // of the line that is done and was not told yet
  nlohmann::json output_ = nlohmann::json::array();
  std::size_t output_bytes_ = 0, dropped_ = 0;
  control_server::reply waiting_;
  std::shared_ptr<boost::asio::steady_timer> patience_;
  std::chrono::steady_clock::time_point asked_at_;
};

}  // namespace calluna::runtime::console
