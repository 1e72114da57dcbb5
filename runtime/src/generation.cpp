#include <calluna/runtime/generation.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

namespace calluna::runtime {

namespace asio = boost::asio;

/// What was killed has this long to notice.
constexpr std::chrono::seconds kill_patience{5};

generation::generation(io::executor io, generation_id id, app_config settings,
                       std::string id_prefix, std::vector<std::shared_ptr<pbx>> pbxs,
                       bindings::app_services const& shared, logger log, router& events,
                       switchboard& calls, generation_listener& listener)
    : io_(std::move(io)),
      id_(id),
      settings_(std::move(settings)),
      log_(std::move(log)),
      router_(events),
      switchboard_(calls),
      listener_(listener),
      pbxs_(std::move(pbxs)),
      thread_(std::make_unique<loop_thread>(settings_.name)),
      options_(app_options_for(std::move(id_prefix), shared)) {}

generation::~generation() = default;

bindings::app_options generation::app_options_for(std::string id_prefix,
                                                  bindings::app_services const& shared) const {
  bindings::app_options o;
  o.services = shared;
  o.name = settings_.name;
  o.path = settings_.path.string();
  o.generation = id_;
  o.id_prefix = std::move(id_prefix);
  o.memory = {settings_.soft_memory_bytes, settings_.memory_bytes};
  o.grants = {settings_.grants.begin(), settings_.grants.end()};
  o.config_json = settings_.config_json;
  if (settings_.fallback)
    o.fallback = fmt::format("{},{},{}", settings_.fallback->context, settings_.fallback->extension,
                             settings_.fallback->priority);
  for (auto const& p : pbxs_) o.pbxs.push_back(p->link_for(thread_->executor()));
  o.log = log_;
  o.interruptible = true;
  return o;
}

template <class Call>
void generation::on_io(Call call) {
  asio::post(io_, [weak = weak_from_this(), call = std::move(call)]() mutable {
    if (auto const self = weak.lock()) call(*self);
  });
}

void generation::load(unique_function<void(result<void>)> done) {
  auto const on = thread_->executor();
  asio::post(on, [self = shared_from_this(), on, done = std::move(done)]() mutable {
    // On the app's thread. `finish` takes the outcome, and the app's files, to the IO thread.
    auto const app = bindings::app::create(on, self->options_, *self);
    self->own_app_ = app;
    asio::post(self->io_, [self, app] {
      if (self->thread_) self->app_ = app;  // else it was killed meanwhile
    });
    // The app keeps it until `start` returns: it must not keep the app.
    auto finish = [self, weak = std::weak_ptr(app),
                   done = std::move(done)](result<void> outcome) mutable {
      auto const ours = weak.lock();
      asio::post(self->io_, [self, files = ours ? ours->files() : std::vector<std::string>{},
                             outcome = std::move(outcome), done = std::move(done)]() mutable {
        self->files_ = std::move(files);
        done(std::move(outcome));
      });
    };
    if (auto loaded = app->load(); !loaded) return finish(std::move(loaded));
    self->start(app, std::move(finish));
  });
}

void generation::start(std::shared_ptr<bindings::app> const& app,
                       unique_function<void(result<void>)> finish) {
  loaded_ = true;
  if (!wants_calls_) return app->start(std::move(finish));
  // Once around: `start` finds the calls there are.
  asio::post(io_, [self = shared_from_this(), app, finish = std::move(finish)]() mutable {
    if (!self->thread_) return;
    self->switchboard_.want(*self, [self, app, finish = std::move(finish)]() mutable {
      if (!self->thread_) return;
      asio::post(self->thread_->executor(),
                 [app, finish = std::move(finish)]() mutable { app->start(std::move(finish)); });
    });
  });
}

void generation::activate() {
  active_ = true;
  router_.want_ami(id_, patterns_);
  bool const missed = held_.size() == most_held;
  for (auto const& news : std::exchange(held_, {})) on_call_news(news);
  if (!missed) return;
  log_.warning("its start took so long that news of calls were dropped");
  switchboard_.want(*this);
}

void generation::retire() {
  retired_at = std::chrono::steady_clock::now();
  retired_ = true;
  asio::post(thread_->executor(), [app = app_] { app->retire(); });
}

void generation::check(unique_function<void(result<void>)> done) {
  if (!thread_ || !app_) return;
  auto back = [io = io_, done = std::move(done)](result<void> outcome) mutable {
    asio::post(io, [outcome = std::move(outcome), done = std::move(done)]() mutable {
      done(std::move(outcome));
    });
  };
  asio::post(thread_->executor(),
             [app = app_, back = std::move(back)]() mutable { app->check(std::move(back)); });
}

void generation::close(std::chrono::milliseconds deadline, unique_function<void()> done) {
  struct closing {
    unique_function<void()> done;
    asio::steady_timer timer;
  };
  auto state =
      std::make_shared<closing>(closing{std::move(done), asio::steady_timer(io_, deadline)});
  auto finish = [self = shared_from_this(), state](bool stuck) {
    if (!state->done) return;
    state->timer.cancel();
    self->kill(stuck, std::exchange(state->done, nullptr));
  };
  // Weak: a timer that was cancelled is told so later, perhaps never, and must not keep us so long.
  state->timer.async_wait([self = weak_from_this(),
                           weak = std::weak_ptr(state)](boost::system::error_code const& code) {
    auto const alive = self.lock();
    auto const still = weak.lock();
    if (!code && alive && still && still->done)
      alive->kill(true, std::exchange(still->done, nullptr));
  });
  asio::post(thread_->executor(), [app = app_, io = io_, finish]() mutable {
    if (!app) return asio::post(io, [finish] { finish(false); });
    app->stop([io, finish] { asio::post(io, [finish] { finish(false); }); });
  });
}

namespace {

/// A thread on its way out, and who waits for it.
struct ending {
  std::unique_ptr<loop_thread> thread;
  unique_function<void()> done;
  asio::steady_timer patience;

