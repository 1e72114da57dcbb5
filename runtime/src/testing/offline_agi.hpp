#pragma once
#include <calluna/agi/connection.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/sim/agi_front.hpp>

#include <functional>
#include <memory>
#include <set>

namespace calluna::runtime::testing {

/// Joins each AGI() of an offline PBX to the app, without a socket: the texts are those that would
/// travel. On one executor with one thread; no longer than the machine.
class offline_agi {
 public:
  offline_agi(io::executor on, sim::machine& machine);
  ~offline_agi();
  offline_agi(offline_agi const&) = delete;
  offline_agi& operator=(offline_agi const&) = delete;

  /// Gets each call once all is known of it; who lets go of it sends it on in the dialplan. Without
  /// it nobody listens where dialplans ask.
  std::function<void(std::shared_ptr<agi::connection>)> on_call;

 private:
  class line;
  class held_line;

  io::executor on_;
  sim::agi_front front_;
  std::set<std::shared_ptr<line>> lines_;
};

}  // namespace calluna::runtime::testing
