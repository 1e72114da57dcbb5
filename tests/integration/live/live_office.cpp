#include "live_office.hpp"

#include "live_pbx.hpp"
#include "testing/office_verbs.hpp"

#include <fmt/format.h>

namespace calluna::integration {
namespace {

using nlohmann::json;
using runtime::testing::behaviour_of;
using runtime::testing::span_of;
using runtime::testing::text;
using runtime::testing::texts;
using stage_of_call = sip_call::stage;

constexpr int no_extension = 404;

std::string number_of(std::string const& endpoint) {
  return endpoint.substr(endpoint.find('/') + 1);
}

// -- what there is

result<json> set_phone(live_pbx& p, json const& a) {
  auto const behaviour = behaviour_of(a);
  if (!behaviour) return fail(behaviour.error());
  auto const endpoint = a.at("endpoint").get<std::string>();
  auto const number = number_of(endpoint);
  auto const [at, is_new] = p.settings().phones.try_emplace(number);
  auto& phone = at->second;
  bool const online = a.value("online", true);
  if (is_new) phone = {number, text(a, "name"), text(a, "context", "from-phones"), online};
  if (is_new || phone.online != online) p.settings_changed();
  phone.online = online;
  p.story().know(endpoint, number);
  p.people().set_phone(number, *behaviour);
  return json();
}

result<json> set_number(live_pbx& p, json const& a) {
  auto const behaviour = behaviour_of(a);
  if (!behaviour) return fail(behaviour.error());
  p.people().set_number(a.at("number").get<std::string>(), *behaviour);
  return json();
}

result<json> add_queue(live_pbx& p, json const& a) {
  auto& q = p.settings().queues[a.at("name").get<std::string>()];
  q.strategy = text(a, "strategy", "ringall");
  q.timeout = a.value("timeout", 15.0);
  q.retry = a.value("retry", 5.0);
  q.members = texts(a, "members");
  p.settings_changed();
  return json();
}

result<json> add_dialplan(live_pbx& p, json const& a) {
  p.settings().add_dialplan(a.at("text").get<std::string>(), p.agi_port());
  p.settings_changed();
  return json();
}

// -- who calls

result<void> prepare(live_pbx& p) {
  error why{error_kind::timeout, "the PBX does not become ready"};
  bool failed = false;
  bool const done = p.wait(
      [&] {
        auto const there = p.ready();
        if (!there) failed = true, why = there.error();
        return failed || *there;
      },
      std::chrono::seconds(20));
  if (failed || !done) return fail(why);
  return {};
}

result<sip_agent::call> dial(live_pbx& p, json const& a, std::string const& exten) {
  if (auto const there = prepare(p); !there) return fail(there.error());
  auto const endpoint = text(a, "endpoint", "PJSIP/trunk");
  auto const phone = p.settings().phones.find(number_of(endpoint));
  if (endpoint != "PJSIP/trunk" && phone == p.settings().phones.end())
    return fail(error_kind::invalid, fmt::format("pbx:call: there is no '{}'", endpoint));
  sip_party const from = endpoint == "PJSIP/trunk" ? sip_party{text(a, "name"), text(a, "from")}
                                                   : sip_party{phone->second.name, phone->first};
  // One call after the other: the next one by which this endpoint calls is this.
  auto const before = p.story().count();
  auto const c = p.people().phones().dial(number_of(endpoint), from, exten);
  p.wait([&] { return p.story().call_after(before, endpoint) != 0 || c->status == no_extension; });
  auto const serial = p.story().call_after(before, endpoint);
  if (serial == 0)
    return fail(error_kind::invalid,
                fmt::format("pbx:call: the PBX does not take a call of {} to {} ({}; pbx:dialplan)",
                            endpoint, exten, c->status));
  p.people().match(c->call_id, serial);
  return c;
}

json told(live_pbx& p, sip_agent::call const& c) {
  auto const& r = p.story().record(p.people().serial_of(c));
  return {{"serial", r.serial}, {"who", r.who}};
}

result<json> arrive(live_pbx& p, json const& a, std::string const& exten) {
  auto const c = dial(p, a, exten);
  if (!c) return fail(c.error());
  return told(p, *c);
}

result<json> call(live_pbx& p, json const& a) {
  constexpr char const* context = "from-trunk";
  if (a.contains("application") && text(a, "endpoint").empty() &&
      !p.settings().has_extension(context, "s")) {
    p.settings().add_dialplan(
        fmt::format("[{}]\nexten => s,1,Stasis({})\n", context, text(a, "application")),
        p.agi_port());
    p.settings_changed();
  }
  auto const c = dial(p, a, text(a, "to"));
  if (!c) return fail(c.error());
  if (a.contains("stays"))
    p.people().later(*c, span_of(a, "stays", 0), [&p, c = *c] { p.people().phones().hang_up(c); });
  return told(p, *c);
}

result<json> make_busy(live_pbx& p, json const& a) {
  auto const c = dial(p, a, live_settings::busy_extension);
  if (!c) return fail(c.error());
  if (!p.wait([&] { return (*c)->at == stage_of_call::up; }))
    return fail(error_kind::timeout, "a phone does not become busy");
  return told(p, *c).at("serial");
}

result<json> pick_up(live_pbx& p, json const& a) {
  auto const other = text(a, "other");
  return arrive(p, a, other.empty() ? "*8" : live_settings::pickup_extension + number_of(other));
}

result<json> retrieve(live_pbx& p, json const& a) {
  return arrive(p, a, a.at("space").get<std::string>());
}

// -- what people do

/// The phone's end of that channel.
result<sip_agent::call> call_of(live_pbx& p, std::uint64_t serial) {
  if (p.story().record(serial).ended) return fail(error_kind::invalid, "that call is over already");
  p.wait([&] { return p.people().call_of(serial) != nullptr; });
  auto const c = p.people().call_of(serial);
  if (!c) return fail(error_kind::invalid, "no phone has that call");
  return c;
}

result<json> act(live_pbx& p, json const& a) {
  auto const serial = a.at("serial").get<std::uint64_t>();
  auto const what = a.at("what").get<std::string>();
  auto const c = call_of(p, serial);
  if (!c) return fail(c.error());
  auto& phones = p.people().phones();
  auto const& r = p.story().record(serial);
  if (what == "hangup" || what == "decline") {
    what == "hangup" ? phones.hang_up(*c) : phones.decline(*c, 486);
    p.wait([&] { return r.ended; });
  }
  if (what == "press")
    for (auto const key : a.at("keys").get<std::string>()) {
      auto const before = r.pressed.size();
      phones.press(*c, key);
      p.wait([&] { return r.ended || r.pressed.size() > before; });
    }
  if (what == "hold" || what == "unhold") phones.hold(*c, what == "hold");
  if (what == "answer") {
    phones.answer(*c);
    p.wait([&] { return r.ended || r.answered; });
  }
  return json();
}

result<json> transfer(live_pbx& p, json const& a) {
  auto const serial = a.at("serial").get<std::uint64_t>();
  auto const c = call_of(p, serial);
  if (!c) return fail(c.error());
  p.people().phones().transfer(*c, a.at("to").get<std::string>());
  p.wait([&] { return p.story().record(serial).ended; });
  return json();
}

result<json> consult(live_pbx& p, json const& a) {
  auto const first = call_of(p, a.at("serial").get<std::uint64_t>());
  if (!first) return fail(first.error());
  p.people().phones().hold(*first, true);
  return arrive(p, {{"endpoint", "PJSIP/" + (*first)->endpoint}}, a.at("to").get<std::string>());
}

result<json> complete(live_pbx& p, json const& a) {
  auto const first = call_of(p, a.at("first").get<std::uint64_t>());
  auto const second = call_of(p, a.at("second").get<std::uint64_t>());
  if (!first || !second) return fail(first ? second.error() : first.error());
  auto& phones = p.people().phones();
  if ((*second)->at == stage_of_call::up) {
    phones.join(*first, *second);
  } else {
    phones.hang_up(*second);
    phones.transfer(*first, (*second)->number);
  }
  p.wait([&] { return (*first)->at == stage_of_call::ended; });
  return json();
}

result<json> park(live_pbx& p, json const& a) {
  auto const serial = a.at("serial").get<std::uint64_t>();
  auto const& r = p.story().record(serial);
  if (r.bridged.empty()) return fail(error_kind::invalid, "it talks to nobody");
  if (text(a, "lot", "default") != "default")
    return fail(error_kind::invalid, "there is no parking lot " + text(a, "lot"));
  auto const& other = p.story().record(*r.bridged.begin());
  if (auto done = transfer(p, {{"serial", serial}, {"to", "700"}}); !done) return done;
  if (!p.wait([&] { return !other.parked.empty(); }))
    return fail(error_kind::busy, "no space is free");
  return json(other.parked);
}

}  // namespace

std::map<std::string_view, result<json> (*)(live_pbx&, json const&)> const& live_office_verbs() {
  static std::map<std::string_view, result<json> (*)(live_pbx&, json const&)> const all{
      {"phone", set_phone},   {"number", set_number},     {"queue", add_queue},
      {"call", call},         {"dialplan", add_dialplan}, {"busy", make_busy},
      {"act", act},           {"pickup", pick_up},        {"retrieve", retrieve},
      {"park", park},         {"transfer", transfer},     {"consult", consult},
      {"complete", complete},
  };
  return all;
}

}  // namespace calluna::integration
