// Calls that somebody hands on.
#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

namespace calluna::sim {

void machine::part(channel& a, channel& b) {
  auto* const shared = find_bridge(a.bridge);
  if (shared == nullptr || a.bridge != b.bridge || is_consulting(a) || is_consulting(b)) return;
  leave(a);
  leave(b);
  if (shared->bridge_class == "basic") destroy_bridge(*shared);
  for (auto* const one : {&a, &b}) {
    auto const at = dials_.find(one->serial);
    if (at == dials_.end()) continue;
    auto* const agent = alive(at->second.callee);
    if (!at->second.queue.empty() && agent != nullptr)
      queue_talk_ends(at->second.queue, *one, *agent, "transfer");
    dials_.erase(one->serial);
  }
}

channel* machine::peer_of(channel const& c) {
  auto* const b = find_bridge(c.bridge);
  if (b == nullptr) return nullptr;
  for (auto const serial : b->channels)
    if (serial != c.serial) return alive(serial);
  return nullptr;
}

/// Who transfers takes the other back first, whether it was on hold or not.
void machine::unhold_for_transfer(channel& transferer) {
  if (transferer.held) return device_unholds(transferer.serial);
  emit({event_kind::unhold, &transferer});
}

/// It has handed its call on, and ends with that.
void machine::leave_by_transfer(channel& transferer) {
  end_turn(transferer);
  transferer.ending = true;
  time_.after(span(0), [this, serial = transferer.serial] {
    if (auto* const c = alive(serial)) c->cause = 16, finish(*c);
  });
}

result<void> machine::blind_transfer(channel& transferer, std::string const& context,
                                     std::string const& exten) {
  auto* const peer = peer_of(transferer);
  if (peer == nullptr || is_consulting(transferer))
    return fail(error_kind::rejected, "Transfer Failed");
  if (!plan_.has(context, exten)) return fail(error_kind::invalid, "Transfer Failed");
  unhold_for_transfer(transferer);
  event e{event_kind::blind_transfer, &transferer, peer, find_bridge(transferer.bridge)};
  e.fields = {{"Context", context}, {"Extension", exten}};
  emit(std::move(e));
  peer->variables["BLINDTRANSFER"] = transferer.name;
  part(transferer, *peer);
  redirect(*peer, context, exten, 1);
  leave_by_transfer(transferer);
  return {};
}

result<void> machine::attended_transfer(channel& first, channel& second) {
  auto* const held = peer_of(first);
  auto* const asked = peer_of(second);
  if (held == nullptr || asked == nullptr || first.bridge == second.bridge ||
      is_consulting(first) || is_consulting(second))
    return fail(error_kind::rejected, "Transfer Failed");
  unhold_for_transfer(first);
  unhold_for_transfer(second);
  // The one who was on hold takes the place beside the one who was asked; out of a queue it is the
  // other way round.
  auto const waited = dials_.find(held->serial);
  bool const queue = waited != dials_.end() && !waited->second.queue.empty();
  auto& moved = queue ? *asked : *held;
  auto& replaced = queue ? first : second;
  auto& left_over = queue ? second : first;
  auto& from = *find_bridge(moved.bridge);
  auto& to = *find_bridge(replaced.bridge);
  handover const was{
      first, second, *held, *asked, *find_bridge(first.bridge), *find_bridge(second.bridge), to.id};
  leave(moved);
  leave(replaced);
  if (to.bridge_class == "basic") leave_stasis(moved);
  enter(to, moved, &replaced);
  leave(left_over);
  emit({event_kind::soft_hangup, &second, nullptr, nullptr, nullptr, nullptr, {}, {}, 1});
  event told{event_kind::attended_transfer};
  told.handover = &was;
  emit(std::move(told));
  if (from.bridge_class == "basic") destroy_bridge(from);
  set_connected(*asked, held->caller);
  set_connected(*held, asked->caller);
  if (queue) queue_talk_ends(waited->second.queue, *held, first, "transfer");
  if (waited != dials_.end()) waited->second.queue.clear(), waited->second.callee = asked->serial;
  dials_.erase(second.serial);
  leave_by_transfer(first);
  leave_by_transfer(second);
  return {};
}

// -- by devices

result<void> machine::device_transfers(std::uint64_t serial, std::string const& exten) {
  auto* const c = alive(serial);
  auto const* e = c == nullptr ? nullptr : find_endpoint(c->endpoint);
  if (e == nullptr) return fail(error_kind::gone, "that call is over already");
  if (auto done = blind_transfer(*c, e->context, exten); !done)
    return fail(error_kind::rejected,
                c->bridge.empty()
                    ? fmt::format("{} talks to nobody", c->endpoint)
                    : fmt::format("there is no extension {} in [{}]", exten, e->context));
  return {};
}

result<channel*> machine::device_consults(std::uint64_t serial, std::string const& exten) {
  auto const* const c = alive(serial);
  auto const* e = c == nullptr ? nullptr : find_endpoint(c->endpoint);
  if (e == nullptr) return fail(error_kind::gone, "that call is over already");
  if (peer_of(*c) == nullptr)
    return fail(error_kind::rejected, fmt::format("{} talks to nobody", c->endpoint));
  device_holds(serial);
  auto* const second = arrive({e->name, e->callerid, exten});
  if (second == nullptr)
    return fail(error_kind::invalid,
                fmt::format("there is no extension {} in [{}]", exten, e->context));
  return second;
}

result<void> machine::device_completes(std::uint64_t first, std::uint64_t second) {
  auto* const held = alive(first);
  auto* const asked = alive(second);
  if (held == nullptr || asked == nullptr)
    return fail(error_kind::gone, "that call is over already");
  if (asked->state == channel_state::up && peer_of(*asked) != nullptr)
    return attended_transfer(*held, *asked);
  // Nobody has answered yet: phones then send the other side there.
  auto const exten = asked->place.exten;
  device_hangs_up(second);
  return device_transfers(first, exten);
}

}  // namespace calluna::sim
