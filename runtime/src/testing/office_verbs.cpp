#include "office_verbs.hpp"

#include <fmt/format.h>

#include <cmath>

namespace calluna::runtime::testing {

using nlohmann::json;

std::string text(json const& in, char const* key, std::string otherwise) {
  return in.contains(key) ? in[key].get<std::string>() : std::move(otherwise);
}

std::chrono::nanoseconds seconds(double n) {
  return std::chrono::nanoseconds(std::llround(n * 1e9));
}

sim::span span_of(json const& in, char const* key, double otherwise) {
  return std::chrono::duration_cast<sim::span>(seconds(in.value(key, otherwise)));
}

std::vector<std::string> texts(json const& in, char const* key) {
  if (!in.contains(key) || in[key].is_object()) return {};
  return in[key].get<std::vector<std::string>>();
}

result<json> nothing(result<void> const& outcome) {
  if (!outcome) return fail(outcome.error());
  return json();
}

result<sim::behaviour> behaviour_of(json const& a) {
  using kind = sim::behaviour::kind;
  static std::map<std::string, kind> const words{{"answer", kind::answer},
                                                 {"noanswer", kind::noanswer},
                                                 {"busy", kind::busy},
                                                 {"reject", kind::reject},
                                                 {"congestion", kind::congestion}};
  auto const word = words.find(text(a, "does", "answer"));
  if (word == words.end())
    return fail(error_kind::invalid,
                fmt::format("'{}' is nothing that a phone does: answer, noanswer, busy, reject, "
                            "congestion",
                            text(a, "does")));
  sim::behaviour b;
  b.does = word->second;
  b.after = span_of(a, "after", 1);
  if (a.contains("hang_up_after")) b.hang_up_after = span_of(a, "hang_up_after", 0);
  b.keys = text(a, "keys");
  b.keys_after = span_of(a, "keys_after", 1);
  return b;
}

namespace {

// -- what there is

result<json> set_phone(office const& o, json const& a) {
  auto const behaviour = behaviour_of(a);
  if (!behaviour) return fail(behaviour.error());
  auto& m = o.machine;
  auto const endpoint = a.at("endpoint").get<std::string>();
  bool const online = a.value("online", true);
  if (m.find_endpoint(endpoint) == nullptr) {
    auto const number = text(a, "number");
    m.add_endpoint(
        {endpoint, text(a, "context", "from-phones"), {number, text(a, "name")}, online});
  } else {
    m.set_online(endpoint, online);
  }
  o.actors.set_behaviour(endpoint, *behaviour);
  return json();
}

result<json> set_number(office const& o, json const& a) {
  auto const behaviour = behaviour_of(a);
  if (!behaviour) return fail(behaviour.error());
  o.actors.set_number(a.at("number").get<std::string>(), *behaviour);
  return json();
}

result<json> add_queue(office const& o, json const& a) {
  sim::queue q;
  q.name = a.at("name").get<std::string>();
  q.strategy = text(a, "strategy", "ringall");
  q.member_timeout = span_of(a, "timeout", 15);
  q.retry = span_of(a, "retry", 5);
  for (auto const& member : texts(a, "members")) q.members.push_back({member, member});
  o.machine.add_queue(std::move(q));
  return json();
}

result<json> add_dialplan(office const& o, json const& a) {
  return nothing(o.machine.plan().read(a.at("text").get<std::string>()));
}

// -- who calls

/// The call, and who that is for people: the number, or the phone.
json told(office const& o, sim::channel const& c) {
  auto const* e = o.machine.find_endpoint(c.endpoint);
  bool const own = e != nullptr && e->callerid.number == c.caller.number;
  return {{"serial", c.serial},
          {"who", own || c.caller.number.empty() ? c.endpoint : c.caller.number}};
}

result<json> arrive(office const& o, json const& a, std::string const& exten,
                    std::string const& context = {}) {
  sim::machine::arrival arrival;
  arrival.endpoint = text(a, "endpoint", "PJSIP/trunk");
  arrival.caller = {text(a, "from"), text(a, "name")};
  arrival.exten = exten;
  arrival.context = context;
  auto const* endpoint = o.machine.find_endpoint(arrival.endpoint);
  if (endpoint == nullptr)
    return fail(error_kind::invalid, fmt::format("pbx:call: there is no '{}'", arrival.endpoint));
  auto const* made = o.machine.arrive(arrival);
  if (made == nullptr)
    return fail(error_kind::invalid,
                !endpoint->online
                    ? fmt::format("pbx:call: {} is offline", arrival.endpoint)
                    : fmt::format("pbx:call: there is no extension {} in [{}] of the "
                                  "dialplan (pbx:dialplan)",
                                  exten, context.empty() ? endpoint->context : context));
  return told(o, *made);
}

/// With `application`: to that Stasis application, unless the dialplan leads them elsewhere.
result<json> call(office const& o, json const& a) {
  auto const* endpoint = o.machine.find_endpoint(text(a, "endpoint", "PJSIP/trunk"));
  if (a.contains("application") && endpoint != nullptr &&
      !o.machine.plan().has(endpoint->context, "s"))
    (void)o.machine.plan().read(
        fmt::format("[{}]\nexten => s,1,Stasis({})\n", endpoint->context, text(a, "application")));
  auto made = arrive(o, a, text(a, "to"));
  if (made && a.contains("stays"))
    o.machine.time().after(span_of(a, "stays", 0),
                           [&m = o.machine, serial = made->at("serial").get<std::uint64_t>()] {
                             m.device_hangs_up(serial);
                           });
  return made;
}

/// An extension that only such verbs reach.
std::string own_extension(office const& o, std::string const& name, std::string const& steps) {
  if (!o.machine.plan().has("calluna-test", name))
    (void)o.machine.plan().read(fmt::format("[calluna-test]\nexten => {},1,{}\n", name, steps));
  return name;
}

/// A call of its own, with somebody who is nobody else's concern.
result<json> make_busy(office const& o, json const& a) {
  auto const exten = own_extension(o, "busy", "Answer()\n same => n,Wait(99999999)");
  auto const made = arrive(o, a, exten, "calluna-test");
  if (!made) return made;
  return made->at("serial");
}

/// It takes the call that rings at another phone, or anywhere.
result<json> pick_up(office const& o, json const& a) {
  auto const other = text(a, "other");
  if (other.empty()) return arrive(o, a, "*8");
  auto name = "pickup-" + other.substr(other.find('/') + 1);
  return arrive(o, a, own_extension(o, name, "PickupChan(" + other + ")"), "calluna-test");
}

/// It takes a parked call.
result<json> retrieve(office const& o, json const& a) {
  auto const space = a.at("space").get<std::string>();
  for (auto const& [name, lot] : o.machine.parking_lots())
    if (o.machine.plan().has(lot.context, space)) return arrive(o, a, space, lot.context);
  return fail(error_kind::invalid, fmt::format("no parking lot has a space {}", space));
}

// -- what people do

result<json> act(office const& o, json const& a) {
  auto& m = o.machine;
  auto const serial = a.at("serial").get<std::uint64_t>();
  auto const what = a.at("what").get<std::string>();
  if (m.alive(serial) == nullptr) return fail(error_kind::invalid, "that call is over already");
  if (what == "hangup") m.device_hangs_up(serial);
  if (what == "press") m.device_presses(serial, a.at("keys").get<std::string>());
  if (what == "hold") m.device_holds(serial);
  if (what == "unhold") m.device_unholds(serial);
  if (what == "answer") m.device_answers(serial);
  if (what == "decline") m.device_declines(serial, 17, 486);
  return json();
}

result<json> transfer(office const& o, json const& a) {
  return nothing(o.machine.device_transfers(a.at("serial").get<std::uint64_t>(),
                                            a.at("to").get<std::string>()));
}

result<json> consult(office const& o, json const& a) {
  auto const second =
      o.machine.device_consults(a.at("serial").get<std::uint64_t>(), a.at("to").get<std::string>());
  if (!second) return fail(second.error());
  return told(o, **second);
}

result<json> complete(office const& o, json const& a) {
  return nothing(o.machine.device_completes(a.at("first").get<std::uint64_t>(),
                                            a.at("second").get<std::uint64_t>()));
}

/// The other side is parked; gives the space.
result<json> park(office const& o, json const& a) {
  auto& m = o.machine;
  auto* const c = m.alive(a.at("serial").get<std::uint64_t>());
  auto* const other = c == nullptr ? nullptr : m.peer_of(*c);
  if (other == nullptr) return fail(error_kind::invalid, "it talks to nobody");
  auto const lot = m.parking_lots().find(text(a, "lot", "default"));
  if (lot == m.parking_lots().end())
    return fail(error_kind::invalid, fmt::format("there is no parking lot {}", text(a, "lot")));
  auto const waits = other->serial;
  if (auto done = m.blind_transfer(*c, lot->second.context, lot->second.park); !done)
    return fail(done.error());
  m.time().advance_to(m.now());
  auto const parked = m.parked().find(waits);
  if (parked == m.parked().end()) return fail(error_kind::busy, "no space is free");
  return json(std::to_string(parked->second.space));
}

}  // namespace

std::map<std::string_view, office_verb> const& office_verbs() {
  static std::map<std::string_view, office_verb> const all{
      {"phone", {set_phone, false}}, {"number", {set_number, false}},
      {"queue", {add_queue, false}}, {"dialplan", {add_dialplan, false}},
      {"call", {call, true}},        {"busy", {make_busy, true}},
      {"pickup", {pick_up, true}},   {"retrieve", {retrieve, true}},
      {"act", {act, true}},          {"transfer", {transfer, true}},
      {"consult", {consult, true}},  {"complete", {complete, true}},
      {"park", {park, true}},
  };
  return all;
}

}  // namespace calluna::runtime::testing
