// Running the dialplan: one step after the other, until an application takes time.
#include <calluna/sim/machine.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace calluna::sim {
namespace {

constexpr int most_steps = 10'000;  // without time passing: a Goto that goes in circles

long number_in(std::string const& text, long otherwise) {
  long value = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

span seconds_in(std::string const& text, double otherwise) {
  char* end = nullptr;
  auto const value = std::strtod(text.c_str(), &end);
  return span(static_cast<std::int64_t>((end == text.c_str() ? otherwise : value) * 1e6));
}

std::string without_blanks(std::string const& text) {
  auto const begin = text.find_first_not_of(" \t");
  return begin == std::string::npos ? ""
                                    : text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}

int cause_in(std::string const& text) {
  if (text == "busy") return 17;
  if (text == "congestion") return 34;
  if (text == "no_answer") return 19;
  return static_cast<int>(number_in(text, 0));
}

}  // namespace

void machine::proceed(channel& c) {
  auto const serial = c.serial;
  for (int steps = 0; steps < most_steps; ++steps) {
    auto const* s = plan_.find(c.place.context, c.place.exten, c.place.priority);
    if (s == nullptr) return fall_off(c);
    c.place.app = s->app;
    c.place.data = expand(c, s->data);
    emit({event_kind::channel_dialplan, &c});
    auto const came = execute(c, c.place.app, c.place.data);
    if (came != outcome::next || alive(serial) == nullptr) return;
    ++c.place.priority;
  }
  hang_up(c, 34);
}

void machine::next(channel& c) {
  if (c.ending || executed_for_agi(c)) return;
  if (c.one_application) {
    c.cause = 16;
    return finish(c);
  }
  ++c.place.priority;
  proceed(c);
}

/// There is no such priority: the dialplan has no more to say.
void machine::fall_off(channel& c) {
  c.place.app.clear();
  finish(c);
}

std::string machine::expand(channel& c, std::string_view text) {
  return substitute(text, [&](std::string const& name) { return variable(c, name).value_or(""); });
}

std::optional<std::string> machine::variable(channel& c, std::string const& name) {
  if (name == "EXTEN") return c.place.exten;
  if (name == "CONTEXT") return c.place.context;
  if (name == "PRIORITY") return std::to_string(c.place.priority);
  if (name == "UNIQUEID" || name == "CHANNEL(uniqueid)") return c.id;
  if (name == "CHANNEL(linkedid)") return c.linkedid;
  if (name == "CHANNEL" || name == "CHANNEL(name)") return c.name;
  if (name == "CHANNEL(state)") return to_string(c.state);
  if (name == "CHANNEL(language)") return c.language;
  if (name == "CALLERID(num)" || name == "CALLERID(number)") return c.caller.number;
  if (name == "CALLERID(name)") return c.caller.name;
  if (name == "CALLERID(all)") return fmt::format("\"{}\" <{}>", c.caller.name, c.caller.number);
  if (name == "CONNECTEDLINE(num)") return c.connected.number;
  if (name == "CONNECTEDLINE(name)") return c.connected.name;
  if (name == "HANGUPCAUSE") return std::to_string(c.cause);
  if (auto const at = c.variables.find(name); at != c.variables.end()) return at->second;
  // What a channel hands down is called _NAME or __NAME by who sets it.
  for (auto const* prefix : {"_", "__"})
    if (auto const at = c.variables.find(prefix + name); at != c.variables.end()) return at->second;
  return global(name);
}

/// Of no channel: a global variable, or PJSIP_ENDPOINT(101,context).
std::optional<std::string> machine::global(std::string const& name) {
  if (auto const at = globals_.find(name); at != globals_.end()) return at->second;
  constexpr std::string_view of_endpoint = "PJSIP_ENDPOINT(";
  if (name.rfind(of_endpoint, 0) != 0) return {};
  auto const comma = name.find(',');
  if (comma == std::string::npos || name.substr(comma) != ",context)") return {};
  auto const* e =
      find_endpoint("PJSIP/" + name.substr(of_endpoint.size(), comma - of_endpoint.size()));
  return e == nullptr ? std::nullopt : std::optional(e->context);
}

machine::outcome machine::execute(channel& c, std::string const& app, std::string const& data) {
  auto const arguments = split_arguments(data);
  auto const argument = [&](std::size_t i) {
    return i < arguments.size() ? without_blanks(arguments[i]) : std::string();
  };
  if (app == "Ringing") return hears_ringing(c), outcome::next;
  if (app == "NoOp" || app == "Progress") return outcome::next;
  if (app == "Answer") return answer(c), outcome::next;
  if (app == "Hangup" || app == "Busy" || app == "Congestion") {
    auto const cause = app == "Busy" ? 17 : app == "Congestion" ? 34 : cause_in(argument(0));
    if (cause != 0) c.cause = cause;
    return finish(c), outcome::gone;
  }
  if (app == "Wait") {
    later(c, seconds_in(argument(0), 0), [this](channel& up) { next(up); });
    return outcome::stays;
  }
  if (app == "Set") {
    auto const equals = data.find('=');
    if (equals != std::string::npos)
      set_variable(c, without_blanks(data.substr(0, equals)), data.substr(equals + 1));
    return outcome::next;
  }
  if (app == "Goto") {
    auto const& place = arguments.back();
    if (arguments.size() > 1) c.place.exten = argument(arguments.size() - 2);
    if (arguments.size() > 2) c.place.context = argument(0);
    auto priority = static_cast<int>(number_in(place, 0));
    if (priority == 0) priority = plan_.labelled(c.place.context, c.place.exten, place);
    c.place.priority = priority - 1;  // the step that follows is this one
    if (plan_.find(c.place.context, c.place.exten, priority) == nullptr)
      return fall_off(c), outcome::gone;
    return outcome::next;
  }
  if (app == "UserEvent") {
    std::vector<std::pair<std::string, std::string>> fields;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
      auto const colon = arguments[i].find(':');
      if (colon != std::string::npos)
        fields.emplace_back(without_blanks(arguments[i].substr(0, colon)),
                            without_blanks(arguments[i].substr(colon + 1)));
    }
    user_event(argument(0), std::move(fields), &c);
    return outcome::next;
  }
  if (app == "Playback") {
    if (argument(1).find("noanswer") == std::string::npos) answer(c);
    span length{0};
    for (auto const& sound : split_arguments(argument(0), '&'))
      length += length_of("sound:" + sound);
    later(c, length, [this](channel& up) {
      up.variables["PLAYBACKSTATUS"] = "SUCCESS";
      next(up);
    });
    return outcome::stays;
  }
  if (app == "MusicOnHold") {
    start_music(c, argument(0).empty() ? "default" : argument(0));
    if (!argument(1).empty())
      later(c, seconds_in(argument(1), 0), [this](channel& up) {
        stop_music(up);
        next(up);
      });
    return outcome::stays;
  }
  if (app == "Stasis") {
    auto const name = argument(0);
    if (applications_.count(name) == 0) {
      c.variables["STASISSTATUS"] = "FAILED";
      return outcome::next;
    }
    c.variables.erase("STASISSTATUS");
    enter_stasis(c, name, {arguments.begin() + 1, arguments.end()});
    return outcome::stays;
  }
  if (app == "AGI") return start_agi(c, arguments);
  if (app == "Dial") return start_dial(c, arguments);
  if (app == "Queue") return start_queue(c, arguments);
  if (app == "Park") return start_parking(c, arguments);
  if (app == "ParkedCall") return start_unparking(c, arguments);
  if (app == "Pickup" || app == "PickupChan")
    return start_pickup(c, argument(0), app == "PickupChan");
  if (app == "ConfBridge") return start_conference(c, argument(0));
  if (app == "ChanSpy") return start_spying(c, arguments);
  return outcome::next;
}

