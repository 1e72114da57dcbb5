#pragma once
#include <string>
#include <string_view>
#include <system_error>

namespace calluna {

/// What went wrong, in the words an app decides on. The same words are `err.kind` in Lua.
enum class error_kind {
  timeout,     ///< the deadline passed; whether it took effect is unknown
  busy,        ///< the far side is busy
  noanswer,    ///< it rang, nobody answered
  offline,     ///< not reachable: an unregistered phone, a PBX or server without a connection
  congestion,  ///< no way through (no circuit, bad number)
  rejected,    ///< the far side, or a bound of ours, declined
  gone,        ///< the call, channel or resource has ended
  cancelled,   ///< we gave it up ourselves
  refused,     ///< not permitted: login, rights, a missing grant
  protocol,    ///< the peer said something that its protocol does not allow
  invalid,     ///< the request itself is wrong; nothing was sent
  ambiguous,   ///< it could mean several; nothing was chosen
};

/// The word for `kind`, as Lua apps see it ("timeout", "busy", ...). Static storage.
std::string_view to_string(error_kind kind) noexcept;

/// An expected failure. Copyable, owned by whoever holds it, free of threads.
struct error {
  error_kind kind = error_kind::protocol;
  /// One line for a human: what and where. Never holds a secret.
  std::string message;
  /// True only if doing the same again is safe and may help.
  bool retryable = false;
  /// The protocol's own code (HTTP status, errno, ...); empty if there is none.
  std::error_code code = {};
};

/// "kind: message"
std::string to_string(error const& e);

}  // namespace calluna
