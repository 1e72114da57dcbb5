#include "config_reading.hpp"

#include <boost/asio/ip/address.hpp>

#include <charconv>

namespace calluna::runtime {
namespace {

/// "127.0.0.1:4573", "[::1]:4573"
bool read_listen(std::string_view text, agi::server_options& into) {
  auto const colon = text.rfind(':');
  if (colon == std::string_view::npos) return false;
  auto host = text.substr(0, colon);
  bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  boost::system::error_code code;
  auto const address = boost::asio::ip::make_address(std::string(host), code);
  if (code || address.is_v6() != bracketed) return false;
  auto const digits = text.substr(colon + 1);
  auto const* const end = digits.data() + digits.size();
  auto const [stopped, problem] = std::from_chars(digits.data(), end, into.port);
  into.address = host;
  return problem == std::errc() && stopped == end;
}

}  // namespace

agi::server_options read_agi(toml::table const& table, reading& in) {
  section s{table, "agi", {"listen", "allow", "max_sessions"}, in.problems};
  agi::server_options o;
  if (auto listen = s.text("listen"); listen && !read_listen(*listen, o))
    s.problem("listen", fmt::format("'listen' is an address and a port, such as \"127.0.0.1:4573\" "
                                    "or \"[::]:4573\", not '{}'",
                                    section::printable(*listen)));
  auto const allow = s.texts("allow").value_or(std::vector<std::string>{"127.0.0.0/8", "::1"});
  if (allow.empty()) s.problem("allow", "'allow' is empty: nobody could hand a call over");
  for (auto const& text : allow) {
    auto const network = io::network::read(text);
    if (!network) {
      s.problem("allow", "'allow': " + section::printable(network.error().message));
      continue;
    }
    o.allow.push_back(*network);
    if (text.size() > 2 && text.substr(text.size() - 2) == "/0")
      in.warnings.push_back("agi: allow = \"" + text +
                            "\": FastAGI has no login, so whoever reaches the port is served");
  }
  if (auto most = s.integer("max_sessions", 1, 100'000))
    o.max_sessions = static_cast<std::size_t>(*most);
  return o;
}

}  // namespace calluna::runtime
