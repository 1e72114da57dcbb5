#include "model_impl.hpp"

#include <algorithm>
#include <chrono>

namespace calluna::calls {
namespace {

/// Asterisk's events of one transfer overtake one another by milliseconds.
constexpr span_of_time same_moment = std::chrono::seconds(1);

bool near(moment one, moment two) {
  return std::chrono::abs(one - two) < same_moment;
}

/// The extension of the Local channel through which the PBX's own feature has called the target.
std::string feature_exten(channel const& transferee) {
  if (transferee.in != nullptr) {
    for (auto const* member : transferee.in->members)
      if (member->sort == channel_sort::local) return std::string(local_exten(member->name));
  }
  auto const& others = transferee.call->data.others;
  for (auto other = others.rbegin(); other != others.rend(); ++other)
    if (auto const exten = local_exten(other->name); !exten.empty()) return std::string(exten);
  return {};
}

}  // namespace

void call_model::impl::leave_by_transfer(channel* ch) {
  if (ch == nullptr || !ch->is_party()) return;
  ch->party().transferred = true;
  release(ch->party(), *ch->call);
}

void call_model::impl::on(blind_transfer const& f) {
  auto* const by = known(f.transferer);
  auto* const transferee = known(f.transferee);
  if (by == nullptr || !by->is_party()) return;
  auto& c =
      transferee == nullptr ? *by->call : merge(*by->call, *transferee->call, merge_reason::linked);
  transfer t;
  t.by = by->party().endpoint;
  t.to = f.exten;
  t.transferee = transferee == nullptr ? std::string() : transferee->id;
  t.at = at_;
  auto const again = [&](transfer const& o) {
    return !o.attended && o.by == t.by && o.to == t.to && o.transferee == t.transferee &&
           o.at == t.at;
  };
  auto& all = c.data.transfers;
  if (std::any_of(all.begin(), all.end(), again)) return;
  leave_by_transfer(by);
  // To park is to transfer to the parking lot.
  if (transferee != nullptr) {
    if (auto* const p = open_parking(*transferee); p != nullptr && near(p->at, at_)) {
      if (p->by.empty()) p->by = t.by;
      return;
    }
  }
  all.push_back(std::move(t));
  emit(call_event_kind::transferred, c, by->leg);
}

void call_model::impl::on(attended_transfer const& f) {
  auto* const first = known(f.first);
  auto* const second = known(f.second);
  auto* const transferee = known(f.transferee);
  auto* const target = known(f.target);
  if (first == nullptr || !first->is_party()) return;
  for (auto* other : {second, transferee, target})
    if (other != nullptr) merge(*first->call, *other->call, merge_reason::linked);
  auto& c = *first->call;
  transfer t;
  t.attended = true;
  t.by = first->party().endpoint;
  t.transferee = transferee == nullptr ? std::string() : transferee->id;
  t.at = at_;
  auto const again = [&](transfer const& o) {
    return o.attended && o.by == t.by && o.transferee == t.transferee && o.at == t.at;
  };
  if (std::any_of(c.data.transfers.begin(), c.data.transfers.end(), again)) return;
  leave_by_transfer(first);
  leave_by_transfer(second);
  if (second != nullptr && second != first && second->is_party()) {
    t.to = second->party().exten;
  } else if (transferee != nullptr) {
    t.to = feature_exten(*transferee);
  }
  if (target != nullptr && target->is_party()) t.reached = target->party().endpoint;
  c.data.transfers.push_back(std::move(t));
  if (transferee != nullptr) reach(c, hearing(transferee));
  emit(call_event_kind::transferred, c, first->leg);
}

/// Whoever hears the transferred party now was reached.
void call_model::impl::reach(call_state& c, std::vector<channel*> const& parties) {
  for (auto& t : c.data.transfers) {
    if (!t.reached.empty()) continue;
    bool const there = std::any_of(parties.begin(), parties.end(),
                                   [&](channel* one) { return one->id == t.transferee; });
    if (!there) continue;
    for (auto* one : parties) {
      auto const& l = one->party();
      if (one->id != t.transferee && !l.transferred) t.reached = l.endpoint;
    }
  }
}

void call_model::impl::on(picked_up const& f) {
  auto* const by = known(f.channel);
  auto* const target = known(f.target);
  if (by == nullptr || target == nullptr || !by->is_party()) return;
  auto& c = merge(*by->call, *target->call, merge_reason::picked_up);
  by->party().role = leg_role::pickup;
  c.data.picked_up_by = by->party().endpoint;
}

parking* call_model::impl::open_parking(channel const& ch) {
  auto& all = ch.call->data.parkings;
  auto const found = std::find_if(all.begin(), all.end(), [&](parking const& p) {
    return p.channel == ch.id && p.outcome == park_outcome::waiting && !told(p.ended_at);
  });
  return found == all.end() ? nullptr : &*found;
}

void call_model::impl::on(parked const& f) {
  auto* const ch = known(f.parkee);
  if (ch == nullptr) return;
  auto& c = *ch->call;
  auto* p = open_parking(*ch);
  bool const fresh = p == nullptr;
  if (fresh) {
    c.data.parkings.emplace_back();
    p = &c.data.parkings.back();
    p->channel = ch->id;
    p->at = at_;
  }
  if (p->by.empty()) p->by = f.parker;
  if (p->lot.empty()) p->lot = f.lot;
  if (p->space.empty()) p->space = f.space;
  // Parked by a transfer to the lot: that was no transfer.
  std::erase_if(c.data.transfers, [&](transfer const& t) {
    bool const same = !t.attended && t.transferee == ch->id && t.reached.empty() && near(t.at, at_);
    if (same && p->by.empty()) p->by = t.by;
    return same;
  });
  if (fresh) emit(call_event_kind::parked, c, ch->leg);
}

void call_model::impl::end_parking(channel& ch, park_outcome outcome, std::string_view taken_by) {
  auto& all = ch.call->data.parkings;
  // The channel may have left the lot's bridge already.
  auto const last = std::find_if(all.rbegin(), all.rend(), [&](parking const& p) {
    return p.channel == ch.id && p.outcome == park_outcome::waiting;
  });
  if (last == all.rend()) return;
  last->outcome = outcome;
  last->taken_by = taken_by;
  if (!told(last->ended_at)) last->ended_at = at_;
  emit(call_event_kind::unparked, *ch.call, ch.leg);
}

void call_model::impl::on(unparked const& f) {
  auto* const ch = known(f.parkee);
  if (ch == nullptr) return;
  auto* const by = known(f.retriever);
  if (by == nullptr || !by->is_party()) return end_parking(*ch, park_outcome::taken);
  merge(*ch->call, *by->call, merge_reason::picked_up);
  if (by->party().role == leg_role::joined || by->party().role == leg_role::consult)
    by->party().role = leg_role::pickup;
  end_parking(*ch, park_outcome::taken, by->party().endpoint);
}

void call_model::impl::on(park_ended const& f) {
  auto* const ch = known(f.parkee);
  if (ch != nullptr) end_parking(*ch, f.timeout ? park_outcome::timeout : park_outcome::abandoned);
}

}  // namespace calluna::calls
