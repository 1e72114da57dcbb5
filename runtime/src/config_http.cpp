#include "config_reading.hpp"

#include <calluna/runtime/secret.hpp>

#include <charconv>

namespace calluna::runtime {

namespace fs = std::filesystem;

namespace {

/// "127.0.0.1:8080", "[::]:8443"
bool read_listen(std::string_view text, web::web_options& o) {
  auto const colon = text.rfind(':');
  if (colon == text.npos) return false;
  auto host = text.substr(0, colon);
  auto const port = text.substr(colon + 1);
  bool const in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  if (in_brackets != (host.find(':') != host.npos) || !web::address::read(host)) return false;
  auto const [end, code] = std::from_chars(port.data(), port.data() + port.size(), o.port);
  if (code != std::errc{} || end != port.data() + port.size()) return false;
  o.address = host;
  return true;
}

std::optional<std::vector<web::network>> read_networks(section& s, std::string_view key) {
  auto const texts = s.texts(key);
  if (!texts) return {};
  std::vector<web::network> all;
  for (auto const& text : *texts) {
    if (auto const one = web::network::read(text))
      all.push_back(*one);
    else
      s.problem(key, fmt::format("'{}': {}", key, one.error().message));
  }
  return all;
}

void read_server_tls(section& parent, web::web_options& o, reading& in) {
  auto const* table = parent.table("tls");
  if (table == nullptr) return;
  section s{*table, parent.name() + ".tls", {"certificate", "key_file"}, in.problems};
  if (auto const file = s.needed_text("certificate")) {
    o.certificate_file = absolute(in.folder, *file).string();
    std::error_code ignored;
    if (!fs::is_regular_file(o.certificate_file, ignored))
      s.problem("certificate",
                fmt::format("'certificate': there is no file '{}'", o.certificate_file));
  }
  if (auto const file = s.needed_text("key_file")) {
    o.key_file = absolute(in.folder, *file).string();
    if (auto const good = check_secret_file(o.key_file); !good)
      s.problem("key_file", fmt::format("'key_file': {}", good.error().message));
  }
}

bool is_this_machine(std::string_view address) {
  return address.rfind("127.", 0) == 0 || address == "::1";
}

}  // namespace

web::web_options read_http(toml::table const& table, reading& in) {
  section s{
      table,
      "http",
      {"listen", "tls", "trusted_proxies", "allowed_hosts", "metrics_allow", "max_connections"},
      in.problems};
  web::web_options o;
  o.port = 8080;
  if (auto const listen = s.text("listen"); listen && !read_listen(*listen, o))
    s.problem("listen", fmt::format("'listen' must be an address and a port, like "
                                    "\"127.0.0.1:8080\" or \"[::]:8443\", not '{}'",
                                    section::printable(*listen)));
  read_server_tls(s, o, in);
  if (auto networks = read_networks(s, "trusted_proxies")) o.trusted_proxies = *networks;
  if (auto networks = read_networks(s, "metrics_allow")) o.metrics_networks = *networks;
  if (auto hosts = s.texts("allowed_hosts")) o.allowed_hosts = *hosts;
  if (auto most = s.integer("max_connections", 1, 1'000'000))
    o.max_connections = static_cast<std::size_t>(*most);
  if (o.certificate_file.empty() && !is_this_machine(o.address))
    in.warnings.push_back(s.name() +
                          ": without tls tokens are sent in clear text to whoever is in between");
  return o;
}

}  // namespace calluna::runtime
