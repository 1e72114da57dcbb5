#include "app_impl.hpp"
#include "environment.hpp"
#include "events.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>

namespace calluna::bindings {

namespace asio = boost::asio;

app::impl::impl(app& owner, io::executor on, app_options chosen, app_host& surroundings)
    : self(owner),
      executor(on),
      options(std::move(chosen)),
      host(surroundings),
      lua_state(options.memory),
      lua((lua_state.set_owner(&owner), open_environment(lua_state.get(), options),
           lua_state.get())),
      tasks(lua, *options.time, *this, *this),
      calls(lua, tasks, options.services.users),
      alarm_(on, options.time),
      collect_above_(options.memory.soft) {
  if (options.interruptible) breaker.emplace(lua);
}

app::impl::~impl() = default;

// -- events become tasks

int app::impl::push_job(lua_State* on, task_id& owner) {
  for (;;) {
    while (next_handler_ < handlers_.size()) {
      int const values = push_handler(on, handlers_[next_handler_++], owner);
      if (values != 0) return values;
    }
    handlers_.clear();
    next_handler_ = 0;
    if (!next_event()) return 0;
  }
}

bool app::impl::next_event() {
  if (next_call_ < content_.calls.size() && content_.calls[next_call_].after <= next_ami_) {
    next_call();
    return true;
  }
  if (next_ami_ < content_.ami.size()) {
    auto const& item = content_.ami[next_ami_++];
    ++events_;
    heard_ = source::ami;
    for (auto const id : ami.matching(item.event.event())) {
      auto const* h = ami.find(id);
      if (h == nullptr || !ami_handlers::passes(*h, item.event, item.pbx)) continue;
      if (h->function != LUA_NOREF)
        handlers_.push_back(h->function);
      else
        tasks.answer(h->waiting, [this, &item](lua_State* l) {
          return push_ami_event(l, item.event, pbx_name(item.pbx)), 1;
        });
    }
    return true;
  }
  if (next_ari_ < content_.ari.size()) {
    auto const& item = content_.ari[next_ari_++];
    ++events_;
    heard_ = source::ari;
    ari.collect(item.event, handlers_);
    return true;
  }
  if (next_visit_ < content_.visits.size()) {
    next_visit();
    return true;
  }
  return false;
}

void app::impl::next_visit() {
  auto item = std::move(content_.visits[next_visit_++]);
  if (std::visit([](auto const& v) { return is_gone(*v); }, item.what)) return;
  ++events_;
  heard_ = source::visits;
  auto const function = visits.function_of(item.handler);
  if (function == LUA_NOREF)
    return std::visit([](auto const& v) { bindings::fail(*v); }, item.what);
  visits.arrive(std::move(item));
  handlers_.push_back(function);
}

void app::impl::next_call() {
  auto const& item = content_.calls[next_call_++];
  ++events_;
  heard_ = source::calls;
  if (item.news) return calls.hear(item, pbx_name(item.pbx), handlers_);
  std::vector<std::string const*> names;
  for (auto const& link : options.pbxs) names.push_back(&link->name());
  calls.hear(*item.live, names);
}

int app::impl::push_handler(lua_State* on, int function, task_id& owner) {
  lua_rawgeti(on, LUA_REGISTRYINDEX, function);
  switch (heard_) {
    case source::ami: {
      auto const& item = content_.ami[next_ami_ - 1];
      push_ami_event(on, item.event, pbx_name(item.pbx));
      return 2;
    }
    case source::ari: {
      auto const& item = content_.ari[next_ari_ - 1];
      push_ari_event(on, item.event, pbx_name(item.pbx));
      return 2;
    }
    case source::calls:
      return 1 + calls.push_arguments(on, owner);
    case source::visits:
      std::visit([on](auto const& v) { push_visit(on, v); }, visits.arrived());
      return 2;
  }
  return 0;
}

void app::impl::free_handler(int function) {
  auto const rest = handlers_.begin() + static_cast<std::ptrdiff_t>(next_handler_);
  handlers_.erase(std::remove(rest, handlers_.end(), function), handlers_.end());
  luaL_unref(lua, LUA_REGISTRYINDEX, function);
}

std::string const* app::impl::pbx_name(std::uint32_t pbx) const noexcept {
  return pbx < options.pbxs.size() ? &options.pbxs[pbx]->name() : nullptr;
}

void app::impl::work() {
  if (stopped_) return;
  if (next_ami_ == content_.ami.size() && next_ari_ == content_.ari.size() &&
      next_call_ == content_.calls.size() && next_visit_ == content_.visits.size())
    take_events();
  bracketed([this] {
    tasks.expire();
    tasks.run();
  });
  if (lua_state.exhausted())
    broken({error_kind::rejected,
            fmt::format("memory: the limit of {} MB is reached", options.memory.hard >> 20),
            false,
            {}});
  if (box.overflowed())
    broken({error_kind::rejected, "events: the app is too far behind", false, {}});
  collect_if_large();
  publish_counters();
  arm_timer();
}

void app::impl::take_events() {
  content_.clear();
  next_ami_ = next_ari_ = next_call_ = next_visit_ = 0;
  box.take(content_);
  if (content_.calls_missed) {
    options.log.warning(
        "it is too far behind: news of calls are dropped until it has caught up, then it is told "
        "all calls there are");
    host.on_calls_wanted(self);
  }
  // What the calls are is known before anything runs, also before `start`.
  while (next_call_ < content_.calls.size() && content_.calls[next_call_].live &&
         content_.calls[next_call_].after == 0)
    next_call();
}

void app::impl::wake() {
  asio::post(executor, [weak = self.weak_from_this()] {
    if (auto const alive = weak.lock()) alive->impl_->work();
  });
}

void app::impl::arm_timer() {
  auto const next = tasks.next_deadline();
  if (!next || (armed_ && *armed_ <= *next)) return;
  armed_ = next;
  alarm_.set(*next, [weak = self.weak_from_this()] {
    auto const alive = weak.lock();
    if (!alive) return;
    alive->impl_->armed_.reset();
    alive->impl_->work();
  });
}

void app::impl::collect_if_large() {
  if (lua_state.used() <= collect_above_) return;
  bracketed([this] { lua_gc(lua, LUA_GCCOLLECT, 0); });
  collect_above_ = std::max(options.memory.soft, lua_state.used() + lua_state.used() / 8);
}

std::size_t app::impl::waiting_for_calls() const {
  return tasks.waiting_of([this](task_id owner) { return calls.owns(owner); });
}

void app::impl::publish_counters() {
  auto const c = tasks.count();
  std::lock_guard const lock(counters_mutex);
  published = {c.tasks,
               c.errors,
               events_,
               box.dropped(),
               c.waiting,
               lua_state.used(),
               retired ? waiting_for_calls() : 0,
               0,
               0,
               c.waits};
}

// -- what goes wrong

void app::impl::on_task_error(task_id task, task_id owner, std::string_view text) {
  options.log.error(text);
  auto call = call_of_task.find(task);
  if (call == call_of_task.end()) call = call_of_task.find(owner);
  if (call != call_of_task.end())
    host.on_call_broken(self, call->second.pbx, call->second.channel_id);
  visits.fail(task);
}

void app::impl::on_task_end(task_id task) {
  if (!call_of_task.empty()) call_of_task.erase(task);
  visits.end(task);
}

void app::impl::broken(error why) {
  if (std::exchange(broken_, true)) return;
  turn_visits_away();
  host.on_app_broken(self, why);
}

void app::impl::turn_visits_away() {
  auto waiting = box.close_to_visits();
  for (; next_visit_ < content_.visits.size(); ++next_visit_)
    waiting.push_back(std::move(content_.visits[next_visit_]));
  visits.refuse_all(std::move(waiting));
}

// -- what modules ask for

std::string app::impl::new_id(std::string_view kind) {
  return fmt::format("{}-{}-{}{}", options.id_prefix, options.generation, kind, ++next_id_);
}

pbx_link* app::impl::find_pbx(std::string_view name) const noexcept {
  for (auto const& link : options.pbxs)
    if (name.empty() || link->name() == name) return link.get();
  return nullptr;
}

std::uint32_t app::impl::index_of(pbx_link const* link) const noexcept {
  for (std::uint32_t i = 0; i < options.pbxs.size(); ++i)
    if (options.pbxs[i].get() == link) return i;
  return 0;
}

// -- the public face

std::shared_ptr<app> app::create(io::executor on, app_options options, app_host& host) {
  auto made = std::shared_ptr<app>(new app());
  made->impl_ = std::make_unique<impl>(*made, std::move(on), std::move(options), host);
  return made;
}

app::~app() = default;
result<void> app::load() {
  return impl_->load();
}
void app::start(unique_function<void(result<void>)> done) {
  impl_->start(std::move(done));
}
void app::stop(unique_function<void()> done) {
  impl_->stop(std::move(done));
}
bool app::has_check() {
  return impl_->has_check();
}
void app::check(unique_function<void(result<void>)> done) {
  impl_->check(std::move(done));
}
void app::kill() {
  impl_->kill();
}

bool app::deliver(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                  std::vector<ami::message_view> const& events) {
  auto const outcome = impl_->box.put(pbx, owner, events);
  if (outcome.wake) impl_->wake();
  return outcome.pressed;
}

bool app::deliver(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                  std::vector<ari::event_view> const& events) {
  auto const outcome = impl_->box.put(pbx, owner, events);
  if (outcome.wake) impl_->wake();
  return outcome.pressed;
}

bool app::deliver(std::uint32_t pbx, std::shared_ptr<calls::call_news const> news, bool told) {
  auto const outcome = impl_->box.put(pbx, std::move(news), told);
  if (outcome.wake) impl_->wake();
  return outcome.pressed;
}

void app::deliver(std::shared_ptr<live_calls const> all) {
  if (impl_->box.put(std::move(all)).wake) impl_->wake();
}

bool app::deliver(std::uint32_t handler, visit const& what) {
  auto const outcome = impl_->box.put(handler, what);
  if (!outcome) {
    std::visit([](auto const& v) { refuse(*v); }, what);
    return false;
  }
  if (outcome->wake) impl_->wake();
  return true;
}

void app::wake() {
  impl_->wake();
}
app_options const& app::options() const noexcept {
  return impl_->options;
}
std::vector<std::string> const& app::files() const noexcept {
  return impl_->files;
}
std::uint64_t app::progress() const noexcept {
  return impl_->tasks.progress();
}
bool app::running() const noexcept {
  return impl_->running.load(std::memory_order_acquire);
}
lua_State* app::lua() const noexcept {
  return impl_->lua;
}

void app::retire() {
  impl_->retire();
}

void app::interrupt() noexcept {
  if (impl_->breaker) impl_->breaker->step();
}

app::counters app::count() const noexcept {
  auto const visits = impl_->box.visits().open();
  auto const refused = impl_->box.visits_refused();
  std::lock_guard const lock(impl_->counters_mutex);
  auto all = impl_->published;
  all.visits = visits;
  all.visits_refused = refused;
  return all;
}

app& app::of(lua_State* lua) noexcept {
  return *static_cast<app*>(state::owner_of(lua));
}

}  // namespace calluna::bindings
