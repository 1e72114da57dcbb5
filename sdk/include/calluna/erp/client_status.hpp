#pragma once
#include <calluna/erp/breaker.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace calluna::erp {

enum class transport { json_rpc, json2 };
enum class transport_choice { automatic, json_rpc, json2 };

/// "JSON-RPC", "JSON-2". Static storage.
std::string_view to_string(transport t) noexcept;
/// The words of the configuration: "auto", "json-rpc", "json-2"; nothing for any other.
std::optional<transport_choice> transport_choice_of(std::string_view word) noexcept;

struct server_version {
  int major = 0;  ///< 19; 0: unknown
  int minor = 0;
  std::string text;  ///< "19.0-20260801"
  friend bool operator==(server_version const&, server_version const&) = default;
};

enum class connection_state {
  idle,         ///< nothing was asked yet
  connecting,   ///< it is being found out who answers
  ready,        ///< logged in
  refused,      ///< the login is not accepted; tried again after a while
  unreachable,  ///< no answer the last time
  stopped,
};
/// "idle", "connecting", "ready", ... Static storage.
std::string_view to_string(connection_state s) noexcept;

/// What `calluna status` tells about one business system. Never holds a secret.
struct client_status {
  std::string name;
  std::string url;
  std::string database;
  std::string user;
  connection_state state = connection_state::idle;
  /// The one in use; nothing before the first login.
  std::optional<erp::transport> transport;
  server_version version;
  breaker_state breaker = breaker_state::closed;

  int connections = 0;  ///< open now
  int busy = 0;         ///< of these, with a request under way
  int max_connections = 0;
  std::size_t waiting = 0;  ///< calls without a connection yet

  std::uint64_t calls = 0;     ///< taken, since the start
  std::uint64_t requests = 0;  ///< sent to the server
  std::uint64_t batched = 0;   ///< reads that travelled with another one
  std::uint64_t failed = 0;    ///< calls that failed, for whatever reason
  std::uint64_t rejected = 0;  ///< of these, because too many waited or the breaker was open

  /// One line; empty if there was none.
  std::string last_error;
  std::optional<std::chrono::system_clock::time_point> last_error_at;
  std::optional<std::chrono::system_clock::time_point> last_answer_at;

  /// When the key was made and when it ends, where the server tells (see client_options::key_name).
  std::optional<std::chrono::system_clock::time_point> key_created;
  std::optional<std::chrono::system_clock::time_point> key_expires;
};

}  // namespace calluna::erp
