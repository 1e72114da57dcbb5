// Stasis, and channels that programs make and move.
#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace calluna::sim {

void machine::set_application(std::string const& name, bool active) {
  if (active)
    applications_.insert(name);
  else
    applications_.erase(name);
}

void machine::enter_stasis(channel& c, std::string const& app, std::vector<std::string> args) {
  c.stasis = app;
  event e{event_kind::stasis_start, &c};
  e.name = app;
  e.list = std::move(args);
  emit(std::move(e));
}

void machine::lead(channel& c, std::string const& app, std::vector<std::string> args) {
  if (c.ending || c.stasis) return;
  if (applications_.count(app) == 0) return hang_up(c, 16, false);
  c.place.app = "Stasis";
  c.place.data = app;
  enter_stasis(c, app, std::move(args));
}

void machine::leave_stasis(channel& c) {
  if (!c.stasis) return;
  sound_ends("channel:" + c.id);
  event e{event_kind::stasis_end, &c};
  e.name = *c.stasis;
  c.stasis.reset();
  emit(std::move(e));
}

void machine::continue_in_dialplan(channel& c, std::optional<place> to) {
  time_.after(span(0), [this, serial = c.serial, to = std::move(to)] {
    auto* const up = alive(serial);
    if (up == nullptr || up->ending || !up->stasis) return;
    leave(*up);
    stop_music(*up);
    leave_stasis(*up);
    end_turn(*up);
    if (to) {
      up->place.context = to->context;
      up->place.exten = to->exten;
      up->place.priority = to->priority - 1;
    }
    up->has_dialplan = true;
    next(*up);
  });
}

void machine::move(channel& c, std::string const& app, std::vector<std::string> args) {
  time_.after(span(0), [this, serial = c.serial, app, args = std::move(args)] {
    auto* const up = alive(serial);
    if (up == nullptr || up->ending || !up->stasis) return;
    if (applications_.count(app) == 0) {
      event e{event_kind::stasis_move_failed, up};
      e.name = *up->stasis;
      e.value = app;
      e.list = args;
      return emit(std::move(e));
    }
    leave_stasis(*up);
    enter_stasis(*up, app, args);
  });
}

bool machine::rings_for_somebody(channel const& c) {
  return c.called != called_by::nobody && c.state != channel_state::up;
}

void machine::redirect(channel& c, std::string context, std::string exten, int priority) {
  time_.after(span(0), [this, serial = c.serial, context = std::move(context),
                        exten = std::move(exten), priority] {
    auto* const up = alive(serial);
    if (up == nullptr || up->ending || rings_for_somebody(*up)) return;
    up->cause = 0;
    end_turn(*up);
    stop_music(*up);
    sound_ends("channel:" + up->id);
    up->one_application = false;
    // Whoever it talks to or rings is left, as if it had hung up.
    auto* const b = find_bridge(up->bridge);
    if (b != nullptr && b->bridge_class == "basic")
      talk_ends(*up, *b);
    else
      leave(*up);
    stop_dialing(*up);
    leave_stasis(*up);
    place const to{context, exten, priority, {}, {}};
    if (!agi_holds(*up, to)) begin_at(*up, to);
  });
}

/// Nobody is rung for it any more, and no queue has it.
void machine::stop_dialing(channel& c) {
  auto const at = dials_.find(c.serial);
  if (at == dials_.end()) return;
  if (!at->second.queue.empty()) queue_leave(c, at->second.queue);
  cancel_legs(c, at->second, "CANCEL", 0);
  dials_.erase(c.serial);
}

/// Its dialplan begins there.
void machine::begin_at(channel& c, place const& at) {
  end_turn(c);
  c.called = called_by::nobody;
  c.place = at;
  c.has_dialplan = true;
  proceed(c);
}

// -- originate

result<channel*> machine::originate(originate_request r) {
  auto to = find_target(r.dial_string);
  if (!to || !to->online || channels_.size() >= options_.max_channels)
    return fail(error_kind::offline, "Allocation failed");
  auto made = create(r);
  if (!made) return made;
  auto& c = **made;
  c.called = called_by::originate;
  if (r.timeout)
    later(c, *r.timeout, [this](channel& late) {
      if (late.state == channel_state::up) return;
      late.cause = 19;
      finish(late);
    });
  originations_[c.serial] = {std::move(r)};
  time_.after(span(0), [this, serial = c.serial, to = std::move(*to)] {
    auto* const up = alive(serial);
    if (up == nullptr || up->ending) return;
    up->place.app = "AppDial2";
    up->place.data = "(Outgoing Line)";
    auto const& asked = originations_[serial].request;
    if (!asked.callerid.number.empty() || !asked.callerid.name.empty()) {
      if (asked.sets_callerid) set_callerid(*up, asked.callerid);
      set_connected(*up, asked.callerid);
    }
    event begin{event_kind::dial_begin, nullptr, up};
    begin.name = to.number;
    emit(std::move(begin));
    call_out(*up, to.dialled);
  });
  return &c;
}

