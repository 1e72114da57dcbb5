#include "ari_url.hpp"

#include <charconv>
#include <system_error>

namespace calluna::runtime {

tl::expected<void, std::string> read_ari_url(std::string_view url, ari::client_options& o) {
  bool const secure = url.starts_with("https://");
  if (!secure && !url.starts_with("http://"))
    return tl::unexpected<std::string>("must begin with http:// or https://");
  url.remove_prefix(secure ? 8 : 7);
  if (secure) o.server.tls.emplace();
  auto const slash = url.find('/');
  auto authority = url.substr(0, slash);
  auto path = slash == url.npos ? std::string_view{"/ari"} : url.substr(slash);
  if (authority.find('@') != authority.npos)
    return tl::unexpected<std::string>("must not hold a login: use user and password_env");
  if (url.find_first_of("?# ") != url.npos)
    return tl::unexpected<std::string>("must end with its path");
  while (path.ends_with('/')) path.remove_suffix(1);
  o.base_path = path;
  std::string_view port;
  if (authority.starts_with('[')) {
    auto const end = authority.find(']');
    if (end == authority.npos) return tl::unexpected<std::string>("lacks the ']' of its host");
    o.server.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else {
    auto const colon = authority.find(':');
    o.server.host = authority.substr(0, colon);
    port = colon == authority.npos ? std::string_view{} : authority.substr(colon);
  }
  if (o.server.host.empty()) return tl::unexpected<std::string>("names no host");
  o.server.port = secure ? 8089 : 8088;
  if (port.empty()) return {};
  auto const* const end = port.data() + port.size();
  auto const [stop, code] = std::from_chars(port.data() + 1, end, o.server.port);
  if (port[0] != ':' || code != std::errc{} || stop != end || o.server.port == 0)
    return tl::unexpected<std::string>("has a port that is none");
  return {};
}

}  // namespace calluna::runtime
