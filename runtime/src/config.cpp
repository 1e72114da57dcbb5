#include "ari_url.hpp"
#include "config_table.hpp"

#include <calluna/runtime/config.hpp>
#include <calluna/runtime/secret.hpp>

#include <nlohmann/json.hpp>

#include <charconv>
#include <cmath>
#include <sstream>

namespace calluna::runtime {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What every section needs to know about the file as a whole.
struct reading {
  /// What relative paths start from.
  fs::path folder;
  problem_list& problems;
  std::vector<std::string>& warnings;
};

fs::path absolute(fs::path const& folder, fs::path const& path) {
  auto clean = (path.is_absolute() ? path : folder / path).lexically_normal();
  return clean.has_filename() || !clean.has_parent_path() ? clean : clean.parent_path();
}

bool is_name(std::string_view text) {
  auto const allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed);
}

constexpr std::string_view name_rule = "names are made of a-z, 0-9, '_' and '-', 64 at most";

std::optional<io::tls_options> read_tls(section& parent, reading& in) {
  auto const* node = parent.node("tls");
  if (node == nullptr) return {};
  if (node->is_boolean())
    return node->as_boolean()->get() ? std::optional<io::tls_options>{std::in_place} : std::nullopt;
  auto const* table = parent.table("tls");
  io::tls_options tls;
  if (table == nullptr) return tls;
  section s{*table, parent.name() + ".tls", {"ca_file", "server_name", "verify"}, in.problems};
  tls.verify = s.boolean("verify").value_or(true);
  tls.server_name = s.text("server_name").value_or("");
  if (auto file = s.text("ca_file")) {
    tls.ca_file = absolute(in.folder, *file).string();
    std::error_code ignored;
    if (!fs::is_regular_file(tls.ca_file, ignored))
      s.problem("ca_file", fmt::format("'ca_file': there is no file '{}'", tls.ca_file));
  }
  if (!tls.verify)
    in.warnings.push_back(s.name() +
                          ": verify = false: whoever is in between can read and change "
                          "everything, the password included");
  return tls;
}

/// Reads `<word>_env` or `<word>_file`; exactly one of them, and never the secret itself.
std::string read_secret(section& s, std::string const& word, std::string const& user, reading& in) {
  auto const env = word + "_env", file = word + "_file";
  for (auto const& literal : {std::string{"secret"}, std::string{"password"}}) {
    if (!s.has(literal)) continue;
    s.problem(literal, fmt::format("'{}' is not read from here, because this file gets copied and "
                                   "committed: use {} = \"NAME\" or {} = \"path\"",
                                   literal, env, file));
    return {};
  }
  if (s.has(env) == s.has(file)) {
    s.problem(file, s.has(env) ? fmt::format("'{}' and '{}' exclude each other", env, file)
                               : fmt::format("'{}' or '{}' is missing", env, file));
    return {};
  }
  auto const& key = s.has(env) ? env : file;
  auto const source = s.text(key);
  if (!source) return {};
  auto read = s.has(env) ? secret_from_env(*source, user)
                         : secret_from_file(absolute(in.folder, *source), user);
  if (read) return std::string{read->reveal()};
  s.problem(key, fmt::format("'{}': {}", key, read.error().message));
  return {};
}

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

pbx_config read_pbx(std::string const& name, toml::table const& table, reading& in) {
  section s{table, "pbx." + name, {"region", "ami", "ari"}, in.problems};
  pbx_config pbx;
  pbx.name = name;
  if (auto region = s.text("region")) {
    pbx.region = *region;
    auto const upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    if (region->size() != 2 || !std::all_of(region->begin(), region->end(), upper))
      s.problem("region", "'region' must be a country's two capital letters, like \"DE\"");
  }
  if (auto const* ami = s.table("ami")) pbx.ami = read_ami(*ami, name, in);
  if (auto const* ari = s.table("ari")) pbx.ari = read_ari(*ari, name, in);
  if (!s.has("ami") && !s.has("ari"))
    s.problem_at(table.source(), fmt::format("needs [pbx.{0}.ami] or [pbx.{0}.ari]", name));
  return pbx;
}

/// `node` as JSON. What JSON cannot say is reported; dates become text.
nlohmann::json to_json(toml::node const& node, section& s, int depth) {
  if (depth > 32) {
    s.problem_at(node.source(), "'config' is nested more than 32 levels deep");
    return {};
  }
  if (auto const* table = node.as_table()) {
    auto object = nlohmann::json::object();
    for (auto&& [key, value] : *table)
      object[std::string{key.str()}] = to_json(value, s, depth + 1);
    return object;
  }
  if (auto const* array = node.as_array()) {
    auto list = nlohmann::json::array();
    for (auto const& value : *array) list.push_back(to_json(value, s, depth + 1));
    return list;
  }
  if (auto const* text = node.as_string()) return text->get();
  if (auto const* number = node.as_integer()) return number->get();
  if (auto const* flag = node.as_boolean()) return flag->get();
  if (auto const* number = node.as_floating_point()) {
    if (!std::isfinite(number->get())) s.problem_at(node.source(), "'config' holds inf or nan");
    return number->get();
  }
  std::ostringstream text;
  if (auto const* date = node.as_date()) text << date->get();
  if (auto const* time = node.as_time()) text << time->get();
  if (auto const* moment = node.as_date_time()) text << moment->get();
  return text.str();
}

