#include "stage.hpp"

#include "../call_knowledge.hpp"
#include "../fallback.hpp"
#include "offline_pbx.hpp"

#include <calluna/numbers/region_rules.hpp>
#include <calluna/runtime/web/url.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace calluna::runtime::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto most_start = 60s;
constexpr auto restart_pause = 100ms;  // as the supervisor's first
constexpr auto gap = 5s;

void must(result<void> const& outcome) {
  if (!outcome) throw std::runtime_error(outcome.error().message);
}

}  // namespace

stage::stage(stage_options options) : options_(std::move(options)) {
  time_ = std::make_shared<manual_clock>(options_.began);
  settings_.pbx = {options_.settings};
  auto const& name = options_.settings.name;
  auto const region = options_.settings.region.empty() ? "US" : options_.settings.region;
  services_.regions = std::make_shared<numbers::region_rules const>(
      std::vector<numbers::region_rules::pbx_region>{{name, region}},
      std::vector<numbers::region_rules::trunk_region>{});
  services_.users = directory::user_registry::create({}).value();
  services_.partners = directory::directory::create(loop_.get_executor(), {"", region, {}}, {});
  services_.partners->open(must);
  hub_ = std::make_shared<offline_hub>(loop_.get_executor(), time_);
  services_.push = hub_;
  erp_ = std::make_shared<offline_erp>(loop_.get_executor(), time_);
  services_.erps["main"] = erp_;
  servers_ = std::make_shared<offline_servers>(loop_.get_executor(), time_);
  services_.http = servers_;

  router_ = std::make_unique<router>("calluna");
  calls_ = std::make_unique<switchboard>(loop_.get_executor(), call_knowledge(settings_, services_),
                                         std::filesystem::path{}, logger{}, time_);
  story_ = std::make_shared<timeline>(time_);
  stage_parts const parts{
      loop_.get_executor(),
      time_,
      *router_,
      *calls_,
      story_,
      options_.seed,
      [this](std::chrono::nanoseconds span) { return step(span).value_or(false); }};
  pbx_ = options_.make_pbx ? options_.make_pbx(parts) : std::make_unique<offline_pbx>(parts);
  log_ = logger(story_, options_.name);
  hub_->on_change = [this](std::string const& what) { story_->note("pushed to " + what); };
  erp_->on_call = [this](std::string const& what) {
    last_request_ = what;
    story_->note("asked: " + what);
  };
  servers_->on_request = [this](std::string const& what) {
    last_request_ = what;
    story_->note("asked: " + what);
  };
  pbx_->on_request = [this](std::string const& what) {
    last_request_ = web::percent_decode(what).value_or(what);
    story_->note("asked: " + last_request_);
    asked_.push_back(last_request_);
  };
  pbx_->on_agi_call = [this](auto session) { on_agi_call(std::move(session)); };
  router_->on_orphan = [this](routed_channel const& channel) { to_fallback(channel); };
  pbx_->connect();
  run_ready();
}

stage::~stage() {
  end();
}

void stage::end() {
  if (auto const app = app_) {
    set_app(nullptr);
    app->kill();
  }
  calls_->stop();
}

result<void> stage::add_partner(directory::partner p) {
  if (p.id.empty()) p.id = fmt::format("partner-{}", services_.partners->status().partners + 1);
  result<void> outcome;
  directory::changes one;
  one.upserts.push_back(std::move(p));
  services_.partners->apply(std::move(one), [&](result<directory::applied> done) {
    if (!done)
      outcome = fail(done.error());
    else if (done->unreadable != 0)
      outcome = fail(error_kind::invalid, "a number of that partner cannot be read");
  });
  run_ready();
  return outcome;
}

result<void> stage::add_user(directory::user u) {
  users_.push_back(std::move(u));
  auto const conflicts = services_.users->put(users_);
  if (conflicts.empty()) return {};
  users_.pop_back();
  return fail(error_kind::invalid, conflicts.front());
}

// -- the app's life

void stage::set_app(std::shared_ptr<bindings::app> app) {
  app_ = std::move(app);
  if (options_.on_app) options_.on_app(app_.get());
}

