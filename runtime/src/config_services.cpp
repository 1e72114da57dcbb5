#include "config_reading.hpp"

#include <nlohmann/json.hpp>

namespace calluna::runtime {

namespace fs = std::filesystem;

namespace {

using std::chrono::seconds;

erp::tls_options read_erp_tls(section& s, bool is_https, reading& in) {
  erp::tls_options tls;
  auto const given = read_tls(s, in);
  if (s.has("tls") && s.has("url") && given.has_value() != is_https)
    s.problem("tls", "'tls' and 'url' disagree: https:// is with TLS, http:// without");
  if (!given) return tls;
  tls.verify = given->verify;
  tls.ca_file = given->ca_file;
  if (!given->server_name.empty())
    s.problem("tls", "'tls': server_name is for PBXs; here it is the host in 'url'");
  return tls;
}

bool is_local(std::string_view url) {
  for (std::string_view const host : {"http://127.", "http://localhost", "http://[::1]"})
    if (url.rfind(host, 0) == 0) return true;
  return false;
}

/// Which business system: the one that is named, or the only one.
std::string read_erp_name(section& s, config const& all) {
  std::vector<std::string> names;
  for (auto const& erp : all.erps) names.push_back(erp.name);
  if (auto name = s.text("odoo")) {
    if (std::find(names.begin(), names.end(), *name) == names.end())
      s.problem("odoo", fmt::format("there is no [odoo.{}]{}", section::printable(*name),
                                    suggestion(*name, names)));
    return *name;
  }
  if (names.size() == 1) return names.front();
  s.problem("adapter", names.empty() ? "'adapter' is \"odoo\", but there is no [odoo.NAME]"
                                     : fmt::format("'odoo' must say which one: {}", listed(names)));
  return {};
}

void read_source(section& s, config const& all, directory_config& d, reading& in) {
  if (auto file = s.text("file")) d.file = absolute(in.folder, *file);
  d.adapter = s.text("adapter").value_or("csv");
  std::error_code code;
  if (d.adapter == "csv") {
    if (d.file.empty())
      s.problem("file", "'file' is missing: the partners, a .csv or .json file");
    else if (!fs::is_regular_file(d.file, code))
      s.problem("file", fmt::format("'file': there is no file '{}'", d.file.string()));
    return;
  }
  if (s.has("file")) s.problem("file", "'file' is for adapter = \"csv\"");
  if (d.adapter == "odoo") {
    d.erp = read_erp_name(s, all);
    return;
  }
  if (fs::path(d.adapter).extension() != ".lua") {
    s.problem("adapter", fmt::format("'adapter' must be \"csv\", \"odoo\" or a .lua file, not '{}'",
                                     section::printable(d.adapter)));
    return;
  }
  auto const path = absolute(in.folder, d.adapter);
  if (!fs::is_regular_file(path, code))
    s.problem("adapter", fmt::format("'adapter': there is no file '{}'", path.string()));
  d.adapter = path.string();
}

}  // namespace

erp::client_options read_odoo(std::string const& name, toml::table const& table, reading& in) {
  section s{table,
            "odoo." + name,
            {"url", "database", "user", "key_env", "key_file", "secret", "password", "transport",
             "tls", "max_connections", "timeout_seconds", "key_name"},
            in.problems};
  erp::client_options o;
  o.name = name;
  o.url = s.needed_text("url").value_or("");
  bool const https = o.url.rfind("https://", 0) == 0;
  if (s.has("url") && !o.url.empty()) {
    if (!https && o.url.rfind("http://", 0) != 0)
      s.problem("url", "'url' must begin with https:// or http://");
    if (o.url.find('@') != o.url.npos)
      s.problem("url", "'url' must not hold a login: use 'user' and 'key_env' or 'key_file'");
    if (!https && !is_local(o.url))
      in.warnings.push_back(s.name() + ": url is http://: the key is sent in clear text");
  }
  o.database = s.needed_text("database").value_or("");
  o.user = s.text("user").value_or("");
  o.key = read_secret(s, "key", o.user, in);
  o.key_name = s.text("key_name").value_or("");
  if (auto word = s.text("transport")) {
    if (auto choice = erp::transport_choice_of(*word))
      o.transport = *choice;
    else
      s.problem("transport",
                fmt::format("'transport' must be \"auto\", \"json-rpc\" or \"json-2\", not '{}'",
                            section::printable(*word)));
  }
  if (o.user.empty() && o.transport != erp::transport_choice::json2 && !s.has("user"))
    s.problem("user", "'user' is missing; only transport = \"json-2\" does without");
  o.tls = read_erp_tls(s, https, in);
  o.max_connections = static_cast<int>(s.integer("max_connections", 1, 64).value_or(4));
  if (auto timeout = s.integer("timeout_seconds", 1, 600)) o.timeout = seconds(*timeout);
  return o;
}

directory_config read_directory(toml::table const& table, config const& all, reading& in) {
  section s{table,
            "directory",
            {"adapter", "file", "odoo", "database", "region", "refresh_seconds", "full_seconds",
             "stale_seconds", "config"},
            in.problems};
  directory_config d;
  read_source(s, all, d, in);
  auto const database = s.text("database");
  d.database =
      database ? absolute(in.folder, *database) : all.runtime.state_folder / "directory.sqlite";
  if (auto region = s.text("region"); region && check_region(s, "region", *region))
    d.region = *region;
  if (auto every = s.integer("refresh_seconds", 1, 86'400)) d.refresh = seconds(*every);
  if (auto every = s.integer("full_seconds", 60, 30 * 86'400)) d.full = seconds(*every);
  if (auto after = s.integer("stale_seconds", 1, 30 * 86'400)) d.stale = seconds(*after);
  if (auto const* free = s.table("config"))
    d.config_json =
        to_json(*free, s).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return d;
}

}  // namespace calluna::runtime
