#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace calluna::sim {

namespace {

/// Asterisk's own feature (pickupexten), unless the dialplan has such an extension.
constexpr char group_pickup[] = "*8";
constexpr auto until_sound = std::chrono::milliseconds(500);

}  // namespace

std::string to_string(channel_state state) {
  switch (state) {
    case channel_state::down:
      return "Down";
    case channel_state::ring:
      return "Ring";
    case channel_state::ringing:
      return "Ringing";
    case channel_state::up:
      return "Up";
  }
  return "Unknown";
}

std::string cause_text(int cause) {
  switch (cause) {
    case 1:
      return "Unallocated (unassigned) number";
    case 3:
      return "No route to destination";
    case 16:
      return "Normal Clearing";
    case 17:
      return "User busy";
    case 18:
      return "No user responding";
    case 19:
      return "User alerting, no answer";
    case 20:
      return "Subscriber absent";
    case 21:
      return "Call Rejected";
    case 26:
      return "Answered elsewhere";
    case 34:
      return "Circuit/channel congestion";
    case 127:
      return "Interworking, unspecified";
    default:
      return "Unknown";
  }
}

machine::machine(machine_options options)
    : options_(std::move(options)), time_(options_.began), chance_(options_.seed) {
  add_parking_lot({});
}

void machine::emit(event e) {
  for (auto const& l : listeners_) l(e);
}

void machine::later(channel const& c, span delay, std::function<void(channel&)> what) {
  time_.after(delay, [this, serial = c.serial, turn = c.turn, what = std::move(what)] {
    auto* const up = alive(serial);
    if (up != nullptr && up->turn == turn) what(*up);
  });
}

std::string machine::make_uuid() {
  auto const a = chance_(), b = chance_();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xffff, a & 0xfff,
                     0x8000 | (b >> 48 & 0x3fff), b & 0xffffffffffff);
}

// -- what there is

endpoint& machine::add_endpoint(endpoint e) {
  auto name = e.name;
  if (!e.online) e.device_state = "UNAVAILABLE";
  return endpoints_[std::move(name)] = std::move(e);
}

endpoint* machine::find_endpoint(std::string_view name) {
  auto const at = endpoints_.find(name);
  return at == endpoints_.end() ? nullptr : &at->second;
}

void machine::set_online(std::string_view name, bool online) {
  if (auto* const e = find_endpoint(name)) {
    e->online = online;
    update_device(name);
  }
}

channel* machine::find(std::string_view id) {
  auto const at = by_id_.find(std::string(id));
  return at == by_id_.end() ? nullptr : alive(at->second);
}

channel* machine::find_named(std::string_view name) {
  for (auto const& [serial, c] : channels_)
    if (c->name == name) return c.get();
  return nullptr;
}

channel* machine::alive(std::uint64_t serial) {
  auto const at = channels_.find(serial);
  return at == channels_.end() ? nullptr : at->second.get();
}

// -- making and changing channels

channel& machine::make_channel(std::string const& endpoint, std::string id,
                               channel const* linked_to) {
  auto made = std::make_unique<channel>();
  auto& c = *made;
  c.serial = ++serial_;
  auto const tech = endpoint.substr(0, endpoint.find('/'));
  c.name = fmt::format("{}-{:08x}", endpoint, next_in_tech_[tech]++);
  auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch());
  auto const prefix = options_.systemname.empty() ? "" : options_.systemname + "-";
  auto const number = next_number_++;
  c.id = id.empty() ? fmt::format("{}{}.{}", prefix, seconds.count(), number) : std::move(id);
  c.linkedid = linked_to != nullptr ? linked_to->linkedid : c.id;
  c.linked_serial = linked_to != nullptr ? linked_to->linked_serial : c.serial;
  c.endpoint = endpoint;
  c.created = now();
  if (auto const* e = find_endpoint(endpoint)) {
    c.caller = e->callerid;
    c.place = {e->context, "s", 1, {}, {}};
  }
  by_id_[c.id] = c.serial;
  channels_.emplace(c.serial, std::move(made));
  return c;
}

void machine::set_state(channel& c, channel_state state) {
  if (c.state == state) return;
  c.state = state;
  emit({event_kind::channel_state, &c});
  update_device(c.endpoint);
  if (c.is_second_half && state == channel_state::up) passes_on_answer(c);
}

void machine::set_callerid(channel& c, party to) {
  c.caller = std::move(to);
  emit({event_kind::channel_callerid, &c});
}

void machine::set_connected(channel& c, party to) {
  if (c.connected == to) return;
  c.connected = std::move(to);
  emit({event_kind::channel_connected, &c});
  if (c.half != 0) passes_on_connected(c);
}

