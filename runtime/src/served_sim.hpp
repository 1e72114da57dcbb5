#pragma once
#include "sim_console.hpp"

#include <calluna/sim/pbx.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <iosfwd>
#include <memory>
#include <string>

namespace calluna::runtime {

/// An offline PBX that is served to the programs of this machine, with its time running: it tells
/// where it listens and what happens, and does what is typed. SIGTERM and SIGINT stop it.
class served_sim {
 public:
  served_sim(sim::pbx_options options, std::ostream& out);
  ~served_sim();
  served_sim(served_sim const&) = delete;
  served_sim& operator=(served_sim const&) = delete;

  sim::pbx& pbx() noexcept { return *pbx_; }
  /// Opens the ports; time goes from here on. Errors: a port is taken.
  result<void> listen();
  /// Until it is stopped, or so much of the PBX's time has passed. False: it was stopped.
  bool run_for(sim::span time);
  void run();
  /// Names what was asked for and is not there.
  void tell_missing();

 private:
  class keyboard;
  void tell(sim::event const& e);

  boost::asio::io_context loop_{1};
  sim::pbx_options options_;
  std::ostream& out_;
  std::unique_ptr<sim::pbx> pbx_;
  std::unique_ptr<keyboard> typed_;
  boost::asio::signal_set signals_;
  bool stopped_ = false;
};

}  // namespace calluna::runtime