bindings::app_options stage::app_options_now() {
  bindings::app_options o;
  o.name = options_.name;
  o.path = options_.app_path;
  o.generation = ++generation_;
  o.config_json = config_json_;
  o.pbxs = {pbx_->link()};
  o.services = services_;
  o.grants = {options_.grants.begin(), options_.grants.end()};
  o.log = log_;
  o.time = time_;
  o.interruptible = true;
  o.random_seed = static_cast<std::uint32_t>(options_.seed);
  o.library_path = options_.library_path;
  return o;
}

result<void> stage::begin() {
  if (begun_) return start_outcome_ ? *start_outcome_ : result<void>{};
  begun_ = true;
  if (auto const there = await_pbx(); !there) return *(start_outcome_ = there);
  load();
  auto const deadline = time_->now() + most_start;
  run_ready();
  while (!start_outcome_) {
    auto const more = step(deadline - time_->now());
    if (!more) return fail(more.error());
    if (!*more) break;
  }
  if (!start_outcome_) start_outcome_ = fail(error_kind::timeout, "its start does not return");
  if (*start_outcome_)
    if (auto const there = await_pbx(); !there) start_outcome_ = there;
  if (*start_outcome_) pbx_->app_has_begun();
  return *start_outcome_;
}

void stage::load() {
  patterns_.clear(), served_.clear(), routes_.clear(), scripts_.clear(), held_.clear();
  active_ = wants_calls_ = loaded_ = false;
  start_outcome_.reset();
  auto const app = bindings::app::create(loop_.get_executor(), app_options_now(), *this);
  set_app(app);
  if (auto loaded = app->load(); !loaded) return started(std::move(loaded));
  loaded_ = true;
  auto go = [this, weak = std::weak_ptr(app)] {
    if (auto const alive = weak.lock())
      alive->start([this, weak](result<void> outcome) {
        if (weak.lock() == app_) started(std::move(outcome));
      });
  };
  if (wants_calls_)
    calls_->want(*this, go);
  else
    go();
}

void stage::started(result<void> outcome) {
  if (outcome) outcome = web_.serve(routes_);
  start_outcome_ = outcome;
  if (!outcome && generation_ > 1)
    complaints_.push_back("the app does not start: " + outcome.error().message);
  if (outcome) activate();
}

void stage::activate() {
  active_ = true;
  router_->add(generation_, *this);
  router_->want_ami(generation_, patterns_);
  for (auto const& news : std::exchange(held_, {})) on_call_news(news);
  for (auto const& [name, back] : served_) {
    router_->serve(name, generation_);
    pbx_->subscribe(name);
  }
}

std::vector<std::string> stage::served() const {
  std::vector<std::string> names;
  for (auto const& [name, back] : served_) names.push_back(name);
  return names;
}

/// A dialplan asks where an app may serve it; whatever host it names is ours.
void stage::on_agi_call(std::shared_ptr<agi::connection> session) {
  auto const& path = session->call().script;
  for (auto const& one : scripts_)
    if (active_ && app_ && one.path == path) {
      app_->deliver(one.handler, std::move(session));
      return;
    }
  story_->note(fmt::format("no app serves '{}': the dialplan goes on", path));
}

void stage::to_fallback(routed_channel const& channel) {
  auto const known = served_.find(channel.application);
  auto const place = known == served_.end() ? std::string() : known->second;
  story_->note(fmt::format("channel {} is sent to its fallback {}", channel.id, place));
  auto const request = fallback_request(channel, place);
  pbx_->submit(request, 5s, [](result<ari::response> const&) {});
}

// As the supervisor does with a generation that is broken.
void stage::lose_app() {
  auto const app = app_;
  if (!app) return;
  set_app(nullptr);
  waits_of_earlier_ = waits_;
  for (auto const& channel : router_->channels_of(generation_))
    if (router_->mark_leaving(channel.pbx, channel.id)) to_fallback(channel);
  router_->remove(generation_);
  calls_->leave(*this);
  active_ = false;
  app->kill();
  pbx_->destroy_bridges(fmt::format("calluna-{}-", generation_));
  later_.push_back(std::make_unique<io::alarm>(loop_.get_executor(), time_));
  later_.back()->set(time_->now() + restart_pause, [this] { load(); });
}