  void tell() {
    patience.cancel();
    if (auto told = std::exchange(done, nullptr)) told();
  }
  /// `used`: what the thread may be at, for ever.
  void leave_alone(logger const& log, std::shared_ptr<void> used) {
    if (!thread) return;
    log.error("its thread does not come back: it is left alone until it does, with its memory");
    thread->abandon();
    static auto& kept = *new std::vector<std::shared_ptr<void>>;
    kept.push_back(std::move(used));
    kept.push_back(std::shared_ptr<loop_thread>(std::move(thread)));
    tell();
  }
};

}  // namespace

void generation::kill(bool stuck, unique_function<void()> done) {
  router_.remove(id_);
  switchboard_.leave(*this);
  active_ = false;
  auto const state = std::make_shared<ending>(
      ending{std::move(thread_), std::move(done), asio::steady_timer(io_, kill_patience)});
  if (!state->thread) return state->tell();
  app_.reset();
  if (stuck) return state->leave_alone(log_, shared_from_this());
  state->patience.async_wait([self = weak_from_this(),
                              weak = std::weak_ptr(state)](boost::system::error_code const& code) {
    auto const alive = self.lock();
    auto const still = weak.lock();
    if (!code && alive && still) still->leave_alone(alive->log_, alive);
  });
  // The state is freed where it lived.
  asio::post(state->thread->executor(), [self = shared_from_this(), state] {
    if (auto const app = std::exchange(self->own_app_, nullptr)) app->kill();
    asio::post(self->io_, [state, self] {
      state->thread.reset();  // joins
      state->tell();
    });
  });
}

bindings::app::counters generation::count() const {
  return app_ ? app_->count() : bindings::app::counters{};
}

std::chrono::nanoseconds generation::used() const {
  return thread_ ? thread_->used() : std::chrono::nanoseconds{};
}

void generation::receive(std::uint32_t handler, bindings::visit const& what) {
  if (app_)
    app_->deliver(handler, what);
  else
    std::visit([](auto const& v) { bindings::refuse(*v); }, what);
}

void generation::on_request(std::uint32_t handler,
                            std::shared_ptr<bindings::http_exchange> exchange) {
  receive(handler, std::move(exchange));
}

void generation::on_agi_call(std::uint32_t handler, std::shared_ptr<agi::connection> session) {
  receive(handler, std::move(session));
}

std::chrono::milliseconds generation::running_for(std::chrono::steady_clock::time_point now) {
  auto const progress = app_ ? app_->progress() : 0;
  if (!app_ || !app_->running() || progress != seen_progress_ || seen_at_ == decltype(seen_at_){}) {
    seen_progress_ = progress;
    seen_at_ = now;
    warned = false;
    return {};
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - seen_at_);
}

void generation::interrupt() {
  if (app_) app_->interrupt();
}

bool generation::on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                           std::vector<ami::message_view> const& events) {
  auto const number = number_in_app(pbx);
  return app_ && number && app_->deliver(*number, owner, events);
}

