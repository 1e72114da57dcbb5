#pragma once
#include <calluna/agi/connection.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/io/network.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calluna::agi {

struct server_options {
  /// Of this machine; "::" and "0.0.0.0" are all of them.
  std::string address = "127.0.0.1";
  /// 0: any that is free.
  std::uint16_t port = 4573;
  /// FastAGI has no login: who comes from elsewhere is sent away.
  std::vector<io::network> allow;
  /// More are sent away; their dialplans go on.
  std::size_t max_sessions = 1000;
  /// For the lines that say who calls.
  std::chrono::milliseconds environment_timeout{5000};
};

/// Takes the calls that dialplans hand over with AGI(agi://...). On one executor with one thread.
class server {
 public:
  /// Gets each call once all is known of it.
  using arrival = unique_function<void(std::shared_ptr<connection>)>;

  struct counters {
    std::size_t open = 0;
    std::uint64_t sessions = 0;
    /// Sent away: from elsewhere; too many; no environment in time, or no AGI.
    std::uint64_t forbidden = 0, rejected = 0, malformed = 0;
  };

  /// Errors: `invalid` (no address), `refused` (no right, or the port is taken).
  static result<std::unique_ptr<server>> listen(io::executor on, server_options options, logger log,
                                                arrival arrived);
  /// Ends every session.
  ~server();
  server(server const&) = delete;
  server& operator=(server const&) = delete;

  std::uint16_t port() const noexcept;
  counters count() const noexcept;
  /// Takes no more calls; those there are go on.
  void stop_listening();

 private:
  class impl;
  explicit server(std::shared_ptr<impl> made);
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::agi
