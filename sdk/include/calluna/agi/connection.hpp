#pragma once
#include <calluna/agi/environment.hpp>
#include <calluna/agi/reply.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <cstddef>
#include <string>

namespace calluna::agi {

/// A call that the dialplan has handed over, until it is closed or destroyed: then the dialplan
/// goes on. All members from any thread.
class connection {
 public:
  using completion = unique_function<void(result<reply>)>;
  /// Commands that may wait for their turn.
  static constexpr std::size_t most_queued = 100;

  virtual ~connection() = default;
  virtual environment const& call() const noexcept = 0;

  /// Sends a command made by `encode`, after those before it. `done` exactly once, on the server's
  /// thread. Errors: those of `failure_of`; `gone` when the connection has ended or ends meanwhile;
  /// `rejected` if too many wait; `protocol`.
  virtual void submit(std::string line, completion done) = 0;

  /// The channel has hung up, or the connection has ended.
  virtual bool gone() const noexcept = 0;
  /// `tell` is called once when `gone` becomes true (at once if it is), on the server's thread.
  /// Once.
  virtual void on_gone(unique_function<void()> tell) = 0;

  virtual void close() = 0;
};

}  // namespace calluna::agi
