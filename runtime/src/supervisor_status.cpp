// What `calluna status` and /metrics are told of PBXs and apps.
#include <calluna/runtime/supervisor.hpp>

#include <nlohmann/json.hpp>

namespace calluna::runtime {

nlohmann::json supervisor::status() const {
  nlohmann::json pbxs = nlohmann::json::array(), apps = nlohmann::json::array();
  for (auto const& p : pbxs_) pbxs.push_back(p->status());
  for (auto const& [name, app] : apps_) {
    nlohmann::json a{{"name", name},
                     {"state", app.current   ? "serving"
                               : app.loading ? "loading"
                                             : "failed"},
                     {"reloads", app.reloads},
                     {"failures", app.failures},
                     {"broken", app.broken}};
    if (!app.last_error.empty()) a["last_error"] = app.last_error;
    nlohmann::json draining = nlohmann::json::array();
    for (auto const& g : app.draining)
      draining.push_back({{"generation", g->id()},
                          {"channels", router_.channel_count(g->id())},
                          {"visits", g->count().visits}});
    a["draining"] = draining;
    if (app.current) {
      auto const c = app.current->count();
      a["generation"] = app.current->id();
      a["channels"] = router_.channel_count(app.current->id());
      a["tasks"] = c.tasks;
      a["waiting"] = c.waiting;
      a["task_errors"] = c.task_errors;
      a["events"] = c.events;
      a["dropped"] = c.dropped;
      a["visits"] = c.visits;
      a["visits_refused"] = c.visits_refused;
      a["memory_bytes"] = c.memory;
      a["cpu_seconds"] = std::chrono::duration<double>(app.current->used()).count();
      nlohmann::json served = nlohmann::json::array();
      for (auto const& [stasis, fallback] : app.current->served()) served.push_back(stasis);
      a["serves"] = served;
    }
    apps.push_back(a);
  }
  auto const& c = router_.count();
  return {{"ready", ready()},
          {"pbx", pbxs},
          {"apps", apps},
          {"calls", switchboard_.status()},
          {"fallbacks", fallbacks_},
          {"abandoned_threads", loop_thread::abandoned()},
          {"events",
           {{"ami", c.ami_events},
            {"ami_wanted", c.ami_wanted},
            {"ari", c.ari_events},
            {"ari_routed", c.ari_routed}}}};
}

}  // namespace calluna::runtime
