// `calluna check`: what can be said of apps without a PBX.
#include "check_sources.hpp"
#include "lua_files.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/runtime/script_table.hpp>
#include <calluna/runtime/service.hpp>
#include <calluna/runtime/web/live_push_hub.hpp>
#include <calluna/runtime/web/route_table.hpp>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

namespace calluna::runtime::service {
namespace {

/// An app's surroundings when it is only looked at: a PBX that never answers.
class nobody : public bindings::app_host {
 public:
  std::vector<bindings::http_route> routes;
  std::vector<bindings::agi_script> scripts;

 private:
  void on_ami_wanted(bindings::app&, std::vector<std::string> const&) override {}
  void on_ari_served(bindings::app&, std::string const&, std::string const&) override {}
  void on_app_broken(bindings::app&, error const&) override {}
  void on_call_broken(bindings::app&, std::uint32_t, std::string const&) override {}
  void on_http_routes(bindings::app&, std::vector<bindings::http_route> const& now) override {
    routes = now;
  }
  void on_agi_scripts(bindings::app&, std::vector<bindings::agi_script> const& now) override {
    scripts = now;
  }
};

bindings::app_options options_of(app_config const& app) {
  bindings::app_options o;
  o.name = app.name;
  o.path = app.path.string();
  o.memory = {app.soft_memory_bytes, app.memory_bytes};
  o.grants = {app.grants.begin(), app.grants.end()};
  o.config_json = app.config_json;
  return o;
}

/// The apps of a configuration, one after the other, against what those before have taken.
class checking {
 public:
  explicit checking(config const& settings) : settings_(settings) {
    if (settings.http) hub_ = web::live_push_hub::make(loop_.get_executor(), time_);
  }

  /// A line for each mistake.
  std::vector<std::string> look_at(app_config const& app, std::set<std::string>& with_check) {
    nobody host;
    auto options = options_of(app);
    options.services.push = hub_;
    auto const made = bindings::app::create(loop_.get_executor(), std::move(options), host);
    if (auto const loaded = made->load(); !loaded) return {loaded.error().message};
    if (made->has_check()) with_check.insert(app.name);
    auto wrong = look_at_routes(app.name, host.routes);
    for (auto& line : look_at_scripts(app.name, host.scripts)) wrong.push_back(std::move(line));
    for (auto& line : wrong) line = fmt::format("app {}: {}", app.name, line);
    return wrong;
  }

 private:
  std::vector<std::string> look_at_routes(std::string const& app,
                                          std::vector<bindings::http_route> const& routes) {
    if (routes.empty()) return {};
    if (!settings_.http)
      return {fmt::format("it answers {} {}, but {} has no [http]", routes.front().method,
                          routes.front().path, settings_.file.string())};
    auto wrong = routes_.objections(app, routes);
    if (wrong.empty()) routes_.set(app, routes);
    return wrong;
  }

  std::vector<std::string> look_at_scripts(std::string const& app,
                                           std::vector<bindings::agi_script> const& scripts) {
    if (scripts.empty()) return {};
    if (!settings_.agi)
      return {fmt::format("it serves the AGI script '{}', but {} has no [agi]",
                          scripts.front().path, settings_.file.string())};
    auto wrong = scripts_.objections(app, scripts);
    if (wrong.empty()) scripts_.set(app, scripts, {});
    return wrong;
  }

  config const& settings_;
  boost::asio::io_context loop_;
  real_clock time_;
  std::shared_ptr<web::live_push_hub> hub_;
  web::route_table routes_;
  script_table scripts_;
};

std::vector<std::string> lines_of(std::vector<mistake> found) {
  std::vector<std::string> lines;
  for (auto& one : found) lines.push_back(std::move(one.line));
  return lines;
}

/// "FILE:LINE:" of a mistake.
std::string_view place_of(std::string_view line) {
  auto const file = line.find(".lua:");
  return line.substr(0, file == line.npos ? line.size() : line.find(':', file + 5));
}

/// Loading the app, reading it and luacheck may find the same: of later ones only what is on other
/// lines than all before.
void add_new(std::vector<std::string> lines, std::vector<std::string>& to) {
  auto const known = to;
  for (auto& line : lines) {
    auto const same = [&](std::string const& other) { return place_of(other) == place_of(line); };
    if (std::none_of(known.begin(), known.end(), same)) to.push_back(std::move(line));
  }
}

}  // namespace

loaded_apps load_apps(config const& settings) {
  loaded_apps found;
  checking all(settings);
  for (auto const& app : settings.apps)
    for (auto& line : all.look_at(app, found.with_check))
      found.mistakes.push_back({app.name, std::move(line)});
  return found;
}

int check(config const& settings) {
  auto lines = lines_of(load_apps(settings).mistakes);
  bool no_luacheck = false;
  for (auto const& app : settings.apps) {
    auto const files = lua_files(app.path);
    add_new(check_sources(files, app.grants), lines);
    add_new(run_luacheck(files, no_luacheck), lines);
  }
  for (auto const& line : lines) std::cerr << line << '\n';
  if (no_luacheck) std::cerr << "note: luacheck is not installed, so it was not asked\n";
  return lines.empty() ? 0 : 1;
}

}  // namespace calluna::runtime::service
