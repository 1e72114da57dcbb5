#pragma once
#include "recorder.hpp"

#include <calluna/io/executor.hpp>
#include <calluna/runtime/control_server.hpp>
#include <calluna/runtime/supervisor.hpp>

#include <boost/asio/steady_timer.hpp>

namespace calluna::runtime::recording {

/// Answers `calluna record` over the control socket. On the IO thread.
class record_desk {
 public:
  record_desk(io::executor io, supervisor& of, logger log);
  ~record_desk();

  /// {"do":"begin"} starts a recording, {"do":"more"} fetches, {"do":"end"} ends it. Each is
  /// answered with {"lines":[TEXT...],"ended":BOOL}, "more" when there are some, or after a second
  /// without. Who does not ask for 30 seconds is gone: the recording ends.
  void answer(nlohmann::json const& request, control_server::reply reply);

 private:
  void begin(control_server::reply reply);
  void give(control_server::reply reply);
  void wait();
  void forget_later();

  io::executor io_;
  supervisor& of_;
  logger log_;
  control_server::reply waiting_;
  boost::asio::steady_timer patience_, forgetting_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::runtime::recording
