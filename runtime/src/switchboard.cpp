#include "call_keeper.hpp"

#include <calluna/calls/from_ami.hpp>
#include <calluna/calls/from_ari.hpp>
#include <calluna/runtime/switchboard.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <variant>

namespace calluna::runtime {
namespace {

using calls::fact_body;
using calls::fact_source;

constexpr std::chrono::seconds read_again_after{5};

/// The channel whose call changes by this fact without an event that says so.
std::string_view silently_changed(fact_body const& body) {
  if (auto const* f = std::get_if<calls::channel_ended>(&body)) return f->channel.id;
  if (auto const* f = std::get_if<calls::dial_ended>(&body)) return f->dialed.id;
  if (auto const* f = std::get_if<calls::stasis_entered>(&body)) return f->channel.id;
  if (auto const* f = std::get_if<calls::stasis_left>(&body)) return f->channel.id;
  return {};
}

}  // namespace

switchboard::switchboard(io::executor io, calls::call_model_options known,
                         std::filesystem::path file, logger log, std::shared_ptr<clock const> time)
    : io_(io), known_(std::move(known)), log_(std::move(log)), time_(std::move(time)) {
  if (!file.empty()) keeper_ = std::make_unique<call_keeper>(io, std::move(file), log_);
}

switchboard::~switchboard() = default;

void switchboard::add(std::uint32_t pbx, source from) {
  sources_[pbx].from = std::move(from);
}

// -- what PBXs say

template <class Events>
bool switchboard::take_all(std::uint32_t pbx, fact_source told_by, Events const& events) {
  if (!model_ || loading_) return false;
  behind_ = false;
  now_ = time_->wall();
  for (auto const& event : events)
    if (auto const body = calls::fact_from(event))
      take(pbx, told_by, *body);
    else
      ++other_events_;
  return behind_;
}

bool switchboard::hear(std::uint32_t pbx, ami::event_batch const& batch) {
  return take_all(pbx, fact_source::ami, batch.events);
}

bool switchboard::hear(std::uint32_t pbx, ari::event_batch const& batch) {
  return take_all(pbx, fact_source::ari, batch.events);
}

void switchboard::click(std::uint32_t pbx, std::string const& id, std::string const& to,
                        std::vector<std::string> const& channels) {
  if (!model_) return;
  now_ = time_->wall();
  take(pbx, fact_source::ourselves, calls::click_begun{id, to, channels});
}

void switchboard::take(std::uint32_t pbx, fact_source told_by, fact_body const& body) {
  told_.clear();
  std::string silent;
  if (auto const channel = silently_changed(body); !channel.empty())
    if (auto const* c = model_->by_channel(pbx, channel)) silent = c->id;
  model_->apply({pbx, told_by, now_, body});
  if (!silent.empty() && std::find(told_.begin(), told_.end(), silent) == told_.end())
    tell_state(silent);
}

// -- who hears of it

void switchboard::tell(calls::call_event const& e) {
  // At the very beginning nothing was missed: nobody had wanted to know.
  if (e.kind == calls::call_event_kind::gap && !calls::told(e.from)) return;
  if (e.call != nullptr) told_.push_back(e.call->id);
  if (receivers_.empty() && !keeper_) return;
  auto news = std::make_shared<calls::call_news>();
  news->kind = e.kind;
  news->pbx = e.pbx;
  news->at = e.at;
  news->synthetic = e.synthetic;
  if (e.call != nullptr) news->call = std::make_shared<calls::call const>(*e.call);
  news->leg = e.leg;
  news->other = e.other;
  news->from = e.from;
  send(news);
}

void switchboard::tell_state(std::string const& id) {
  auto const* c = model_->find(id);
  if (c == nullptr || !c->announced) return;
  auto news = std::make_shared<calls::call_news>();
  news->pbx = c->pbx;
  news->at = now_;
  news->call = std::make_shared<calls::call const>(*c);
  send(news);
}

void switchboard::send(std::shared_ptr<calls::call_news const> const& news) {
  ++news_;
  if (keeper_) keeper_->note(*news, name_of(news->pbx));
  for (auto* to : receivers_) behind_ = to->on_call_news(news) || behind_;
}

void switchboard::want(call_receiver& by, unique_function<void()> done) {
  if (stopped_) return;
  wanting_.push_back({&by, std::move(done)});
  if (!model_) return wake_up();
  if (!first_reading()) give_lists();
}

void switchboard::leave(call_receiver& by) {
  std::erase(receivers_, &by);
  std::erase_if(wanting_, [&by](wanting const& w) { return w.by == &by; });
}

void switchboard::wake_up() {
  model_.emplace([this](calls::call_event const& e) { tell(e); }, known_);
  for (auto& [number, at] : sources_) {
    model_->lead(number, at.from.by_ami ? fact_source::ami : fact_source::ari);
    if (!at.from.by_ami && at.from.watch_all) at.from.watch_all();
    if (!at.from.doubt.empty())
      log_.warning(fmt::format("{}: calls may be incomplete: {}", at.from.name, at.from.doubt));
  }
  loading_ = true;
  if (keeper_)
    keeper_->load([this](calls::call_file::content kept) { restore(std::move(kept)); });
  else
    restore({});
}

void switchboard::restore(calls::call_file::content kept) {
  loading_ = false;
  std::vector<calls::call> mine;
  for (auto& one : kept.calls) {
    auto const at = sources_.find(one.call.pbx);
    if (at != sources_.end() && at->second.from.name == one.pbx)
      mine.push_back(std::move(one.call));
    else
      log_.warning(
          fmt::format("{}: call {} of an earlier run is forgotten: that PBX is configured "
                      "no more, or in another place",
                      one.pbx, one.call.id));
  }
  if (!mine.empty()) log_.info(fmt::format("{} calls of an earlier run", mine.size()));
  bool const before = !mine.empty();
  model_->restore(std::move(mine));
  for (auto& [number, at] : sources_) {
    if (before) at.lost_at = kept.at;
    if (at.up) read_back(number);
  }
  // Whoever knew them is told how they ended.
  if (before || !first_reading()) give_lists();
}

void switchboard::keep_no_more() {
  if (keeper_) keeper_->finish();
}

void switchboard::stop() {
  stopped_ = true;
  alive_.reset();
  model_.reset();
  receivers_.clear();
  wanting_.clear();
  keep_no_more();
}

bool switchboard::first_reading() const noexcept {
  return loading_ || std::any_of(sources_.begin(), sources_.end(), [](auto const& s) {
           return s.second.up && s.second.asked && !s.second.read_once;
         });
}

void switchboard::give_lists() {
  if (wanting_.empty()) return;
  std::vector<std::shared_ptr<calls::call const>> all;
  for (auto const* c : model_->calls())
    if (c->announced) all.push_back(std::make_shared<calls::call const>(*c));
  for (auto& w : std::exchange(wanting_, {})) {
    if (std::find(receivers_.begin(), receivers_.end(), w.by) == receivers_.end())
      receivers_.push_back(w.by);
    w.by->on_live_calls(all);
    if (w.done) w.done();
  }
}

// -- reading back

void switchboard::link_up(std::uint32_t pbx) {
  sources_.at(pbx).up = true;
  if (model_ && !loading_) read_back(pbx);
}

void switchboard::link_down(std::uint32_t pbx, calls::moment since) {
  auto& at = sources_.at(pbx);
  if (at.up && !at.lost_at) at.lost_at = since;
  at.up = at.asked = false;
  at.reading = 0;
  if (model_ && !first_reading()) give_lists();
}

void switchboard::read_back(std::uint32_t pbx) {
  auto& at = sources_.at(pbx);
  at.reading = ++readings_;
  at.asked = true;
  at.from.read_back([this, alive = std::weak_ptr(alive_), pbx,
                     number = at.reading](result<calls::snapshot> outcome) {
    if (!alive.expired()) was_read(pbx, number, std::move(outcome));
  });
}

void switchboard::was_read(std::uint32_t pbx, std::uint64_t reading,
                           result<calls::snapshot> outcome) {
  auto& at = sources_.at(pbx);
  if (at.reading != reading) return;
  if (!outcome) {
    log_.warning(fmt::format("{}: its calls could not be read back, {}: {}", at.from.name,
                             outcome.error().retryable ? "it is asked again" : "events must do",
                             outcome.error().message));
    if (outcome.error().retryable) read_again(pbx);
  } else {
    now_ = time_->wall();
    auto const from = std::exchange(at.lost_at, std::nullopt).value_or(calls::moment{});
    model_->reconcile(*outcome, now_, from);
    log_.info(fmt::format("{}: {} channels and {} bridges read back, {} calls", at.from.name,
                          outcome->channels.size(), outcome->bridges.size(), model_->size()));
  }
  at.read_once = true;
  if (!first_reading()) give_lists();
}

void switchboard::read_again(std::uint32_t pbx) {
  auto& at = sources_.at(pbx);
  if (!at.again) at.again = std::make_unique<io::alarm>(io_, time_);
  at.again->set(time_->now() + read_again_after, [this, pbx, reading = at.reading] {
    auto& now_of = sources_.at(pbx);
    if (now_of.up && now_of.reading == reading) read_back(pbx);
  });
}

// -- for status

std::vector<calls::call const*> switchboard::calls() const {
  return model_ ? model_->calls() : std::vector<calls::call const*>{};
}

nlohmann::json switchboard::status() const {
  if (!model_) return {{"state", "idle"}};
  auto const c = model_->count();
  return {{"live", model_->size()}, {"started", c.started},
          {"ended", c.ended},       {"merged", c.merged},
          {"facts", c.applied},     {"stray_facts", c.stray},
          {"news", news_},          {"events_of_other_kinds", other_events_},
          {"read_back", readings_}};
}

}  // namespace calluna::runtime
