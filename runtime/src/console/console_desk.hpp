#pragma once
#include "console_session.hpp"

#include <calluna/io/executor.hpp>
#include <calluna/runtime/control_server.hpp>
#include <calluna/runtime/supervisor.hpp>

#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <optional>
#include <sys/types.h>

namespace calluna::runtime::console {

/// Answers `calluna console` over the control socket. On the IO thread.
class console_desk : private generation_listener {
 public:
  /// Who asks nothing for longer than `asks_within` is gone: the session ends.
  console_desk(io::executor io, supervisor& of, logger log,
               std::chrono::milliseconds asks_within = std::chrono::seconds(30));
  ~console_desk() override;

  /// {"do":"open","write":BOOL} makes a session, answered with {"session":N}. Then, each with
  /// "session": {"do":"line","text":TEXT} runs a line, {"do":"more"} asks how it goes on,
  /// {"do":"interrupt"} breaks it off, {"do":"close"} ends the session. The first three are
  /// answered with {"output":[TEXT...],"done":BOOL,...}, when the line is done or after a second
  /// without; once done, "result" or "error" has a text, or "incomplete" is true.
  void answer(nlohmann::json const& request, std::optional<uid_t> user,
              control_server::reply reply);
  /// Ends all sessions; then `done`. No new ones.
  void stop(unique_function<void()> done);

  static constexpr std::size_t most_sessions = 4;

 private:
  void open(bool write, std::optional<uid_t> user, control_server::reply reply);
  void opened(std::uint64_t number, result<void> outcome, control_server::reply reply);
  void end(std::uint64_t number, bool stuck = false);
  void watch();
  void look_at(std::uint64_t number, session& s, bool& interrupting);
  void heard(std::uint64_t number, std::string const& what, nlohmann::json const& told);
  void on_generation_broken(generation_id id, error const& why) override;
  void on_call_broken(generation_id, std::uint32_t, std::string const&) override {}

  io::executor io_;
  supervisor& of_;
  logger log_;
  std::chrono::milliseconds asks_within_;
  boost::asio::steady_timer watchdog_;
  bool watching_ = false;
  std::map<std::uint64_t, std::unique_ptr<session>> sessions_;
  std::uint64_t last_ = 0;
  std::size_t ending_ = 0;  // sessions whose threads have not ended yet
  bool stopping_ = false;
  unique_function<void()> stopped_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::runtime::console
