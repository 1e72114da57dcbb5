#include "runtime_metrics.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace calluna::runtime {
namespace {

using nlohmann::json;

double number(json const& of, char const* key) {
  auto const found = of.find(key);
  if (found == of.end()) return 0;
  if (found->is_boolean()) return found->get<bool>() ? 1 : 0;
  return found->is_number() ? found->get<double>() : 0;
}

std::string name_of(json const& entry) {
  return entry.value("name", "");
}

struct app_number {
  char const* key;
  char const* name;
  char const* help;
  bool counts;
};
constexpr app_number app_numbers[] = {
    {"reloads", "calluna_app_loads_total", "Generations that have served.", true},
    {"failures", "calluna_app_load_failures_total", "Generations that could not be loaded.", true},
    {"broken", "calluna_app_broken_total", "Generations that were replaced by force.", true},
    {"tasks", "calluna_app_tasks_total", "Tasks begun by the present generation.", true},
    {"task_errors", "calluna_app_task_errors_total",
     "Tasks of the present generation that ended with an error.", true},
    {"events", "calluna_app_events_total", "Events taken by the present generation.", true},
    {"dropped", "calluna_app_events_dropped_total",
     "Events the present generation was too far behind for.", true},
    {"visits_refused", "calluna_app_visits_refused_total",
     "Requests the present generation had no room for.", true},
    {"visits", "calluna_app_visits", "Requests that the present generation is at.", false},
    {"waiting", "calluna_app_tasks_waiting", "Tasks of the present generation that wait.", false},
    {"channels", "calluna_app_channels", "Channels in the present generation.", false},
    {"memory_bytes", "calluna_app_memory_bytes", "Lua memory of the present generation.", false}};

void write_apps(json const& apps, web::metrics_writer& out) {
  out.gauge("calluna_app_serving", "Whether the app is served.");
  for (auto const& app : apps)
    out.sample(app.value("state", "") == "serving" ? 1 : 0, {{"app", name_of(app)}});
  for (auto const& one : app_numbers) {
    if (one.counts)
      out.counter(one.name, one.help);
    else
      out.gauge(one.name, one.help);
    for (auto const& app : apps) out.sample(number(app, one.key), {{"app", name_of(app)}});
  }
}

void write_agi(json const& agi, web::metrics_writer& out) {
  out.gauge("calluna_agi_open", "Calls at AGI.");
  out.sample(number(agi, "open"));
  out.counter("calluna_agi_sessions_total", "Calls that dialplans handed over.");
  out.sample(number(agi, "sessions"));
  out.counter("calluna_agi_refused_total",
              "Those that went on in their dialplan at once, and why.");
  for (auto const* why : {"unserved", "forbidden", "rejected", "malformed"})
    out.sample(number(agi, why), {{"why", why}});
}

}  // namespace

void write_metrics(json const& status, web::metrics_writer& out) {
  out.gauge("calluna_ready", "Every PBX is logged in and every app is served.");
  out.sample(number(status, "ready"));
  write_apps(status.value("apps", json::array()), out);
  auto const events = status.value("events", json::object());
  out.counter("calluna_events_total", "Events of PBXs, by protocol.");
  out.sample(number(events, "ami"), {{"protocol", "ami"}});
  out.sample(number(events, "ari"), {{"protocol", "ari"}});
  out.counter("calluna_fallbacks_total", "Calls that were sent to their fallback.");
  out.sample(number(status, "fallbacks"));
  out.gauge("calluna_abandoned_threads", "Threads of apps that did not come back.");
  out.sample(number(status, "abandoned_threads"));
  if (status.contains("agi")) write_agi(status["agi"], out);
}

}  // namespace calluna::runtime
