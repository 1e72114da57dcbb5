#include <calluna/runtime/log.hpp>
#include <calluna/runtime/web/refusals.hpp>

#include <fmt/format.h>

namespace calluna::runtime::web {

std::string_view to_string(refusal why) noexcept {
  switch (why) {
    case refusal::connections:
      return "too many connections";
    case refusal::address:
      return "too many connections from one address";
    case refusal::handshake:
      return "TLS handshake failed";
    case refusal::slow:
      return "request too slow";
    case refusal::malformed:
      return "malformed request";
    case refusal::header_too_big:
      return "header too big";
    case refusal::body_too_big:
      return "body too big";
    case refusal::bodies:
      return "too many bodies at once";
    case refusal::host:
      return "wrong host";
    case refusal::method:
      return "unknown method";
    case refusal::path:
      return "bad path";
    case refusal::no_token:
      return "no token";
    case refusal::wrong_token:
      return "wrong token";
    case refusal::guessing:
      return "too many wrong tokens";
    case refusal::scope:
      return "token not for this path";
    case refusal::cross_site:
      return "cookie from another site";
    case refusal::rate:
      return "too many requests";
    case refusal::nobody:
      return "app not there";
    case refusal::unanswered:
      return "request dropped by its app";
    case refusal::late:
      return "app too late";
    case refusal::bad_answer:
      return "bad answer of an app";
    case refusal::not_reading:
      return "client does not read";
    case refusal::websocket:
      return "WebSocket failed";
    case refusal::count:
      break;
  }
  return "unknown";
}

void refusals::add(refusal why, std::string_view detail) {
  auto const i = static_cast<std::size_t>(why);
  ++counts_[i];
  auto const now = clock_.now();
  if (quiet_until_[i] != clock::time_point{} && now < quiet_until_[i]) {
    ++unlogged_[i];
    return;
  }
  quiet_until_[i] = now + period;
  auto line = fmt::format("{}: {}", to_string(why), escape_controls(detail.substr(0, 300)));
  if (unlogged_[i] != 0) line += fmt::format(" ({} more since the last line)", unlogged_[i]);
  unlogged_[i] = 0;
  log_.warning(line);
}

}  // namespace calluna::runtime::web