// -- faults

void stage::arm(fault what, std::uint64_t at) {
  armed_ = what;
  strike_at_ = at;
}

void stage::strike(fault what) {
  struck_at_ = last_request_.empty() ? "its first wait" : last_request_;
  if (what == fault::restart) {
    story_->note("FAULT: the app's state is lost");
    lose_app();
  }
  if (what == fault::drop) {
    story_->note("FAULT: the connections to the PBX are lost");
    pbx_->drop("the connection was lost");
    later_.push_back(std::make_unique<io::alarm>(loop_.get_executor(), time_));
    later_.back()->set(time_->now() + gap, [this] {
      story_->note("the connections to the PBX are back");
      pbx_->connect();
    });
  }
}

void stage::count_waits() {
  if (!app_) return;
  waits_ = waits_of_earlier_ + app_->count().waits;
  if (armed_ != fault::none && waits_ >= strike_at_) strike(std::exchange(armed_, fault::none));
}

// -- what comes from elsewhere

result<offline_web::answer> stage::request(std::string const& method, std::string const& target,
                                           bindings::http_headers headers, std::string body,
                                           std::string const& user, std::string const& from) {
  story_->note(fmt::format("request: {} {}", method, target));
  auto made = web_.request(
      method, target, std::move(headers), std::move(body), user, from,
      [this](std::uint32_t handler, std::shared_ptr<bindings::http_exchange> exchange) {
        if (app_) app_->deliver(handler, std::move(exchange));
      });
  if (!made) return fail(made.error());
  // The app may wait for phones before it answers.
  for (int tenths = 0; !(*made)->answered && tenths < 6'000; ++tenths)
    if (auto passed = advance(100ms); !passed) return fail(passed.error());
  if (!(*made)->answered)
    return fail(error_kind::timeout, fmt::format("{} {}: no answer in 600 s", method, target));
  story_->note(fmt::format("answer: {}", (*made)->status));
  return **made;
}

// -- what the app tells, and is told

void stage::on_ami_wanted(bindings::app&, std::vector<std::string> const& patterns) {
  patterns_ = patterns;
  if (active_) router_->want_ami(generation_, patterns_);
}
void stage::on_ari_served(bindings::app&, std::string const& name, std::string const& back) {
  served_[name] = back;
}
void stage::on_app_broken(bindings::app&, error const& why) {
  complaints_.push_back("the app broke: " + why.message);
  boost::asio::post(loop_, [this] { lose_app(); });
}
void stage::on_call_broken(bindings::app&, std::uint32_t, std::string const& id) {
  boost::asio::post(loop_, [this, id] {
    for (auto const& channel : router_->channels_of(generation_))
      if (channel.id == id && router_->mark_leaving(channel.pbx, id)) return to_fallback(channel);
  });
}
void stage::on_calls_wanted(bindings::app&) {
  wants_calls_ = true;
  if (loaded_) boost::asio::post(loop_, [this] { calls_->want(*this); });
}
void stage::on_click(bindings::app&, std::uint32_t pbx, std::string const& id,
                     std::string const& to, std::vector<std::string> const& channels) {
  boost::asio::post(loop_, [=, this] { calls_->click(pbx, id, to, channels); });
}
bool stage::on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                      std::vector<ami::message_view> const& events) {
  return app_ && app_->deliver(pbx, owner, events);
}
bool stage::on_events(std::uint32_t pbx, std::shared_ptr<void const> const& owner,
                      std::vector<ari::event_view> const& events) {
  return app_ && app_->deliver(pbx, owner, events);
}
bool stage::on_call_news(std::shared_ptr<calls::call_news const> const& news) {
  if (!active_) return held_.push_back(news), false;
  return app_ && app_->deliver(news->pbx, news, true);
}
void stage::on_live_calls(std::vector<std::shared_ptr<calls::call const>> const& all) {
  if (!app_) return;
  auto mine = std::make_shared<bindings::live_calls>();
  for (auto const& c : all) mine->push_back({c->pbx, c});
  app_->deliver(std::move(mine));
}

}  // namespace calluna::runtime::testing
