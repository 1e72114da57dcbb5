#include "model_impl.hpp"

#include <algorithm>

namespace calluna::calls {

bridge& call_model::impl::bridge_for(bridge_view const& view) {
  auto const found = pbx_->bridges.find(view.id);
  if (found != pbx_->bridges.end()) return *found->second;
  auto& b = *pbx_->bridges.emplace(view.id, std::make_unique<bridge>()).first->second;
  b.id = view.id;
  b.name = view.name;
  b.kind = view.kind;
  return b;
}

void call_model::impl::on(bridge_entered const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr || f.bridge.id.empty()) return;
  if (ch->in != nullptr && ch->in->id == f.bridge.id) return;
  if (ch->in != nullptr) leave(*ch);
  enter(*ch, bridge_for(f.bridge));
}

void call_model::impl::on(bridge_left const& f) {
  auto* const ch = known(f.channel);
  if (ch != nullptr && ch->in != nullptr && ch->in->id == f.bridge.id) leave(*ch);
}

void call_model::impl::enter(channel& ch, bridge& b) {
  ch.in = &b;
  ch.moved_at = at_;
  b.members.push_back(&ch);
  switch (b.kind) {
    case bridge_kind::mixing:
      // Merging may change ch.call, never the members.
      for (auto* other : b.members) merge(*ch.call, *other->call, merge_reason::linked);
      return meet(ch);
    case bridge_kind::conference:
      return enter_conference(ch, b);
    case bridge_kind::parking:
      return enter_lot(ch, b);
    case bridge_kind::holding:
      return;
  }
}

void call_model::impl::enter_conference(channel& ch, bridge const& b) {
  if (!ch.is_party()) return;
  auto& c = *ch.call;
  c.data.conference = b.name;
  ch.party().talked = true;
  if (!told(ch.party().answered_at)) ch.party().answered_at = at_;
  if (told(c.data.answered_at)) return;
  c.data.answered_at = at_;
  emit(call_event_kind::answered, c, ch.leg);
}

/// ARI tells of parking by the bridge alone.
void call_model::impl::enter_lot(channel& ch, bridge const& b) {
  auto const& all = ch.call->data.parkings;
  bool const before =
      std::any_of(all.begin(), all.end(), [&](parking const& p) { return p.channel == ch.id; });
  // Read back: it may be about to leave the lot, and that has been told.
  if (open_parking(ch) != nullptr || (synthetic_ && before)) return;
  channel_view parkee;
  parkee.id = ch.id;
  on(parked{std::move(parkee), {}, b.name, {}});
}

/// Whoever hears another party now, talks.
void call_model::impl::meet(channel& ch) {
  auto const parties = hearing(&ch);
  if (parties.size() < 2) return;
  auto& c = *ch.call;
  std::vector<channel*> fresh;
  for (auto* one : parties) {
    auto& l = one->party();
    l.parted_from.clear();
    if (!l.talked && l.role != leg_role::caller && l.role != leg_role::user) fresh.push_back(one);
    l.talked = true;
    if (!told(l.answered_at)) l.answered_at = at_;
  }
  name_agents(c, parties);
  reach(c, parties);
  if (fresh.empty() && !told(c.data.answered_at)) fresh.push_back(parties.back());
  for (auto* one : fresh) answer(c, *one);
}

void call_model::impl::answer(call_state& c, channel& by) {
  if (!told(c.data.answered_at)) {
    c.data.answered_at = at_;
    c.data.uncertain = c.data.uncertain || synthetic_;
    c.data.answered_by = by.party().endpoint;
  }
  emit(call_event_kind::answered, c, by.leg);
}

void call_model::impl::leave(channel& ch) {
  auto& b = *ch.in;
  auto const before = b.kind == bridge_kind::mixing ? hearing(&ch) : std::vector<channel*>{};
  std::erase(b.members, &ch);
  ch.in = nullptr;
  ch.moved_at = at_;
  if (b.kind == bridge_kind::parking) {
    for (auto& p : ch.call->data.parkings)
      if (p.channel == ch.id && !told(p.ended_at)) p.ended_at = at_;
  }
  if (before.size() > 1) {
    for (auto* one : before) {
      if (hearing(one).size() > 1) continue;
      auto& l = one->party();
      if (one != &ch) {
        auto const* other = ch.is_party() ? &ch : before.front() == one ? before[1] : before[0];
        if (l.parted_from.empty()) l.parted_from = other->id;
        continue;
      }
      // It left; only if another wanted to end before was it left.
      for (auto const* other : before)
        if (other != &ch && other->party().asked_by == asker::device) l.parted_from = other->id;
    }
  }
  if (b.members.empty()) pbx_->bridges.erase(pbx_->bridges.find(b.id));
}

void call_model::impl::on(held const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr || !ch->is_party() || told(ch->party().held_at)) return;
  auto& c = *ch->call;
  ch->party().held_at = at_;
  if (!told(c.data.held_since)) c.data.held_since = at_;
  ++c.data.holds;
  emit(call_event_kind::held, c, ch->leg);
}

void call_model::impl::on(resumed const& f) {
  auto* const ch = known(f.channel);
  // A transfer begins by resuming what was never held.
  if (ch == nullptr || !ch->is_party() || !told(ch->party().held_at)) return;
  release(ch->party(), *ch->call);
  emit(call_event_kind::resumed, *ch->call, ch->leg);
}

void call_model::impl::release(leg& l, call_state& c) {
  if (!told(l.held_at)) return;
  l.held_at = {};
  auto const& legs = c.data.legs;
  if (std::any_of(legs.begin(), legs.end(), [](leg const& o) { return told(o.held_at); })) return;
  if (told(c.data.held_since)) c.data.held_before += at_ - c.data.held_since;
  c.data.held_since = {};
}

}  // namespace calluna::calls
