#pragma once
#include <calluna/ari/client.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace calluna::ari {

/// What the parts of one client share. It outlives them.
struct client_context {
  client_context(io::executor executor, client_options o, logger l);

  io::executor on;
  client_options options;
  logger log;
  client::counters count;
  /// No event WebSocket reads before this.
  std::chrono::steady_clock::time_point hold_until{};
  /// "http://127.0.0.1:8088/ari", for people.
  std::string url;
  /// As the Host header has it.
  std::string host;
  /// With the leading and without a trailing slash; empty if there is none.
  std::string base_path;
  std::string authorization;
};

/// A request on its way.
struct rest_call {
  request what;
  std::chrono::steady_clock::time_point deadline;
  unique_function<void(result<response>)> done;
  /// Doing it again is safe even if the server saw it.
  bool repeatable() const noexcept { return what.method == http_method::get; }
};

/// An answer as the caller gets it. `body` may hold Asterisk's words on what is wrong.
result<response> to_result(client_context const& c, int status, std::string_view reason,
                           std::string body);

/// Why the upgrade to a WebSocket was declined, in one line that says what to do about it.
error explain_upgrade(client_context const& c, std::string_view application, error const& e);

/// The event WebSocket's path and query.
std::string events_target(client_context const& c, std::string_view application, bool everything);

}  // namespace calluna::ari