/// Its device is called; of a Local channel, its second half begins.
void machine::call_out(channel& c, std::string const& dialled) {
  if (c.half == 0) return invite(c, dialled);
  c.invited = true;
  start_local(c, c.connected, c.caller);
}

result<channel*> machine::create(originate_request r) {
  auto const to = find_target(r.dial_string);
  if (!to || channels_.size() >= options_.max_channels)
    return fail(error_kind::offline, "Allocation failed");
  if (!r.id.empty() && find(r.id) != nullptr)
    return fail(error_kind::rejected, "Channel with given unique ID already exists");
  auto const* const of = find(r.originator);
  auto& c = to->local ? make_local(*to, r.id, of) : make_channel(to->name, r.id, of);
  c.called = called_by::create;
  for (auto const& [name, value] : r.variables) {
    c.variables[name] = value;
    if (auto* const half = alive(c.half)) half->variables[name] = value;
  }
  if (!to->local) emit({event_kind::channel_created, &c});
  return &c;
}

result<void> machine::dial_created(channel& c, std::string const& caller,
                                   std::optional<span> timeout) {
  if (c.state != channel_state::down || c.invited)
    return fail(error_kind::rejected, "Channel is not in the 'Down' state.");
  if (auto const* from = find(caller); from != nullptr) {
    c.linkedid = from->linkedid;
    c.linked_serial = from->linked_serial;
    set_connected(c, from->caller);
  }
  auto const* e = find_endpoint(c.endpoint);
  if (c.half == 0 && (e == nullptr || !e->online)) {
    c.cause = 20;
    time_.after(span(0), [this, serial = c.serial] {
      if (auto* const gone = alive(serial)) finish(*gone);
    });
    return {};
  }
  event begin{event_kind::dial_begin, find(caller), &c};
  begin.name = c.endpoint.substr(c.endpoint.find('/') + 1);
  c.called_for = begin.channel == nullptr ? 0 : begin.channel->serial;
  emit(std::move(begin));
  if (timeout)
    later(c, *timeout, [this](channel& late) {
      if (late.state == channel_state::up) return;
      emit({event_kind::dial_end,
            alive(late.called_for),
            &late,
            nullptr,
            nullptr,
            nullptr,
            {},
            "NOANSWER"});
      late.cause = 19;
      finish(late);
    });
  call_out(c, c.endpoint.substr(c.endpoint.find('/') + 1));
  return {};
}

/// The device that was called by a program has answered.
void machine::begin_originated(channel& c) {
  emit({event_kind::dial_end, alive(c.called_for), &c, nullptr, nullptr, nullptr, {}, "ANSWER"});
  bool const created = c.called == called_by::create;
  c.called = called_by::nobody;
  end_turn(c);
  if (created) return;
  auto const at = originations_.find(c.serial);
  if (at == originations_.end()) return;
  auto const request = at->second.request;
  origination_ends(c, true, 4);
  if (!request.app.empty()) {
    if (applications_.count(request.app) == 0) return hang_up(c, 16, false);
    c.place.app = "Stasis";
    c.place.data = request.app;
    for (auto const& a : request.app_args) c.place.data += "," + a;
    return enter_stasis(c, request.app, request.app_args);
  }
  if (!request.application.empty()) {
    c.one_application = true;
    c.place.app = request.application;
    c.place.data = request.data;
    emit({event_kind::channel_dialplan, &c});
    if (execute(c, c.place.app, c.place.data) == outcome::next) next(c);
    return;
  }
  c.place.context = request.context;
  c.place.exten = request.exten;
  c.place.priority = request.priority;
  c.has_dialplan = true;
  proceed(c);
}

void machine::origination_ends(channel& c, bool answered, int reason) {
  auto const at = originations_.find(c.serial);
  if (at == originations_.end()) return;
  auto const done = std::move(at->second.request.done);
  originations_.erase(at);
  if (done) done(answered, reason, &c);
}

result<channel*> machine::snoop(channel& c, std::string const& app, std::vector<std::string> args,
                                std::string id) {
  if (!id.empty() && find(id) != nullptr)
    return fail(error_kind::rejected, "Channel with given unique ID already exists");
  auto& spy = make_channel("Snoop/" + c.id, std::move(id), nullptr);
  spy.state = channel_state::up;
  spy.snooped = c.id;
  spy.place = {"default", "s", 1, "Stasis", app};
  emit({event_kind::channel_created, &spy});
  time_.after(span(0), [this, serial = spy.serial, app, args = std::move(args)] {
    auto* const up = alive(serial);
    if (up == nullptr || up->ending) return;
    if (applications_.count(app) == 0) return hang_up(*up, 16, false);
    enter_stasis(*up, app, args);
  });
  return &spy;
}

}  // namespace calluna::sim
