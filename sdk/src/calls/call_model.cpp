#include "model_impl.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace calluna::calls {

call_model::call_model(sink tell, call_model_options options)
    : impl_(std::make_unique<impl>(std::move(tell), std::move(options))) {}
call_model::~call_model() = default;
call_model::call_model(call_model&&) noexcept = default;
call_model& call_model::operator=(call_model&&) noexcept = default;

void call_model::lead(unsigned pbx, fact_source source) {
  impl_->lead(pbx, source);
}
void call_model::apply(fact const& f) {
  impl_->apply(f);
}
void call_model::reconcile(snapshot const& seen, moment at, moment gap_from) {
  impl_->reconcile(seen, at, gap_from);
}
void call_model::restore(std::vector<call> calls) {
  impl_->restore(std::move(calls));
}
std::vector<call const*> call_model::calls() const {
  return impl_->calls();
}
std::size_t call_model::size() const noexcept {
  return impl_->size();
}
call const* call_model::find(std::string_view id) const {
  return impl_->find(id);
}
call const* call_model::by_channel(unsigned pbx, std::string_view channel) const {
  return impl_->by_channel(pbx, channel);
}
call_model::counters call_model::count() const noexcept {
  return impl_->count();
}

namespace {

/// What AMI does not tell, so that it is taken from ARI also where AMI leads.
bool only_ari_tells(fact_body const& body) {
  return std::holds_alternative<stasis_entered>(body) || std::holds_alternative<stasis_left>(body);
}

}  // namespace

void call_model::impl::apply(fact const& f) {
  pbx_ = &at_pbx(f.pbx);
  if (f.source != fact_source::ourselves && f.source != pbx_->leader &&
      !(f.source == fact_source::ari && only_ari_tells(f.body))) {
    ++counters_.second;
    return;
  }
  // Two streams, or a state that was read back, may be a little behind one another.
  pbx_->latest = std::max(pbx_->latest, f.at);
  at_ = pbx_->latest;
  synthetic_ = false;
  ++counters_.applied;
  std::visit([this](auto const& body) { on(body); }, f.body);
}

pbx_state& call_model::impl::at_pbx(unsigned number) {
  auto& pbx = pbxs_[number];
  pbx.number = number;
  return pbx;
}

channel* call_model::impl::known(channel_view const& view) {
  if (view.id.empty()) return nullptr;
  auto* const ch = pbx_->find(view.id);
  if (ch == nullptr) {
    ++counters_.stray;
    return nullptr;
  }
  update(*ch, view);
  return ch;
}

void call_model::impl::emit(call_event_kind kind, call_state& c, int leg, std::string_view other) {
  announce(c);
  refresh(c);
  if (!tell_) return;
  call_event e;
  e.kind = kind;
  e.pbx = c.data.pbx;
  e.at = at_;
  e.synthetic = synthetic_;
  e.call = &c.data;
  e.leg = leg;
  e.other = other;
  tell_(e);
}

void call_model::impl::announce(call_state& c) {
  if (c.data.announced) return;
  c.data.announced = true;
  ++counters_.started;
  emit(call_event_kind::started, c);
}

std::vector<call const*> call_model::impl::calls() const {
  std::vector<call const*> all;
  all.reserve(calls_.size());
  for (auto const& [number, c] : calls_) all.push_back(&c->data);
  return all;
}

call const* call_model::impl::find(std::string_view id) const {
  auto const found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &found->second->data;
}

call const* call_model::impl::by_channel(unsigned pbx, std::string_view channel) const {
  auto const at = pbxs_.find(pbx);
  if (at == pbxs_.end()) return nullptr;
  auto const* const ch = at->second.find(channel);
  return ch == nullptr ? nullptr : &ch->call->data;
}

}  // namespace calluna::calls
