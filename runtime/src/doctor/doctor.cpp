#include "../lua_files.hpp"
#include "look.hpp"

#include <calluna/runtime/service.hpp>

#include <algorithm>

namespace calluna::runtime::doctor {
namespace {

/// The app's scripts, without its tests, whose calls nobody makes.
std::vector<std::filesystem::path> scripts_of(app_config const& app) {
  auto files = lua_files(app.path);
  std::erase_if(files, [](auto const& file) { return file.filename() == "test.lua"; });
  return files;
}

/// What the runtime and those apps that see this PBX will send to it.
std::vector<need> needs_of(config const& settings, std::string const& pbx) {
  auto all = needs_of_runtime();
  for (auto const& app : settings.apps) {
    if (!app.pbx.empty() && std::find(app.pbx.begin(), app.pbx.end(), pbx) == app.pbx.end())
      continue;
    for (auto const& file : scripts_of(app))
      for (auto& one : needs_of_script(app.name, file.filename().string(), text_of(file)))
        all.push_back(std::move(one));
  }
  return all;
}

}  // namespace

void examine(config const& settings, teller const& tell) {
  tell({severity::good, settings.file.string(), "is understood", ""});
  for (auto const& warning : settings.warnings) tell({severity::note, "", warning, ""});
  for (auto const& p : settings.pbx) {
    if (p.ami) look_at_ami(*p.ami, needs_of(settings, p.name), tell);
    if (p.ari) look_at_ari(*p.ari, tell);
  }
  for (auto const& erp : settings.erps) look_at_odoo(erp, tell);
  if (settings.http) look_at_address("http", settings.http->address, settings.http->port, tell);
  if (settings.agi) look_at_address("agi", settings.agi->address, settings.agi->port, tell);
  auto const loaded = service::load_apps(settings);
  for (auto const& app : settings.apps) {
    bool good = true;
    for (auto const& one : loaded.mistakes)
      if (one.app == app.name) {
        tell({severity::bad, "app." + app.name, one.line, ""});
        good = false;
      }
    if (good) tell({severity::good, "app." + app.name, "loads", ""});
  }
  if (!loaded.with_check.empty()) ask_apps(settings, loaded.with_check, tell);
}

}  // namespace calluna::runtime::doctor
