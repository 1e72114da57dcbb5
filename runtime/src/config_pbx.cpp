#include "ari_url.hpp"
#include "config_reading.hpp"

namespace calluna::runtime {
namespace {

using std::chrono::seconds;

ami::client_options read_ami(toml::table const& table, std::string const& pbx, reading& in) {
  section s{table,
            "pbx." + pbx + ".ami",
            // `secret` is known only to be refused with the reason.
            {"host", "port", "user", "secret_env", "secret_file", "secret", "password", "auth",
             "tls", "event_mask", "filters", "ping_seconds"},
            in.problems};
  ami::client_options o;
  o.name = pbx;
  o.server.host = s.text("host").value_or("127.0.0.1");
  o.server.tls = read_tls(s, in);
  o.server.port =
      static_cast<std::uint16_t>(s.integer("port", 1, 65535).value_or(o.server.tls ? 5039 : 5038));
  o.user = s.needed_text("user").value_or("");
  o.secret = read_secret(s, "secret", o.user, in);
  if (auto auth = s.text("auth")) {
    if (*auth == "plain") {
      o.auth = ami::auth_method::plain;
      if (!o.server.tls)
        in.warnings.push_back(s.name() +
                              ": auth = \"plain\" without tls sends the secret in "
                              "clear text");
    } else if (*auth != "md5") {
      s.problem("auth", fmt::format("'auth' must be \"md5\" or \"plain\", not '{}'",
                                    section::printable(*auth)));
    }
  }
  o.event_mask = s.text("event_mask").value_or("");
  o.filters = s.texts("filters").value_or(std::vector<std::string>{});
  if (auto ping = s.integer("ping_seconds", 1, 3600)) o.ping_interval = seconds(*ping);
  return o;
}

ari::client_options read_ari(toml::table const& table, std::string const& pbx, reading& in) {
  section s{table,
            "pbx." + pbx + ".ari",
            {"url", "user", "password_env", "password_file", "password", "secret", "tls"},
            in.problems};
  ari::client_options o;
  o.name = pbx;
  if (auto url = s.needed_text("url"))
    if (auto good = read_ari_url(*url, o); !good) s.problem("url", "'url' " + good.error());
  auto tls = read_tls(s, in);
  if (s.has("tls") && tls.has_value() != o.server.tls.has_value() && s.has("url"))
    s.problem("tls", "'tls' and 'url' disagree: https:// is with TLS, http:// without");
  if (tls && o.server.tls) o.server.tls = std::move(tls);
  o.user = s.needed_text("user").value_or("");
  o.password = read_secret(s, "password", o.user, in);
  return o;
}

std::vector<std::pair<std::string, std::string>> read_trunk_regions(section& pbx, reading& in) {
  std::vector<std::pair<std::string, std::string>> regions;
  auto const* table = pbx.table("trunk_regions");
  if (table == nullptr) return regions;
  section::words names;  // any will do
  for (auto&& [endpoint, region] : *table) names.push_back(endpoint.str());
  section s{*table, pbx.name() + ".trunk_regions", names, in.problems};
  for (auto const name : names)
    if (auto const region = s.text(name); region && check_region(s, name, *region)) {
      if (name.find('/') == name.npos)
        s.problem(name, fmt::format("'{}' must be an endpoint as channels name it, like "
                                    "\"PJSIP/trunk-us\"",
                                    section::printable(name)));
      regions.emplace_back(name, *region);
    }
  return regions;
}

}  // namespace

namespace {

std::vector<std::string> read_trunks(section& pbx) {
  auto trunks = pbx.texts("trunks").value_or(std::vector<std::string>{});
  for (auto const& endpoint : trunks)
    if (endpoint.find('/') == endpoint.npos)
      pbx.problem("trunks", fmt::format("'{}' must be an endpoint as channels name it, like "
                                        "\"PJSIP/trunk-us\" or \"PJSIP/trunk-*\"",
                                        section::printable(endpoint)));
  return trunks;
}

}  // namespace

pbx_config read_pbx(std::string const& name, toml::table const& table, reading& in) {
  section s{table, "pbx." + name, {"region", "trunk_regions", "trunks", "ami", "ari"}, in.problems};
  pbx_config pbx;
  pbx.name = name;
  if (auto region = s.text("region")) {
    pbx.region = *region;
    check_region(s, "region", *region);
  }
  pbx.trunk_regions = read_trunk_regions(s, in);
  pbx.trunks = read_trunks(s);
  if (auto const* ami = s.table("ami")) pbx.ami = read_ami(*ami, name, in);
  if (auto const* ari = s.table("ari")) pbx.ari = read_ari(*ari, name, in);
  if (!s.has("ami") && !s.has("ari"))
    s.problem_at(table.source(), fmt::format("needs [pbx.{0}.ami] or [pbx.{0}.ari]", name));
  return pbx;
}

}  // namespace calluna::runtime
