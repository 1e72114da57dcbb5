#include "show_top.hpp"

#include <calluna/runtime/log.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace calluna::runtime {
namespace {

using nlohmann::json;

double number(json const& in, json::json_pointer const& at) {
  return in.is_object() ? in.value(at, 0.0) : 0.0;
}

/// The same PBX or app in an earlier answer; null if it was not there, or is another generation.
json const& same_in(json const& before, char const* list, json const& now) {
  static json const nothing;
  if (!before.is_object() || !before.contains(list)) return nothing;
  for (auto const& one : before[list])
    if (one.value("name", "") == now.value("name", "") &&
        one.value("generation", 0) == now.value("generation", 0))
      return one;
  return nothing;
}

/// "12.5"; "-" where there is nothing to compare with.
std::string rate(json const& before, json const& now, char const* at, double seconds,
                 double unit = 1) {
  json::json_pointer const where(at);
  if (before.is_null() || !now.contains(where)) return "-";
  return fmt::format("{:.1f}", (number(now, where) - number(before, where)) / seconds * unit);
}

std::string memory(json const& app) {
  return app.contains("memory_bytes")
             ? fmt::format("{:.1f} MB", number(app, json::json_pointer("/memory_bytes")) / 1e6)
             : "-";
}

std::string pbx_line(json const& before, json const& now, double seconds) {
  auto const& then = same_in(before, "pbx", now);
  std::string line = "pbx " + escape_controls(now.value("name", "?"));
  if (now.contains("ami"))
    line += fmt::format(
        "  AMI {}, {} events/s, {} actions/s", escape_controls(now["ami"].value("state", "?")),
        rate(then, now, "/ami/events", seconds), rate(then, now, "/ami/actions", seconds));
  if (now.contains("ari"))
    line += fmt::format("  ARI {} applications, {} events/s, {} requests/s",
                        now["ari"].value("applications", json::object()).size(),
                        rate(then, now, "/ari/events", seconds),
                        rate(then, now, "/ari/requests", seconds));
  return line + "\n";
}

/// Of the generations that only finish their calls.
std::size_t draining_channels(json const& app) {
  std::size_t all = 0;
  for (auto const& one : app.value("draining", json::array()))
    all += one.value("channels", std::size_t{0});
  return all;
}

}  // namespace

std::string top_table(json const& before, json const& now, double seconds) {
  auto text =
      fmt::format("{}, {:.0f} live calls", now.value("ready", false) ? "ready" : "NOT READY",
                  number(now, json::json_pointer("/calls/live")));
  if (now.contains("http"))
    text += fmt::format(", HTTP {} requests/s on {} connections",
                        rate(before, now, "/http/requests", seconds),
                        now["http"].value("connections", 0));
  text += "\n";
  for (auto const& p : now.value("pbx", json::array())) text += pbx_line(before, p, seconds);
  static constexpr char form[] =
      "{:<20} {:<8} {:>5} {:>7} {:>8} {:>6} {:>8} {:>9} {:>6} {:>9} {:>7} {:>6}\n";
  text += fmt::format(form, "APP", "STATE", "GEN", "CALLS", "DRAINING", "TASKS", "WAITING",
                      "EVENTS/S", "CPU%", "MEMORY", "DROPPED", "ERRORS");
  for (auto const& app : now.value("apps", json::array())) {
    auto const& then = same_in(before, "apps", app);
    text += fmt::format(form, escape_controls(app.value("name", "?")),
                        escape_controls(app.value("state", "?")), app.value("generation", 0),
                        app.value("channels", 0), draining_channels(app), app.value("tasks", 0),
                        app.value("waiting", 0), rate(then, app, "/events", seconds),
                        rate(then, app, "/cpu_seconds", seconds, 100), memory(app),
                        app.value("dropped", 0), app.value("task_errors", 0));
    if (auto const why = app.value("last_error", ""); !why.empty())
      text += "  " + escape_controls(why) + "\n";
  }
  return text;
}

}  // namespace calluna::runtime