bool generation::on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                           std::vector<ari::event_view> const& events) {
  auto const number = number_in_app(pbx);
  return app_ && number && app_->deliver(*number, owner, events);
}

bool generation::on_call_news(std::shared_ptr<calls::call_news const> const& news) {
  auto const number = number_in_app(news->pbx);
  if (first && !active_) {
    if (number && held_.size() < most_held) held_.push_back(news);
    return held_.size() == most_held;
  }
  // From this read on, exactly one generation's handlers hear of it.
  return app_ && number && app_->deliver(*number, news, active_ && !retired_);
}

void generation::on_live_calls(std::vector<std::shared_ptr<calls::call const>> const& all) {
  if (!app_) return;
  auto mine = std::make_shared<bindings::live_calls>();
  for (auto const& c : all)
    if (auto const number = number_in_app(c->pbx)) mine->push_back({*number, c});
  app_->deliver(std::move(mine));
}

std::optional<std::uint32_t> generation::number_in_app(std::uint32_t pbx) const noexcept {
  for (std::uint32_t i = 0; i < pbxs_.size(); ++i)
    if (pbxs_[i]->number() == pbx) return i;
  return std::nullopt;
}

void generation::on_ami_wanted(bindings::app&, std::vector<std::string> const& patterns) {
  on_io([patterns](generation& self) {
    self.patterns_ = patterns;
    if (self.active_) self.router_.want_ami(self.id_, self.patterns_);
  });
}

void generation::on_ari_served(bindings::app&, std::string const& name,
                               std::string const& fallback) {
  on_io([name, fallback](generation& self) { self.served_[name] = fallback; });
}

void generation::on_app_broken(bindings::app&, error const& why) {
  on_io([why](generation& self) { self.listener_.on_generation_broken(self.id_, why); });
}

void generation::on_call_broken(bindings::app&, std::uint32_t pbx, std::string const& channel_id) {
  on_io([pbx, channel_id](generation& self) {
    if (pbx < self.pbxs_.size())
      self.listener_.on_call_broken(self.id_, self.pbxs_[pbx]->number(), channel_id);
  });
}

void generation::on_calls_wanted(bindings::app&) {
  wants_calls_ = true;
  if (!loaded_) return;  // `start` asks
  on_io([](generation& self) {
    if (self.app_) self.switchboard_.want(self);
  });
}

void generation::on_click(bindings::app&, std::uint32_t pbx, std::string const& id,
                          std::string const& to, std::vector<std::string> const& channels) {
  if (options_.read_only) return;  // the request that follows is refused
  on_io([pbx, id, to, channels](generation& self) {
    if (pbx < self.pbxs_.size())
      self.switchboard_.click(self.pbxs_[pbx]->number(), id, to, channels);
  });
}

void generation::on_http_routes(bindings::app&, std::vector<bindings::http_route> const& routes) {
  on_io([routes](generation& self) { self.routes_ = routes; });
}

void generation::on_agi_scripts(bindings::app&, std::vector<bindings::agi_script> const& scripts) {
  on_io([scripts](generation& self) { self.scripts_ = scripts; });
}

}  // namespace calluna::runtime
