// The supervisor's watchdog: looks at the generations' running Lua code, interrupts what does not
// come back, closes what has drained.
#include <calluna/runtime/supervisor.hpp>

#include <fmt/format.h>

namespace calluna::runtime {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

void supervisor::watch() {
  auto const now = clock_type::now();
  bool interrupting = false;
  for (auto& [name, app] : apps_) {
    auto all = app.draining;
    all.push_back(app.current);
    all.push_back(app.loading);
    for (auto const& g : all)
      if (g) interrupt_if_stuck(app, g, now, interrupting);
  }
  close_drained();
  watchdog_.expires_after(interrupting ? 2ms : 25ms);
  watchdog_.async_wait([this](boost::system::error_code const& code) {
    if (!code) watch();
  });
}

void supervisor::interrupt_if_stuck(served_app& app, std::shared_ptr<generation> const& g,
                                    clock_type::time_point now, bool& interrupting) {
  auto const running = g->running_for(now);
  auto const budget = app.settings.budget;
  if (running < budget) return;
  if (!g->warned) {
    g->warned = true;
    log_.named("app:" + app.settings.name)
        .warning(fmt::format("runs for {} ms without waiting (budget {} ms)", running.count(),
                             budget.count()));
  }
  if (running < 2 * budget) return;
  if (running > 2 * budget + 2s)
    return on_generation_broken(
        g->id(),
        {error_kind::cancelled, "it is stuck in a call that cannot be interrupted", false, {}});
  interrupting = true;
  g->interrupt();
}

}  // namespace calluna::runtime