std::optional<dialplan_target> read_fallback(section& s) {
  auto const text = s.text("fallback");
  if (!text) return {};
  dialplan_target to;
  auto const first = text->find(','), last = text->rfind(',');
  auto const bad = [&]() -> std::optional<dialplan_target> {
    s.problem("fallback", "'fallback' must be \"context,extension,priority\", like \"main,s,1\"");
    return {};
  };
  if (first == text->npos || first == last) return bad();
  to.context = text->substr(0, first);
  to.extension = text->substr(first + 1, last - first - 1);
  auto const* const end = text->data() + text->size();
  auto const [stop, code] = std::from_chars(text->data() + last + 1, end, to.priority);
  auto const odd = to.extension.find_first_of(", ") != std::string::npos || to.context.empty() ||
                   to.extension.empty() || to.context.find(' ') != std::string::npos;
  if (odd || code != std::errc{} || stop != end || to.priority < 1) return bad();
  return to;
}

void read_grants(section& s, app_config& app) {
  app.grants = s.texts("grants").value_or(std::vector<std::string>{});
  for (auto const& grant : app.grants)
    if (std::find(known_grants.begin(), known_grants.end(), grant) == known_grants.end())
      s.problem("grants",
                fmt::format("unknown grant '{}'{}; there are: {}", section::printable(grant),
                            suggestion(grant, known_grants), listed(known_grants)));
  std::sort(app.grants.begin(), app.grants.end());
  app.grants.erase(std::unique(app.grants.begin(), app.grants.end()), app.grants.end());
}