void machine::set_variable(channel& c, std::string const& name, std::string const& value) {
  if (name == "CALLERID(name)" || name == "CALLERID(num)") {
    auto to = c.caller;
    (name == "CALLERID(name)" ? to.name : to.number) = value;
    return set_callerid(c, std::move(to));
  }
  c.variables[name] = value;
  emit({event_kind::channel_variable, &c, nullptr, nullptr, nullptr, nullptr, name, value});
}

void machine::update_device(std::string_view name) {
  auto* const e = find_endpoint(name);
  if (e == nullptr) return;
  bool up = false, ringing = false, held = false, calling = false;
  for (auto const& [serial, c] : channels_) {
    if (c->endpoint != name) continue;
    ringing |= c->state == channel_state::ringing;
    up |= c->state == channel_state::up && !c->held;
    held |= c->held;
    calling |= c->state == channel_state::ring;
  }
  auto const* state = up || calling ? (ringing ? "RINGINUSE" : "INUSE")
                      : ringing     ? "RINGING"
                      : held        ? "ONHOLD"
                      : e->online   ? "NOT_INUSE"
                                    : "UNAVAILABLE";
  if (e->device_state == state) return;
  e->device_state = state;
  emit({event_kind::device_state, nullptr, nullptr, nullptr, nullptr, nullptr, e->name, state});
  if (e->device_state == "NOT_INUSE") queues_look(e->name);
}

void machine::answer(channel& c) {
  if (c.called != called_by::nobody && c.state != channel_state::up) return;
  set_state(c, channel_state::up);
}

void machine::answer_first(channel& c, std::function<void(channel&)> then) {
  bool const was_up = c.state == channel_state::up;
  answer(c);
  end_turn(c);
  later(c, was_up ? span(0) : span(until_sound), std::move(then));
}

// -- how channels end

void machine::hang_up(channel& c, int cause, bool soft_request) {
  if (c.ending) return;
  c.ending = true;
  if (cause != 0) c.cause = cause;
  if (soft_request)
    emit({event_kind::soft_hangup, &c, nullptr, nullptr, nullptr, nullptr, {}, {}, 32});
  time_.after(span(0), [this, serial = c.serial] {
    if (auto* const ended = alive(serial)) finish(*ended);
  });
}

void machine::finish(channel& c) {
  c.ending = true;
  end_turn(c);
  sound_ends("channel:" + c.id);
  stop_music(c);
  auto const serial = c.serial;
  auto* const b = find_bridge(c.bridge);
  if (b != nullptr && b->bridge_class == "basic")
    talk_ends(c, *b);
  else
    leave(c);
  if (auto const at = dials_.find(serial); at != dials_.end()) {
    auto const queue = at->second.queue;
    cancel_legs(c, at->second, "CANCEL", c.cause == 16 ? 0 : c.cause);
    if (!queue.empty()) queue_leave(c, queue);
    dials_.erase(serial);
  }
  if (c.called == called_by::dial || c.called == called_by::queue) return leg_failed(c);
  if (agi_holds(c)) return leave_stasis(c);
  drop(c);
}

/// The end itself: what is left of it is said, and it is gone.
void machine::drop(channel& c) {
  auto const serial = c.serial;
  if (agi_holds(c)) led_.erase(serial);  // such a channel has not waited for its program
  if (c.stasis) leave_stasis(c);
  if (originations_.count(serial) != 0) {
    int const reason = c.invited && c.state == channel_state::ringing && c.cause == 19 ? 3 : 0;
    origination_ends(c, false, reason);
  }
  if (c.has_dialplan) {
    if (c.cause == 0 && !c.ends_without_cause) c.cause = 16;
    emit({event_kind::soft_hangup, &c, nullptr, nullptr, nullptr, nullptr, {}, {}, 16});
  }
  c.place.app.clear();
  c.place.data.clear();
  if (c.called != called_by::nobody) c.place.app = "AppDial", c.place.data = "(Outgoing Line)";
  auto const endpoint = c.endpoint;
  emit({event_kind::channel_ended,
        &c,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        cause_text(c.cause),
        {},
        c.cause});
  std::vector<std::uint64_t> spies;
  for (auto const& [s, other] : channels_)
    if (!other->snooped.empty() && other->snooped == c.id) spies.push_back(s);
  auto const id = c.id;
  auto const half = c.half;
  auto const cause = c.cause;
  if (auto const at = by_id_.find(id); at != by_id_.end() && at->second == serial) by_id_.erase(at);
  channels_.erase(serial);
  update_device(endpoint);
  spies_are_left(id);
  if (half != 0) half_ends(half, cause);
  for (auto const s : spies)
    if (auto* const spy = alive(s)) hang_up(*spy, 16, false);
}

// -- what devices do

