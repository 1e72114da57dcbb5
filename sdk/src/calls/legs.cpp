#include "model_impl.hpp"

#include <algorithm>
#include <utility>

namespace calluna::calls {

void call_model::impl::on(channel_began const& f) {
  auto const& view = f.channel;
  if (view.id.empty() || sort_of(view.name) == channel_sort::machinery) return;
  if (auto* const ch = pbx_->find(view.id)) return update(*ch, view);
  if (pbx_->ended.has(view.id)) {
    ++counters_.stray;
    return;
  }
  auto& ch = add_channel(view);
  if (view.state != channel_state::down && view.state != channel_state::unknown) announce(*ch.call);
}

void call_model::impl::on(channel_changed const& f) {
  known(f.channel);
}

namespace {

/// What a channel is that has just begun. Merging and dialling may know better later.
leg_role role_of_new(call_state const& c, channel_view const& view) {
  if (view.state == channel_state::calling || view.state == channel_state::up)
    return leg_role::caller;
  bool const alone = c.data.legs.empty() && c.channels.size() == 1;
  // A click rings the user's devices first; without a linkedid only the order tells.
  bool const nobody_up = std::none_of(c.data.legs.begin(), c.data.legs.end(),
                                      [](leg const& l) { return told(l.answered_at); });
  bool const users = c.data.click && (view.linkedid.empty() ? nobody_up : view.linkedid == view.id);
  return alone || users ? leg_role::user : leg_role::callee;
}

}  // namespace

channel& call_model::impl::add_channel(channel_view const& view) {
  auto& c = call_for(view);
  auto& ch = *pbx_->channels.emplace(view.id, std::make_unique<channel>()).first->second;
  ch.id = view.id;
  ch.name = view.name;
  ch.sort = sort_of(view.name);
  ch.call = &c;
  ch.began_at = at_;
  c.channels.push_back(&ch);
  if (ch.sort == channel_sort::party) {
    add_leg(ch, view, role_of_new(c, view));
  } else {
    c.data.others.push_back({ch.id, ch.name, false});
  }
  pair_up(ch);
  auto const early = std::find_if(pbx_->early_stasis.begin(), pbx_->early_stasis.end(),
                                  [&](auto const& e) { return e.first == ch.id; });
  if (early != pbx_->early_stasis.end()) {
    take_stasis(ch, early->second);
    pbx_->early_stasis.erase(early);
  }
  update(ch, view);
  return ch;
}

/// The halves of a Local channel know each other by their names, in both protocols.
void call_model::impl::pair_up(channel& ch) {
  auto const stem = local_stem(ch.name);
  if (stem.empty()) return;
  auto const [other, first] = pbx_->locals.emplace(stem, &ch);
  if (first || other->second == &ch) return;
  ch.pair = other->second;
  ch.pair->pair = &ch;
  merge(*ch.call, *ch.pair->call, merge_reason::linked);
}

void call_model::impl::add_leg(channel& ch, channel_view const& view, leg_role role) {
  auto& c = *ch.call;
  drop_old_legs(c);
  leg l;
  l.channel = ch.id;
  l.name = ch.name;
  l.endpoint = endpoint_of(view.name);
  l.role = role;
  l.began_at = at_;
  ch.leg = static_cast<int>(c.data.legs.size());
  c.data.legs.push_back(std::move(l));
  set_outside(ch, {});
}

/// A queue may ring agents for hours: those who did not answer go first.
void call_model::impl::drop_old_legs(call_state& c) {
  auto& legs = c.data.legs;
  if (legs.size() < std::max<std::size_t>(options_.legs_kept, 2)) return;
  auto const gone = std::find_if(legs.begin(), legs.end(), [](leg const& l) {
    return l.ended() && !l.talked && l.role != leg_role::caller;
  });
  if (gone == legs.end()) return;
  legs.erase(gone);
  ++c.data.dropped_legs;
  index_legs(c);
}

void call_model::impl::update(channel& ch, channel_view const& view) {
  if (ch.is_party() && !view.name.empty() && view.name != ch.name) {
    ch.name = view.name;
    ch.party().name = view.name;
    ch.party().endpoint = endpoint_of(view.name);
  }
  take_words(ch, view);
  follow_linkedid(ch, view.linkedid);
  take_state(ch, view.state);
}

/// States only go forward: some events carry older snapshots of a channel.
void call_model::impl::take_state(channel& ch, channel_state state) {
  if (state <= ch.state || state == channel_state::other) return;
  ch.state = state;
  if (!ch.is_party()) return;
  auto& l = ch.party();
  bool const was_called = l.role == leg_role::callee || l.role == leg_role::user;
  if (!was_called || told(l.answered_at)) return;
  if (state == channel_state::ringing && !told(l.rang_at)) {
    l.rang_at = at_;
    emit(call_event_kind::ringing, *ch.call, ch.leg);
  } else if (state == channel_state::up) {
    l.answered_at = at_;
    if (l.role == leg_role::user && ch.call->data.click) ch.call->data.caller = l.number;
    announce(*ch.call);
  }
}

/// Numbers, names and extensions count as they were first presented.
void call_model::impl::take_words(channel& ch, channel_view const& view) {
  bool const is_exten = !view.exten.empty() && view.exten != "s";
  if (!ch.is_party()) return;
  auto& l = ch.party();
  if (l.exten.empty() && is_exten) l.exten = view.exten;
  auto& c = ch.call->data;
  if (l.number.empty() && !view.number.empty()) {
    l.number = view.number;
    set_outside(ch, {});
  }
  if (ch.leg != 0 || (l.role != leg_role::caller && l.role != leg_role::user)) return;
  if (c.caller.empty()) c.caller = l.number;
  if (c.caller_name.empty() && l.role == leg_role::caller) c.caller_name = view.caller_name;
  if (c.dialed.empty() && is_exten) c.dialed = view.exten;
}

void call_model::impl::set_outside(channel& ch, std::string_view dial_string) {
  auto& l = ch.party();
  if (auto const told =
          options_.is_trunk ? options_.is_trunk(pbx_->number, l.endpoint) : std::nullopt) {
    l.outside = *told;
  } else if (l.role == leg_role::caller) {
    l.outside = looks_outside(l.number);
  } else if (dial_string.find('@') != std::string_view::npos) {
    l.outside = true;
  }
}

/// What follows from the rest: direction, the number outside, the status so far.
void call_model::impl::refresh(call_state& c) {
  auto& d = c.data;
  if (!d.legs.empty()) {
    auto const& first = d.legs.front();
    bool const reaches_out =
        d.transfers.empty() &&
        (std::any_of(d.legs.begin(), d.legs.end(),
                     [](leg const& l) { return l.role == leg_role::callee && l.outside; }) ||
         (first.role == leg_role::user && looks_outside(d.dialed)));
    if (first.role == leg_role::caller && first.outside) {
      d.direction = call_direction::in;
    } else if (reaches_out) {
      d.direction = call_direction::out;
    }
  }
  auto const& remote = d.direction == call_direction::in ? d.caller : d.dialed;
  auto const way =
      std::find_if(d.legs.begin(), d.legs.end(), [](leg const& l) { return l.outside; });
  std::string_view const endpoint = way == d.legs.end() ? std::string_view() : way->endpoint;
  if (remote != d.remote || endpoint != c.outside) {
    d.remote = remote;
    c.outside = endpoint;
    d.remote_e164 = options_.e164 ? options_.e164(d.pbx, remote, endpoint) : std::string();
  }
  if (!d.ended()) d.status = live_status(d);
}

void call_model::impl::on(dial_began const& f) {
  auto* const dialer = known(f.dialer);
  auto* const dialed = known(f.dialed);
  if (dialed == nullptr) return;
  if (dialer != nullptr) merge(*dialer->call, *dialed->call, merge_reason::linked);
  if (dialed->is_party()) {
    auto& l = dialed->party();
    if (dialer != nullptr && l.role == leg_role::user) l.role = leg_role::callee;
    set_outside(*dialed, f.dial_string);
  }
  announce(*dialed->call);
}

void call_model::impl::on(dial_ended const& f) {
  auto* const dialer = known(f.dialer);
  auto* const dialed = known(f.dialed);
  if (dialed == nullptr) return;
  bool const answered = f.status == "ANSWER";
  // Whoever picks up was never dialled: the answer names them instead.
  if (dialer != nullptr && answered && dialed->is_party() &&
      dialed->party().role == leg_role::caller && dialed->call != dialer->call)
    on(picked_up{.channel = f.dialed, .target = f.dialer});
  if (dialer != nullptr) merge(*dialer->call, *dialed->call, merge_reason::linked);
  if (!dialed->is_party()) return;
  auto& l = dialed->party();
  if (l.dial_status.empty() || answered) l.dial_status = f.status;
}

void call_model::impl::on(digit_pressed const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr || !ch->is_party()) return;
  if (ch->last_digit == f.digit && ch->last_digit_at == at_) return;
  ch->last_digit = f.digit;
  ch->last_digit_at = at_;
  ++ch->party().digits;
  ++ch->call->data.digits;
}

