// AGI(): a program outside leads the channel, one command at a time, until it lets go.
#include <calluna/sim/machine.hpp>

#include <tuple>

namespace calluna::sim {

machine::outcome machine::start_agi(channel& c, std::vector<std::string> const& arguments) {
  end_turn(c);
  auto const serial = ++serial_;
  led_[c.serial] = {serial};
  agi_request r{c.serial, serial, arguments[0], {arguments.begin() + 1, arguments.end()}};
  // Who is asked may act at once.
  time_.after(span(0), [this, r = std::move(r)] {
    if (on_agi)
      on_agi(r);
    else
      agi_ends(r, "FAILURE");
  });
  return outcome::stays;
}

machine::led_channel* machine::led(agi_request const& by) {
  auto const at = led_.find(by.channel);
  return at == led_.end() || at->second.visit != by.visit ? nullptr : &at->second;
}

bool machine::agi_begins(agi_request const& r, std::function<void()> on_hangup) {
  auto* const l = led(r);
  if (l == nullptr) return false;
  l->on_hangup = std::move(on_hangup);
  return true;
}

void machine::agi_ends(agi_request const& r, std::string const& status) {
  auto const* const l = led(r);
  auto* const c = alive(r.channel);
  if (l == nullptr || c == nullptr) return;
  auto const ended = *l;
  led_.erase(r.channel);
  if (c->ending) {
    if (ended.hung_up) drop(*c);
    return;  // else its end is on its way
  }
  if (ended.goes_to) return begin_at(*c, *ended.goes_to);
  set_variable(*c, "AGISTATUS", status);
  end_turn(*c);
  next(*c);
}

void machine::agi_executes(agi_request const& r, std::string const& app, std::string const& data,
                           std::function<void(int result)> done) {
  auto* const l = led(r);
  auto* const c = alive(r.channel);
  if (l == nullptr || c == nullptr) return;
  static std::set<std::string> const takes_no_time{"NoOp", "Set", "UserEvent"};
  if ((c->ending || l->hung_up) && takes_no_time.count(app) == 0) return done(-1);
  auto const usual = std::make_pair(c->place.app, c->place.data);
  c->place.app = app;
  c->place.data = data;
  emit({event_kind::channel_dialplan, c});
  l->on_executed = [this, serial = c->serial, usual, done = std::move(done)](int result) {
    if (auto* const up = alive(serial)) std::tie(up->place.app, up->place.data) = usual;
    done(result);
  };
  if (execute(*c, app, data) == outcome::next) (void)executed_for_agi(*c);
}

/// Whether what has come to its end was an application that AGI runs, and not the dialplan.
bool machine::executed_for_agi(channel const& c, int result) {
  auto const at = led_.find(c.serial);
  if (at == led_.end() || !at->second.on_executed) return false;
  std::exchange(at->second.on_executed, nullptr)(result);
  return true;
}

void machine::agi_tells(event_kind kind, channel const& c, std::string const& command,
                        std::uint64_t number, std::string const& answer) {
  event e{kind, &c};
  e.name = command;
  e.value = answer;
  e.number = static_cast<long>(number);
  emit(std::move(e));
}

void machine::tell_sound(channel const& c, std::string const& media) {
  emit({event_kind::sound, &c, nullptr, nullptr, nullptr, nullptr, media});
}

/// A channel that AGI leads stays until the program lets go, whatever its device does.
bool machine::agi_holds(channel const& c, std::optional<place> goes_to) {
  auto const at = led_.find(c.serial);
  if (at == led_.end()) return false;
  auto& l = at->second;
  if (!l.on_hangup) {  // nobody has come yet
    led_.erase(at);
    return false;
  }
  l.on_executed = nullptr;
  l.goes_to = std::move(goes_to);
  if (!std::exchange(l.hung_up, true)) l.on_hangup();
  return true;
}

}  // namespace calluna::sim
