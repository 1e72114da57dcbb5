#pragma once
#include <calluna/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace calluna::http {

/// The parts of "https://crm.example:8443/people?name=x".
struct url {
  bool encrypted = false;
  /// In lower case; of IPv6 without brackets.
  std::string host;
  std::uint16_t port = 0;
  /// Path and query, with the leading slash.
  std::string target;

  /// Scheme, host and port: who is trusted with what.
  std::string origin() const;
  std::string text() const { return origin() + target; }
};

/// Errors (`invalid`): another scheme than http and https, a login in it, no host, a port that is
/// none, or what must be percent-encoded first: spaces, control characters, letters outside ASCII.
/// A fragment ("#...") is dropped, it is not for servers. The message holds nothing of path and
/// query, which may be secret.
result<url> parse_url(std::string_view text);

/// Where `location`, of a redirect from `base`, leads. Errors: as `parse_url`.
result<url> resolve(url const& base, std::string_view location);

}  // namespace calluna::http
