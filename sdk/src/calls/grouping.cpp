#include "model_impl.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace calluna::calls {

/// The call a new channel belongs to: its click's, its Local half's, its linkedid's, or a new one.
call_state& call_model::impl::call_for(channel_view const& view) {
  auto const linkedid = view.linkedid.empty() ? view.id : view.linkedid;
  auto* const click = pbx_->clicks.find(view.id);
  if (click != nullptr) {
    // The click's call, or the one that this has become part of.
    for (auto const& id : click->channels) {
      auto* const other = pbx_->find(id);
      if (other == nullptr) continue;
      take_linkedid(*other->call, linkedid);
      return *other->call;
    }
    auto const found = by_id_.find(click->call_id);
    if (found != by_id_.end()) {
      take_linkedid(*found->second, linkedid);
      return *found->second;
    }
  }
  auto const by_linkedid = pbx_->linkedids.find(linkedid);
  if (by_linkedid != pbx_->linkedids.end()) return *by_linkedid->second;
  auto& c = new_call(linkedid);
  if (click != nullptr) be_click(c, *click);
  return c;
}

void call_model::impl::be_click(call_state& c, click_table::click& click) {
  click.call_id = c.data.id;
  c.data.click = true;
  c.data.click_id = click.id;
  c.data.click_channels = click.channels;
  c.data.dialed = click.to;
}

call_state& call_model::impl::new_call(std::string_view linkedid) {
  auto const number = next_number_++;
  auto& c = *calls_.emplace(number, std::make_unique<call_state>()).first->second;
  c.number = number;
  c.data.pbx = pbx_->number;
  c.data.started_at = at_;
  c.data.id = std::to_string(pbx_->number) + '-' + std::string(linkedid);
  // A PBX does not use a linkedid twice; if it did, two calls with one id would be worse.
  while (by_id_.contains(c.data.id)) c.data.id += '+';
  by_id_.emplace(c.data.id, &c);
  take_linkedid(c, linkedid);
  return c;
}

void call_model::impl::take_linkedid(call_state& c, std::string_view linkedid) {
  if (!pbx_->linkedids.emplace(linkedid, &c).second) return;
  c.data.linkedids.emplace_back(linkedid);
}

/// A channel says which call it belongs to. An older name of its own call may come back; a merge is
/// never undone.
void call_model::impl::follow_linkedid(channel& ch, std::string_view linkedid) {
  auto const& own = ch.call->data.linkedids;
  if (linkedid.empty() || (!own.empty() && own.front() == linkedid)) return;
  auto const found = pbx_->linkedids.find(linkedid);
  if (found == pbx_->linkedids.end()) {
    take_linkedid(*ch.call, linkedid);
  } else if (found->second != ch.call) {
    merge(*ch.call, *found->second, merge_reason::same_linkedid);
  }
}

/// Two calls are one: the older one survives.
call_state& call_model::impl::merge(call_state& one, call_state& two, merge_reason reason) {
  if (&one == &two) return one;
  bool const first =
      std::pair(one.data.started_at, one.number) < std::pair(two.data.started_at, two.number);
  auto& older = first ? one : two;
  auto& younger = first ? two : one;
  bool const tell = younger.data.announced;
  if (tell) announce(older);
  auto const gone_number = younger.number;
  auto const gone_id = younger.data.id;
  absorb(older, younger, reason);
  by_id_.erase(gone_id);
  calls_.erase(gone_number);
  ++counters_.merged;
  if (tell) emit(call_event_kind::merged, older, -1, gone_id);
  return older;
}

namespace {

/// What those who came with the younger call are in the older one.
leg_role role_after(call const& older, call const& younger, leg const& l, bool picked_up) {
  if (l.role == leg_role::user) return younger.click ? l.role : leg_role::callee;
  if (l.role != leg_role::caller) return l.role;
  if (picked_up) return leg_role::pickup;
  bool const same_phone = std::any_of(older.legs.begin(), older.legs.end(), [&](leg const& other) {
    return other.endpoint == l.endpoint && !l.outside;
  });
  return same_phone ? leg_role::consult : leg_role::joined;
}

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

void adopt(std::string& to, std::string& from) {
  if (to.empty()) to = std::move(from);
}

}  // namespace

void call_model::impl::absorb(call_state& into, call_state& from, merge_reason reason) {
  auto& a = into.data;
  auto& b = from.data;
  for (auto& l : b.legs) l.role = role_after(a, b, l, reason == merge_reason::picked_up);
  append(a.legs, b.legs);
  std::stable_sort(a.legs.begin(), a.legs.end(),
                   [](leg const& l, leg const& r) { return l.began_at < r.began_at; });
  append(a.others, b.others);
  append(a.queues, b.queues);
  append(a.transfers, b.transfers);
  append(a.parkings, b.parkings);
  append(a.recordings, b.recordings);
  for (auto& linkedid : b.linkedids) {
    pbx_->linkedids.find(linkedid)->second = &into;
    a.linkedids.push_back(std::move(linkedid));
  }
  for (auto* ch : from.channels) ch->call = &into;
  append(into.channels, from.channels);
  index_legs(into);
  if (!told(a.answered_at) && told(b.answered_at)) {
    a.answered_at = std::max(b.answered_at, a.started_at);
    adopt(a.answered_by, b.answered_by);
  }
  if (told(b.held_since))
    a.held_since = told(a.held_since) ? std::min(a.held_since, b.held_since) : b.held_since;
  a.held_before += b.held_before;
  a.holds += b.holds;
  a.digits += b.digits;
  a.dropped_legs += b.dropped_legs;
  a.click = a.click || b.click;
  a.uncertain = a.uncertain || b.uncertain;
  for (auto field : {&call::click_id, &call::conference, &call::partner, &call::reference,
                     &call::stasis, &call::picked_up_by, &call::caller, &call::dialed})
    adopt(a.*field, b.*field);
}

void call_model::impl::index_legs(call_state& c) {
  for (auto* ch : c.channels) {
    if (!ch->is_party()) continue;
    auto const found = std::find_if(c.data.legs.begin(), c.data.legs.end(),
                                    [&](leg const& l) { return l.channel == ch->id; });
    ch->leg = static_cast<int>(found - c.data.legs.begin());
  }
}

void call_model::impl::on(click_begun const& f) {
  pbx_->clicks.add(f.id, f.to, f.channels);
  call_state* c = nullptr;
  for (auto const& id : f.channels) {
    auto* const ch = pbx_->find(id);
    if (ch == nullptr) continue;
    c = c == nullptr ? ch->call : &merge(*c, *ch->call, merge_reason::linked);
  }
  auto* const click = f.channels.empty() ? nullptr : pbx_->clicks.find(f.channels.front());
  if (c != nullptr && click != nullptr) be_click(*c, *click);
}

}  // namespace calluna::calls
