#include "model_impl.hpp"

#include <algorithm>
#include <utility>

namespace calluna::calls {

void call_model::impl::reconcile(snapshot const& seen, moment at, moment gap_from) {
  pbx_ = &at_pbx(seen.pbx);
  pbx_->latest = std::max(pbx_->latest, at);
  at_ = pbx_->latest;
  synthetic_ = true;
  call_event gap;
  gap.kind = call_event_kind::gap;
  gap.pbx = seen.pbx;
  gap.at = at_;
  gap.from = gap_from;
  gap.synthetic = true;
  if (tell_) tell_(gap);
  // Beginnings before ends: a call that was handed on must not end in between.
  reconcile_channels(seen);
  reconcile_bridges(seen);
  reconcile_waiting(seen);
  reconcile_gone(seen);
  synthetic_ = false;
}

channel_view known_channel::view() const {
  channel_view v;
  v.id = id;
  v.name = name;
  v.linkedid = linkedid;
  v.state = state;
  v.number = number;
  v.caller_name = caller_name;
  v.exten = exten;
  v.application = application;
  return v;
}

void call_model::impl::reconcile_channels(snapshot const& seen) {
  // Whoever calls before whom it called, so that roles come out right.
  std::vector<known_channel const*> order;
  for (auto const& c : seen.channels) order.push_back(&c);
  std::stable_sort(order.begin(), order.end(), [](auto const* a, auto const* b) {
    return std::pair(a->dialed, a->id != a->linkedid) < std::pair(b->dialed, b->id != b->linkedid);
  });
  auto const now = at_;
  for (auto const* c : order) {
    auto view = c->view();
    if (auto* const ch = pbx_->find(c->id)) {
      update(*ch, view);
      continue;
    }
    if (c->id.empty() || pbx_->ended.has(c->id) || sort_of(c->name) == channel_sort::machinery)
      continue;
    if (told(c->since)) at_ = std::min(now, c->since);
    if (c->dialed) view.state = channel_state::down;
    auto& ch = add_channel(view);
    at_ = now;
    announce(*ch.call);
    take_state(ch, c->state);
  }
}

void call_model::impl::reconcile_bridges(snapshot const& seen) {
  for (auto const& c : seen.channels) {
    auto* const ch = pbx_->find(c.id);
    if (ch == nullptr || ch->in == nullptr || ch->in->id == c.bridge) continue;
    if (ch->moved_at <= seen.asked_at) leave(*ch);
  }
  for (auto const& c : seen.channels) {
    auto* const ch = pbx_->find(c.id);
    if (ch == nullptr || ch->in != nullptr || c.bridge.empty()) continue;
    if (ch->moved_at > seen.asked_at) continue;
    bridge_view view;
    view.id = c.bridge;
    for (auto const& b : seen.bridges) {
      if (b.id != c.bridge) continue;
      view.name = b.name;
      view.kind = b.kind;
    }
    enter(*ch, bridge_for(view));
  }
}

namespace {

bool has_left_lot(channel const& ch) {
  auto const& all = ch.call->data.parkings;
  return std::any_of(all.begin(), all.end(), [&](parking const& p) {
    return p.channel == ch.id && p.outcome == park_outcome::waiting && told(p.ended_at);
  });
}

}  // namespace

void call_model::impl::reconcile_waiting(snapshot const& seen) {
  for (auto const& w : seen.waiting) {
    auto* const ch = pbx_->find(w.channel);
    if (ch == nullptr || open_episode(*ch, w.queue) != nullptr) continue;
    channel_view view;
    view.id = w.channel;
    auto const now = at_;
    if (told(w.since)) at_ = std::clamp(w.since, ch->call->data.started_at, now);
    on(queue_joined{std::move(view), w.queue, w.position});
    at_ = now;
  }
  for (auto const& p : seen.parked) {
    channel_view view;
    view.id = p.channel;
    auto const* const ch = pbx_->find(p.channel);
    // The list may be a little behind: who is in another bridge has been taken already.
    bool const there = ch != nullptr &&
                       (ch->in == nullptr || ch->in->kind == bridge_kind::parking) &&
                       !(ch->in == nullptr && has_left_lot(*ch));
    if (there) on(parked{std::move(view), p.parker, p.lot, p.space});
  }
  for (auto const& c : seen.channels) {
    auto* const ch = pbx_->find(c.id);
    if (ch == nullptr) continue;
    auto* const e = open_episode(*ch);
    bool const waits = std::any_of(seen.waiting.begin(), seen.waiting.end(),
                                   [&](known_waiting const& w) { return w.channel == c.id; });
    bool const old = e != nullptr && e->entered_at <= seen.asked_at;
    if (seen.has_queues && old && !waits) leave_queue(*ch, *e);
    bool const in_lot = std::any_of(seen.parked.begin(), seen.parked.end(),
                                    [&](known_parked const& p) { return p.channel == c.id; });
    auto const* const p = open_parking(*ch);
    if (seen.has_parked && p != nullptr && p->at <= seen.asked_at && !in_lot)
      end_parking(*ch, park_outcome::taken);
  }
}

void call_model::impl::reconcile_gone(snapshot const& seen) {
  std::vector<std::string_view> there;
  for (auto const& c : seen.channels) there.push_back(c.id);
  std::sort(there.begin(), there.end());
  std::vector<std::string> gone;
  for (auto const& [id, ch] : pbx_->channels)
    if (ch->began_at < seen.asked_at && !std::binary_search(there.begin(), there.end(), id))
      gone.push_back(id);
  // In an order that does not depend on a table's.
  std::sort(gone.begin(), gone.end());
  for (auto const& id : gone)
    if (auto* const ch = pbx_->find(id)) end_channel(*ch, 0, {}, true);
}

void call_model::impl::restore(std::vector<call> calls) {
  std::sort(calls.begin(), calls.end(), [](call const& a, call const& b) {
    return std::tie(a.started_at, a.id) < std::tie(b.started_at, b.id);
  });
  for (auto& c : calls) {
    bool const live =
        std::any_of(c.legs.begin(), c.legs.end(), [](leg const& l) { return !l.ended(); }) ||
        std::any_of(c.others.begin(), c.others.end(),
                    [](other_channel const& o) { return !o.ended; });
    if (live && !c.ended() && !by_id_.contains(c.id)) restore_call(std::move(c));
  }
}

void call_model::impl::restore_call(call&& data) {
  pbx_ = &at_pbx(data.pbx);
  auto const number = next_number_++;
  auto& c = *calls_.emplace(number, std::make_unique<call_state>()).first->second;
  c.number = number;
  c.data = std::move(data);
  by_id_.emplace(c.data.id, &c);
  if (!c.data.click_channels.empty()) {
    pbx_->clicks.add(c.data.click_id, c.data.dialed, c.data.click_channels);
    pbx_->clicks.find(c.data.click_channels.front())->call_id = c.data.id;
  }
  std::erase_if(c.data.linkedids, [&](std::string const& linkedid) {
    return !pbx_->linkedids.emplace(linkedid, &c).second;
  });
  auto const add = [&](std::string const& id, std::string const& name, moment began) -> channel* {
    auto const [at, fresh] = pbx_->channels.emplace(id, std::make_unique<channel>());
    if (!fresh) return nullptr;
    auto& ch = *at->second;
    ch.id = id;
    ch.name = name;
    ch.sort = sort_of(name);
    ch.call = &c;
    ch.began_at = began;
    c.channels.push_back(&ch);
    return &ch;
  };
  for (std::size_t i = 0; i < c.data.legs.size(); ++i) {
    auto& l = c.data.legs[i];
    if (l.ended()) continue;
    if (auto* const ch = add(l.channel, l.name, l.began_at)) {
      ch->leg = static_cast<int>(i);
    } else {
      l.ended_at = l.began_at;
    }
  }
  for (auto& o : c.data.others)
    if (!o.ended && add(o.channel, o.name, c.data.started_at) == nullptr) o.ended = true;
  // Last, as it may merge with a call that has the other half.
  for (auto* ch : std::vector(c.channels)) pair_up(*ch);
}

}  // namespace calluna::calls