void call_model::impl::on(recording_started const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr) return;
  auto& all = ch->call->data.recordings;
  for (auto const& r : all)
    if (r.channel == ch->id && r.name == f.name && !told(r.stopped_at)) return;
  all.push_back({std::string(f.name), ch->id, at_, {}});
  emit(call_event_kind::recording, *ch->call, ch->leg);
}

void call_model::impl::on(recording_stopped const& f) {
  auto* const ch = known(f.channel);
  if (ch == nullptr) return;
  for (auto& r : ch->call->data.recordings) {
    if (r.channel != ch->id || r.name != f.name || told(r.stopped_at)) continue;
    r.stopped_at = at_;
    return emit(call_event_kind::recording, *ch->call, ch->leg);
  }
}

void call_model::impl::take_stasis(channel& ch, std::string_view application) {
  ch.call->data.stasis = application;
  if (ch.is_party()) ch.party().stasis = application;
}

void call_model::impl::on(stasis_entered const& f) {
  if (auto* const ch = pbx_->find(f.channel.id)) {
    take_stasis(*ch, f.application);
    return;
  }
  if (pbx_->ended.has(f.channel.id)) return;
  // ARI may be ahead of AMI.
  pbx_->early_stasis.emplace_back(f.channel.id, f.application);
  if (pbx_->early_stasis.size() > 256) pbx_->early_stasis.pop_front();
}

void call_model::impl::on(stasis_left const& f) {
  if (auto* const ch = pbx_->find(f.channel.id)) take_stasis(*ch, {});
  std::erase_if(pbx_->early_stasis, [&](auto const& e) { return e.first == f.channel.id; });
}

}  // namespace calluna::calls
