#include "call_knowledge.hpp"
#include "fallback.hpp"
#include "recording/recorder.hpp"

#include <calluna/runtime/supervisor.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <random>

namespace calluna::runtime {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;

namespace {

/// Two programs on one PBX must not choose the same ids.
std::string random_prefix() {
  std::random_device random;
  return fmt::format("calluna-{:08x}", random());
}

// Tasks that hold no call may finish what they are at for this long after a generation's last call.
constexpr auto task_grace = 10s;
constexpr auto close_deadline = 5s;
// Calls that were sent to their fallback have this long to get there.
constexpr auto leaving_deadline = 1s;

}  // namespace

supervisor::supervisor(io::executor io, config const& settings, logger log,
                       bindings::app_services shared, std::vector<app_config> const& own)
    : io_(io),
      log_(std::move(log)),
      shared_(std::move(shared)),
      id_prefix_(random_prefix()),
      router_(id_prefix_),
      switchboard_(io, call_knowledge(settings, shared_),
                   settings.runtime.state_folder / "calls.db", log_.named("calls")),
      tape_(std::make_shared<recording::recorder>()),
      watchdog_(io) {
  for (auto const& p : settings.pbx) {
    auto made = std::make_shared<pbx>(io, static_cast<std::uint32_t>(pbxs_.size()), p, router_,
                                      switchboard_, id_prefix_ + "-calls", tape_, log_);
    made->on_ready_changed = [this] {
      if (on_change) on_change();
    };
    pbxs_.push_back(std::move(made));
  }
  for (auto const* list : {&settings.apps, &own})
    for (auto const& a : *list) {
      auto& app = apps_[a.name];
      app.settings = a;
      for (auto const& p : pbxs_)
        if (a.pbx.empty() || std::find(a.pbx.begin(), a.pbx.end(), p->name()) != a.pbx.end())
          app.pbxs.push_back(p);
    }
  router_.on_empty = [this](generation_id) { close_drained(); };
  router_.on_orphan = [this](routed_channel const& channel) { on_orphan(channel); };
}

supervisor::~supervisor() = default;

void supervisor::start(unique_function<void()> done) {
  for (auto const& p : pbxs_) p->start();
  auto remaining = std::make_shared<std::size_t>(apps_.size());
  auto all_done = std::make_shared<unique_function<void()>>(std::move(done));
  if (apps_.empty()) return (*all_done)();
  for (auto& [name, app] : apps_) {
    app.waiting.push_back([remaining, all_done](result<void> const&) {
      if (--*remaining == 0) (*all_done)();
    });
    load(app);
  }
  watch();
}

void supervisor::reload(std::string const& name, unique_function<void(result<void>)> done) {
  if (!name.empty()) {
    auto const found = apps_.find(name);
    if (found == apps_.end())
      return done(fail(error_kind::invalid, fmt::format("no app is called '{}'", name)));
    found->second.waiting.push_back(std::move(done));
    return load(found->second);
  }
  struct gathering {
    std::size_t remaining;
    result<void> outcome;
    unique_function<void(result<void>)> done;
  };
  auto all = std::make_shared<gathering>(gathering{apps_.size(), {}, std::move(done)});
  for (auto& [app_name, app] : apps_) {
    app.waiting.push_back([all](result<void> outcome) {
      if (!outcome) all->outcome = std::move(outcome);
      if (--all->remaining == 0) all->done(std::move(all->outcome));
    });
    load(app);
  }
}

void supervisor::load(served_app& app) {
  if (stopping_) return;
  if (app.loading) {
    app.again = true;
    return;
  }
  auto green =
      std::make_shared<generation>(io_, ++last_generation_, app.settings, id_prefix_, app.pbxs,
                                   shared_, log_.named("app:" + app.settings.name), router_,
                                   switchboard_, static_cast<generation_listener&>(*this));
  green->first = !app.current;
  app.loading = green;
  green->load(
      [this, &app, green](result<void> outcome) { loaded(app, green, std::move(outcome)); });
}

void supervisor::loaded(served_app& app, std::shared_ptr<generation> const& green,
                        result<void> outcome) {
  if (app.loading != green) return;  // it broke, or we stop, meanwhile
  app.loading.reset();
  // Also the files of a failed one: the next save of any of them is the next attempt.
  if (on_files) on_files(app.settings.name, green->files());
  if (outcome) outcome = check_names(app, *green);
  if (std::exchange(app.again, false)) {
    kill(*green);
    return load(app);
  }
  auto waiting = std::exchange(app.waiting, {});
  if (outcome) {
    activate(app, green);
  } else {
    ++app.failures;
    app.last_error = outcome.error().message;
    log_.named("app:" + app.settings.name)
        .error(fmt::format(
            "not loaded, {}: {}",
            app.current ? "the running script stays" : "its calls go on in the dialplan",
            outcome.error().message));
    kill(*green);
    if (!app.current && app.broken != 0) restart_later(app);
  }
  for (auto& done : waiting) done(outcome);
  if (on_change) on_change();
}

result<void> supervisor::check_names(served_app const& app, generation const& green) const {
  for (auto const& [stasis, fallback] : green.served())
    for (auto const& [name, other] : apps_)
      if (&other != &app && other.current && other.current->served().count(stasis) != 0)
        return fail(
            error_kind::invalid,
            fmt::format("the Stasis application '{}' is served by app '{}' already", stasis, name));
  if (auto routes = check_routes(green); !routes) return routes;
  return check_scripts(green);
}

result<void> supervisor::check_routes(generation const& green) const {
  auto const& routes = green.routes();
  if (routes.empty()) return {};
  if (http == nullptr)
    return fail(error_kind::invalid,
                fmt::format("it answers {} {}, but the configuration has no [http]",
                            routes.front().method, routes.front().path));
  auto const objections = http->objections(green.settings().name, routes);
  if (objections.empty()) return {};
  return fail(error_kind::invalid, fmt::format("{}", fmt::join(objections, "; ")));
}

result<void> supervisor::check_scripts(generation const& green) const {
  auto const& scripts = green.scripts();
  if (scripts.empty()) return {};
  if (agi == nullptr)
    return fail(error_kind::invalid,
                fmt::format("it serves the AGI script '{}', but the configuration has no [agi]",
                            scripts.front().path));
  auto const objections = agi->objections(green.settings().name, scripts);
  if (objections.empty()) return {};
  return fail(error_kind::invalid, fmt::format("{}", fmt::join(objections, "; ")));
}

// A request that has come in stays with its generation; the next one finds the newer.
void supervisor::open_doors(generation& to) {
  if (http != nullptr) http->serve(to.settings().name, to.routes(), to.weak_from_this());
  if (agi != nullptr) agi->serve(to.settings().name, to.scripts(), to.weak_from_this());
}

void supervisor::activate(served_app& app, std::shared_ptr<generation> const& green) {
  auto blue = std::exchange(app.current, green);
  router_.add(green->id(), *green);
  green->activate();
  for (auto const& [stasis, fallback] : green->served()) {
    router_.serve(stasis, green->id());
    for (auto const& p : app.pbxs) p->subscribe(stasis);
  }
  open_doors(*green);
  app.last_served = green->served();
  ++app.reloads;
  app.last_error.clear();
  log_.named("app:" + app.settings.name)
      .info(fmt::format("generation {} serves{}", green->id(),
                        blue ? fmt::format("; {} keeps {} channels", blue->id(),
                                           router_.channel_count(blue->id()))
                             : ""));
  if (blue) {
    blue->retire();
    app.draining.push_back(std::move(blue));
  }
}

// -- the end of generations

void supervisor::close_drained() {
  auto const now = clock_type::now();
  for (auto& [name, app] : apps_) {
    auto const draining = app.draining;
    for (auto const& blue : draining) {
      bool const overdue =
          now - blue->retired_at > app.settings.drain || (stopping_ && now > stop_deadline_);
      bool const empty = router_.channel_count(blue->id()) == 0;
      auto const c = blue->count();
      // Calls of the dialplan go on without us: at the end nobody waits for theirs.
      bool const calls = c.call_tasks != 0 && !stopping_;
      // A request that has come in is answered; at the end of the runtime also.
      bool const visits = c.visits != 0;
      bool const tasks = c.waiting > c.call_tasks && now - blue->retired_at <= task_grace;
      if (!overdue && !(empty && !calls && !visits && !tasks)) continue;
      if (!empty && blue->abandoned_at == clock_type::time_point{}) {
        abandon_calls(*blue);
        blue->abandoned_at = now;
      }
      // Its end would hang up what has not left yet.
      if (!empty && now - blue->abandoned_at < leaving_deadline) continue;
      std::erase(app.draining, blue);
      close(app, blue);
    }
  }
}

void supervisor::close(served_app& app, std::shared_ptr<generation> blue) {
  ++app.closing;
  blue->close(close_deadline, [this, &app, blue] {
    --app.closing;
    delete_bridges(blue->id());
    unserve_unused();
    log_.named("app:" + app.settings.name).info(fmt::format("generation {} is closed", blue->id()));
    check_stopped();
    if (on_change) on_change();
  });
}

void supervisor::kill(generation& g, bool stuck) {
  ++killing_;
  g.kill(stuck, [this] {
    --killing_;
    check_stopped();
  });
}

void supervisor::unserve_unused() {
  // While an app is being restarted its WebSockets stay: whoever comes meanwhile is sent to the
  // fallback.
  for (auto const& [name, app] : apps_)
    if (!app.current) return;
  for (auto const& p : pbxs_)
    for (auto const& stasis : p->subscribed())
      if (router_.server_of(stasis) == 0) p->unsubscribe(stasis);
}

void supervisor::abandon_calls(generation const& of) {
  for (auto const& channel : router_.channels_of(of.id()))
    if (router_.mark_leaving(channel.pbx, channel.id)) send_to_fallback(of.served(), channel);
}

void supervisor::send_to_fallback(std::map<std::string, std::string> const& served,
                                  routed_channel const& channel) {
  ++fallbacks_;
  auto const known = served.find(channel.application);
  leave_application(*pbxs_[channel.pbx], channel, known == served.end() ? "" : known->second, log_);
}

void supervisor::on_orphan(routed_channel const& channel) {
  for (auto const& [name, app] : apps_)
    if (app.last_served.count(channel.application) != 0)
      return send_to_fallback(app.last_served, channel);
  send_to_fallback({}, channel);
}

void supervisor::delete_bridges(generation_id of) {
  for (auto const& p : pbxs_) delete_own_bridges(*p, fmt::format("{}-{}-", id_prefix_, of));
}

void supervisor::on_call_broken(generation_id id, std::uint32_t pbx_number,
                                std::string const& channel_id) {
  std::shared_ptr<generation> g;
  if (app_of(id, &g) == nullptr) return;
  for (auto const& channel : router_.channels_of(id))
    if (channel.pbx == pbx_number && channel.id == channel_id &&
        router_.mark_leaving(pbx_number, channel_id))
      return send_to_fallback(g->served(), channel);
}

void supervisor::on_generation_broken(generation_id id, error const& why) {
  std::shared_ptr<generation> g;
  auto* const app = app_of(id, &g);
  if (app == nullptr) return;
  ++app->broken;
  app->last_error = why.message;
  auto const room = log_.named("app:" + app->settings.name);
  room.error(fmt::format("generation {} is replaced, its {} channels go to their fallback: {}", id,
                         router_.channel_count(id), why.message));
  abandon_calls(*g);
  bool const was_current = app->current == g;
  if (was_current) app->current.reset();
  if (app->loading == g) app->loading.reset();
  std::erase(app->draining, g);
  kill(*g, why.kind == error_kind::cancelled);
  delete_bridges(id);
  if (!was_current || app->loading || stopping_) {
    for (auto& done : std::exchange(app->waiting, {})) done(fail(why));
    return check_stopped();
  }
  if (clock_type::now() - app->last_broken > 60s) app->restart.reset();
  app->last_broken = clock_type::now();
  restart_later(*app);
}

void supervisor::restart_later(served_app& app) {
  // Not at once again and again: a script that breaks in its first second would do nothing else.
  app.restart_timer = std::make_unique<boost::asio::steady_timer>(io_, app.restart.next());
  app.restart_timer->async_wait([this, &app](boost::system::error_code const& code) {
    if (!code && !app.current) load(app);
  });
}

supervisor::served_app* supervisor::app_of(generation_id id, std::shared_ptr<generation>* which) {
  for (auto& [name, app] : apps_) {
    auto all = app.draining;
    all.push_back(app.current);
    all.push_back(app.loading);
    for (auto const& g : all)
      if (g && g->id() == id) {
        if (which != nullptr) *which = g;
        return &app;
      }
  }
  return nullptr;
}

// -- the end of the runtime

void supervisor::stop(std::chrono::milliseconds deadline, unique_function<void()> done) {
  stopping_ = true;
  stopped_ = std::move(done);
  stop_deadline_ = clock_type::now() + deadline;
  // From now on no handler hears how a call ends.
  switchboard_.keep_no_more();
  for (auto& [name, app] : apps_) {
    if (app.restart_timer) app.restart_timer->cancel();
    if (auto green = std::exchange(app.loading, nullptr)) kill(*green);
    auto blue = std::exchange(app.current, nullptr);
    if (!blue) continue;
    // New calls find nobody (and go on in the dialplan); the events of live ones still arrive.
    for (auto const& [stasis, fallback] : blue->served()) router_.serve(stasis, 0);
    blue->retire();
    app.draining.push_back(std::move(blue));
  }
  close_drained();
  check_stopped();
}

void supervisor::check_stopped() {
  if (!stopping_ || !stopped_ || killing_ != 0) return;
  for (auto const& [name, app] : apps_)
    if (!app.draining.empty() || app.closing != 0) return;
  watchdog_.cancel();
  for (auto const& p : pbxs_) p->stop();
  switchboard_.stop();
  std::exchange(stopped_, nullptr)();
}

std::vector<std::shared_ptr<generation>> supervisor::serving() const {
  std::vector<std::shared_ptr<generation>> all;
  for (auto const& [name, app] : apps_)
    if (app.current) all.push_back(app.current);
  return all;
}

bool supervisor::ready() const noexcept {
  return std::all_of(pbxs_.begin(), pbxs_.end(), [](auto const& p) { return p->ready(); }) &&
         std::all_of(apps_.begin(), apps_.end(),
                     [](auto const& a) { return a.second.current != nullptr; });
}

}  // namespace calluna::runtime
