#include "config_reading.hpp"

#include <nlohmann/json.hpp>

#include <charconv>

namespace calluna::runtime {

namespace fs = std::filesystem;

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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

}  // namespace

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

fs::path app_config::main_file() const {
  return path.extension() == ".lua" ? path : path / "init.lua";
}

}  // namespace calluna::runtime