app_config read_app(std::string const& name, toml::table const& table, config const& all,
                    reading& in) {
  section s{table,
            "app." + name,
            {"path", "pbx", "grants", "memory_mb", "soft_memory_mb", "budget_ms", "drain_seconds",
             "config", "fallback"},
            in.problems};
  app_config app;
  app.name = name;
  if (auto path = s.text("path")) app.path = absolute(in.folder, *path);
  app.pbx = s.texts("pbx").value_or(std::vector<std::string>{});
  std::vector<std::string> names;
  for (auto const& pbx : all.pbx) names.push_back(pbx.name);
  for (auto const& wanted : app.pbx)
    if (std::find(names.begin(), names.end(), wanted) == names.end())
      s.problem("pbx", fmt::format("there is no [pbx.{}]{}", section::printable(wanted),
                                   suggestion(wanted, names)));
  read_grants(s, app);
  auto const memory = s.integer("memory_mb", 1, 4096).value_or(64);
  app.memory_bytes = static_cast<std::size_t>(memory) << 20;
  app.soft_memory_bytes = app.memory_bytes / 4 * 3;
  if (auto soft = s.integer("soft_memory_mb", 1, memory))
    app.soft_memory_bytes = static_cast<std::size_t>(*soft) << 20;
  if (auto budget = s.integer("budget_ms", 1, 60'000)) app.budget = milliseconds(*budget);
  if (auto drain = s.integer("drain_seconds", 0, 7 * 86'400)) app.drain = seconds(*drain);
  // "replace": a file may hold any bytes, and the app gets valid JSON or nothing.
  if (auto const* free = s.table("config"))
    app.config_json =
        to_json(*free, s, 0).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  app.fallback = read_fallback(s);
  return app;
}

/// What is wrong with where the app lies; empty if nothing.
std::string path_problem(app_config const& app) {
  std::error_code code;
  auto const status = fs::status(app.path, code);
  if (!fs::exists(status)) return fmt::format("there is no '{}'", app.path.string());
  if (fs::is_directory(status))
    return fs::is_regular_file(app.main_file(), code)
               ? ""
               : fmt::format("the folder '{}' has no init.lua", app.path.string());
  return app.path.extension() == ".lua"
             ? ""
             : fmt::format("'{}' is neither a folder nor a .lua file", app.path.string());
}

runtime_config read_runtime(toml::table const* table, reading& in) {
  static toml::table const nothing;
  section s{table != nullptr ? *table : nothing,
            "runtime",
            {"control_socket", "log_level", "watch", "debounce_ms", "stop_seconds"},
            in.problems};
  runtime_config r;
  auto const socket = s.text("control_socket");
  r.control_socket = socket ? absolute(in.folder, *socket) : default_control_sockets().front();
  // sockaddr_un::sun_path has room for 107 and the end.
  if (r.control_socket.native().size() > 107)
    s.problem("control_socket", fmt::format("'control_socket' is longer than 107 bytes: '{}'",
                                            r.control_socket.string()));
  if (auto level = s.text("log_level")) {
    constexpr std::array<std::string_view, 4> levels{"debug", "info", "warning", "error"};
    auto const found = std::find(levels.begin(), levels.end(), *level);
    if (found == levels.end())
      s.problem("log_level", fmt::format("'log_level' must be one of {}, not '{}'", listed(levels),
                                         section::printable(*level)));
    else
      r.log_level = static_cast<calluna::log_level>(found - levels.begin());
  }
  r.watch = s.boolean("watch").value_or(r.watch);
  if (auto wait = s.integer("debounce_ms", 0, 10'000)) r.debounce = milliseconds(*wait);
  if (auto wait = s.integer("stop_seconds", 0, 86'400)) r.stop = seconds(*wait);
  return r;
}

/// The tables under `[<room>.<name>]`, after a look at their names.
std::vector<std::pair<std::string, toml::table const*>> named_tables(section& root,
                                                                     std::string const& room,
                                                                     problem_list& problems) {
  std::vector<std::pair<std::string, toml::table const*>> found;
  auto const* table = root.table(room);
  if (table == nullptr) return found;
  for (auto&& [key, value] : *table) {
    auto const name = section::printable(key.str());
    if (!is_name(key.str()))
      problems.add(key.source(), room, fmt::format("'{}' is no name: {}", name, name_rule));
    else if (!value.is_table())
      problems.add(
          value.source(), room,
          fmt::format("'{0}' must be a section [{1}.{0}], not {2}", name, room, kind_name(value)));
    else
      found.emplace_back(name, value.as_table());
  }
  return found;
}

void read_apps(section& root, std::optional<fs::path> const& only_app, config& all, reading& in) {
  fs::path only;
  std::string only_name;
  if (only_app) {
    only = absolute(fs::current_path(), *only_app);
    only_name = (only.extension() == ".lua" ? only.stem() : only.filename()).string();
    if (!is_name(only_name))
      in.problems.add(
          {}, {},
          fmt::format("'{}' cannot name an app: {}", section::printable(only_name), name_rule));
  }
  for (auto const& [name, table] : named_tables(root, "app", in.problems)) {
    auto app = read_app(name, *table, all, in);
    if (only_app && name != only_name) continue;
    if (only_app) app.path = only;
    auto const* at = table->get("path");
    auto const& place = at != nullptr ? at->source() : table->source();
    if (app.path.empty() && at == nullptr)
      in.problems.add(place, "app." + name, "'path' is missing");
    if (!app.path.empty())
      if (auto why = path_problem(app); !why.empty())
        in.problems.add(place, "app." + name, "'path': " + why);
    all.apps.push_back(std::move(app));
  }
  if (!only_app || !all.apps.empty()) return;
  app_config app;
  app.name = only_name;
  app.path = only;
  if (auto why = path_problem(app); !why.empty()) in.problems.add({}, "app." + only_name, why);
  all.apps.push_back(std::move(app));
}

}  // namespace

fs::path app_config::main_file() const {
  return path.extension() == ".lua" ? path : path / "init.lua";
}

tl::expected<config, config_problems> parse_config(std::string_view text, fs::path const& file,
                                                   std::optional<fs::path> const& only_app) {
  auto const parsed = toml::parse(text, file.string());
  problem_list problems{section::printable(file.string())};
  if (!parsed) {
    problems.add(parsed.error().source(), {}, section::printable(parsed.error().description()));
    return tl::unexpected(problems.lines());
  }
  config all;
  all.file = file;
  reading in{absolute(fs::current_path(), file).parent_path(), problems, all.warnings};
  section root{parsed.table(), "", {"pbx", "app", "runtime"}, problems};
  for (auto const& [name, table] : named_tables(root, "pbx", problems))
    all.pbx.push_back(read_pbx(name, *table, in));
  if (!root.has("pbx"))
    problems.add({}, {}, "there is no PBX: add [pbx.main.ami] or [pbx.main.ari]");
  read_apps(root, only_app, all, in);
  all.runtime = read_runtime(root.table("runtime"), in);
  if (!problems.empty()) return tl::unexpected(problems.lines());
  return all;
}

std::optional<fs::path> control_socket_in(std::string_view text, fs::path const& file) {
  auto const parsed = toml::parse(text);
  if (!parsed) return {};
  auto const socket = parsed.table()["runtime"]["control_socket"].value<std::string>();
  if (!socket || socket->empty()) return {};
  return absolute(absolute(fs::current_path(), file).parent_path(), *socket);
}

}  // namespace calluna::runtime