channel* machine::arrive(arrival const& call) {
  auto const* e = find_endpoint(call.endpoint);
  if (e == nullptr || !e->online || channels_.size() >= options_.max_channels) return nullptr;
  auto const& context = call.context.empty() ? e->context : call.context;
  bool const there = plan_.has(context, call.exten);
  if (!there && call.exten != group_pickup) return nullptr;
  auto& c = make_channel(e->name, {}, nullptr);
  c.state = channel_state::ring;
  if (!call.caller.number.empty() || !call.caller.name.empty()) c.caller = call.caller;
  c.place = {context, call.exten, 1, {}, {}};
  for (auto const& [name, value] : call.variables) c.variables[name] = value;
  c.has_dialplan = true;
  emit({event_kind::channel_created, &c});
  update_device(c.endpoint);
  later(c, span(0), [this, there](channel& up) { there ? proceed(up) : pick_up_any(up); });
  return &c;
}

void machine::invite(channel& c, std::string const& number) {
  c.invited = true;
  if (on_invite) on_invite(c, number);
}

void machine::device_rings(std::uint64_t serial) {
  auto* const c = alive(serial);
  if (c == nullptr || c->ending || c->state != channel_state::down) return;
  set_state(*c, channel_state::ringing);
  if (std::exchange(c->connected_untold, false)) emit({event_kind::channel_connected, c});
  emit({event_kind::dial_state, alive(c->called_for), c, nullptr, nullptr, nullptr, {}, "RINGING"});
  if (auto* const caller = alive(c->called_for)) hears_ringing(*caller);
}

void machine::device_answers(std::uint64_t serial) {
  auto* const c = alive(serial);
  if (c == nullptr || c->ending || c->called == called_by::nobody || !c->invited ||
      c->state == channel_state::up)
    return;
  set_state(*c, channel_state::up);
  if (c->called == called_by::dial || c->called == called_by::queue) return leg_answered(*c);
  begin_originated(*c);
}

void machine::device_declines(std::uint64_t serial, int cause, int tech_cause) {
  auto* const c = alive(serial);
  if (c == nullptr || c->ending || c->state == channel_state::up) return;
  c->cause = cause;
  c->tech_cause = tech_cause;
  c->ending = true;
  emit({event_kind::hangup_request, c, nullptr, nullptr, nullptr, nullptr, {}, {}, cause});
  finish(*c);
}

void machine::device_hangs_up(std::uint64_t serial) {
  auto* const c = alive(serial);
  if (c == nullptr || c->ending) return;
  c->ending = true;
  bool const cancelled = c->state != channel_state::up;
  c->cause = cancelled ? 127 : 16;
  c->tech_cause = cancelled ? 487 : 0;
  // Stasis, Queue() and some others do not say the cause with the request; who leaves a queue has
  // none at all.
  auto const dial = dials_.find(serial);
  bool const queued = dial != dials_.end() && !dial->second.queue.empty();
  auto const& app = c->place.app;
  bool const agent = app == "AppQueue" || app == "Pickup" || app == "PickupChan" ||
                     app == "ParkedCall" || app == "ConfBridge";
  emit({event_kind::hangup_request,
        c,
        nullptr,
        nullptr,
        nullptr,
        nullptr,
        {},
        {},
        c->stasis || queued || agent ? 0 : c->cause});
  if (queued && dial->second.callee == 0) {
    c->cause = 0;
    c->ends_without_cause = true;
  }
  finish(*c);
}

void machine::device_holds(std::uint64_t serial) {
  auto* const c = alive(serial);
  if (c == nullptr || c->held || c->state != channel_state::up) return;
  c->held = true;
  emit({event_kind::hold, c, nullptr, nullptr, nullptr, nullptr, "default"});
  update_device(c->endpoint);
  if (auto* const b = find_bridge(c->bridge))
    for (auto const other : std::vector(b->channels))
      if (auto* const o = alive(other); o != nullptr && o != c) start_music(*o, "default");
}

void machine::device_unholds(std::uint64_t serial) {
  auto* const c = alive(serial);
  if (c == nullptr || !c->held) return;
  c->held = false;
  emit({event_kind::unhold, c});
  update_device(c->endpoint);
  if (auto* const b = find_bridge(c->bridge))
    for (auto const other : std::vector(b->channels))
      if (auto* const o = alive(other); o != nullptr && o != c) stop_music(*o);
}

void machine::device_presses(std::uint64_t serial, std::string digits) {
  if (auto* const c = alive(serial))
    press(*c, std::move(digits), true, std::chrono::milliseconds(300));
}

void machine::user_event(std::string name, std::vector<std::pair<std::string, std::string>> fields,
                         channel const* about) {
  event e{event_kind::user_event, about};
  e.name = std::move(name);
  e.fields = std::move(fields);
  emit(std::move(e));
}

}  // namespace calluna::sim
