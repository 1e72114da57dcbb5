#include "config_reading.hpp"

#include <cstdlib>

namespace calluna::runtime {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

runtime_config read_runtime(toml::table const* table, reading& in) {
  static toml::table const nothing;
  section s{table != nullptr ? *table : nothing,
            "runtime",
            {"control_socket", "state_folder", "log_level", "watch", "debounce_ms", "stop_seconds"},
            in.problems};
  runtime_config r;
  auto const socket = s.text("control_socket");
  r.control_socket = socket ? absolute(in.folder, *socket) : default_control_sockets().front();
  // sockaddr_un::sun_path has room for 107 and the end.
  if (r.control_socket.native().size() > 107)
    s.problem("control_socket", fmt::format("'control_socket' is longer than 107 bytes: '{}'",
                                            r.control_socket.string()));
  auto const state = s.text("state_folder");
  r.state_folder = state ? absolute(in.folder, *state) : default_state_folder();
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

}  // namespace

fs::path default_state_folder() {
  auto const absolute_path_in = [](char const* variable) -> std::string_view {
    auto const* const value = std::getenv(variable);
    return value != nullptr && *value == '/' ? value : std::string_view{};
  };
  // systemd gives a list if the unit names several; the first is ours.
  if (auto const given = absolute_path_in("STATE_DIRECTORY"); !given.empty())
    return given.substr(0, given.find(':'));
  if (auto const given = absolute_path_in("XDG_STATE_HOME"); !given.empty())
    return fs::path(given) / "calluna";
  if (auto const given = absolute_path_in("HOME"); !given.empty())
    return fs::path(given) / ".local/state/calluna";
  return "/var/lib/calluna";
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
  section root{parsed.table(),
               "",
               {"pbx", "app", "http", "agi", "directory", "odoo", "user", "runtime"},
               problems};
  for (auto const& [name, table] : named_tables(root, "pbx", problems))
    all.pbx.push_back(read_pbx(name, *table, in));
  if (!root.has("pbx"))
    problems.add({}, {}, "there is no PBX: add [pbx.main.ami] or [pbx.main.ari]");
  read_apps(root, only_app, all, in);
  all.runtime = read_runtime(root.table("runtime"), in);
  if (auto const* table = root.table("http")) all.http = read_http(*table, in);
  for (auto const& [name, table] : named_tables(root, "odoo", problems)) {
    all.erps.push_back(read_odoo(name, *table, in));
    if (auto const key = (*table)["key_file"].value<std::string>())
      all.erp_key_files[name] = absolute(in.folder, *key);
  }
  if (auto const* table = root.table("agi")) all.agi = read_agi(*table, in);
  if (auto const* table = root.table("directory")) all.directory = read_directory(*table, all, in);
  for (auto const& [name, table] : named_tables(root, "user", problems))
    all.users.push_back(read_user(name, *table, all, in));
  if (auto const together = directory::user_registry::create(all.users); !together)
    problems.add({}, "user", together.error().message);
  if (!problems.empty()) return tl::unexpected(problems.lines());
  return all;
}

namespace {

std::optional<fs::path> runtime_path_in(std::string_view text, fs::path const& file,
                                        std::string_view key) {
  auto const parsed = toml::parse(text);
  if (!parsed) return {};
  auto const path = parsed.table()["runtime"][key].value<std::string>();
  if (!path || path->empty()) return {};
  return absolute(absolute(fs::current_path(), file).parent_path(), *path);
}

}  // namespace

std::optional<fs::path> control_socket_in(std::string_view text, fs::path const& file) {
  return runtime_path_in(text, file, "control_socket");
}

std::optional<fs::path> state_folder_in(std::string_view text, fs::path const& file) {
  return runtime_path_in(text, file, "state_folder");
}

}  // namespace calluna::runtime