/// ChanSpy(channel[,options]): the one of that name, with option u of that unique id.
machine::outcome machine::start_spying(channel& c, std::vector<std::string> const& arguments) {
  auto const name = without_blanks(arguments.empty() ? "" : arguments[0]);
  auto const chosen = arguments.size() > 1 ? arguments[1] : std::string();
  auto const* const to = chosen.find('u') != std::string::npos ? find(name) : find_named(name);
  answer(c);
  if (to == nullptr || to->ending || to == &c) {
    // Without S it would wait for a channel to come.
    return chosen.find('S') != std::string::npos ? outcome::next : outcome::stays;
  }
  end_turn(c);
  c.spied = to->id;
  c.spied_in = c.turn;
  emit({event_kind::spy_begin, &c, to});
  return outcome::stays;
}

/// The channel with that id is gone: who listened to it goes on in the dialplan.
void machine::spies_are_left(std::string const& id) {
  std::vector<std::uint64_t> listening;
  for (auto const& [serial, c] : channels_)
    if (c->spied == id) listening.push_back(serial);
  for (auto const serial : listening)
    time_.after(span(0), [this, serial] {
      auto* const c = alive(serial);
      if (c == nullptr) return;
      c->spied.clear();
      if (c->ending || c->spied_in != c->turn) return;
      emit({event_kind::spy_end, c});
      next(*c);
    });
}

machine::outcome machine::start_dial(channel& c, std::vector<std::string> const& arguments) {
  std::vector<target> targets;
  auto const names = split_arguments(arguments[0], '&');
  for (auto const& name : names) {
    auto to = find_target(without_blanks(name));
    if (to && to->online && channels_.size() < options_.max_channels)
      targets.push_back(std::move(*to));
  }
  if (targets.empty()) {
    c.cause = names.empty() ? 0 : 3;
    set_variable(c, "DIALSTATUS", "CHANUNAVAIL");
    return outcome::next;
  }
  auto& d = dials_[c.serial] = {};
  if (arguments.size() > 2) d.goes_on = arguments[2].find('g') != std::string::npos;
  end_turn(c);
  auto const serial = c.serial;
  for (auto const& to : targets)
    if (alive(serial) != nullptr) ring_leg(c, to, targets.size() == 1, called_by::dial);
  if (arguments.size() > 1 && !without_blanks(arguments[1]).empty())
    later(c, seconds_in(arguments[1], 0), [this](channel& up) {
      auto const at = dials_.find(up.serial);
      if (at == dials_.end() || at->second.callee != 0) return;
      cancel_legs(up, at->second, "NOANSWER", 0);
      dial_is_over(up, "NOANSWER");
    });
  return outcome::stays;
}

}  // namespace calluna::sim
