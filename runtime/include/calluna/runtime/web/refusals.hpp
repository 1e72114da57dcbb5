#pragma once
#include <calluna/clock.hpp>
#include <calluna/log.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace calluna::runtime::web {

/// Why a request, a connection or a part of one was refused.
enum class refusal {
  connections,     ///< more than max_connections
  address,         ///< more from one address than max_connections_per_address
  handshake,       ///< TLS failed or took too long
  slow,            ///< 408: a header or body did not come in time
  malformed,       ///< 400: not HTTP, or in two minds about it
  header_too_big,  ///< 431
  body_too_big,    ///< 413
  bodies,          ///< 503: too many bodies at once
  host,            ///< 400: no Host, a bad one, or one that is not allowed
  method,          ///< 501
  path,            ///< 400: broken encoding, a way out
  no_token,        ///< 401
  wrong_token,     ///< 401
  guessing,        ///< 429: too many wrong tokens
  scope,           ///< 403: the token is not for this path
  cross_site,      ///< 403: a cookie from another site's page
  rate,            ///< 429
  nobody,          ///< 503: the app is not there
  unanswered,      ///< 500: the app dropped the request
  late,            ///< 504: the app did not answer in time
  bad_answer,      ///< 500: what the app answered cannot be sent
  not_reading,     ///< closed: more waits for the client than may
  websocket,       ///< closed: broken frames, a message too big, no pong
  count
};

std::string_view to_string(refusal why) noexcept;

/// Counts refusals, and logs the first of each kind in each period with how many there were since:
/// who floods the server does not flood the log.
class refusals {
 public:
  static constexpr auto period = std::chrono::minutes(1);

  refusals(logger log, clock const& time) : log_(std::move(log)), clock_(time) {}

  /// `detail` says who and what; it may hold text from the wire, and never a token.
  void add(refusal why, std::string_view detail);
  std::uint64_t of(refusal why) const noexcept { return counts_[static_cast<std::size_t>(why)]; }

 private:
  static constexpr auto kinds = static_cast<std::size_t>(refusal::count);
  logger log_;
  clock const& clock_;
  std::array<std::uint64_t, kinds> counts_{};
  std::array<std::uint64_t, kinds> unlogged_{};
  std::array<clock::time_point, kinds> quiet_until_{};
};

}  // namespace calluna::runtime::web
