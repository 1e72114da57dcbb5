#include "stage_verbs.hpp"

#include "office_verbs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace calluna::runtime::testing {
namespace {

using nlohmann::json;

// -- what there is

result<json> set_config(stage& s, json const& a) {
  s.set_config(a);
  return json();
}

result<json> add_partner(stage& s, json const& a) {
  directory::partner p;
  p.id = text(a, "id");
  p.name = text(a, "name");
  p.company = text(a, "company");
  p.numbers = texts(a, "numbers");
  p.tags = texts(a, "tags");
  p.salesperson = text(a, "salesperson");
  p.salesperson_endpoints = texts(a, "endpoints");
  p.url = text(a, "url");
  p.lang = text(a, "lang");
  return nothing(s.add_partner(std::move(p)));
}

result<json> add_user(stage& s, json const& a) {
  directory::user u;
  u.id = text(a, "id");
  u.name = text(a, "name", u.id);
  u.extension = text(a, "extension");
  u.email = text(a, "email");
  u.lang = text(a, "lang");
  u.external_id = text(a, "external_id");
  for (auto const& channel : texts(a, "phones"))
    u.devices.push_back({channel, "from-phones", true, text(a, "auto_answer")});
  return nothing(s.add_user(std::move(u)));
}

// -- calls

json to_json(stage& s, channel_record& r) {
  auto const others = [&](std::set<std::uint64_t> const& serials) {
    json list = json::array();
    for (auto const serial : serials)
      if (auto const* o = s.story().find(serial))
        list.push_back({{"serial", serial}, {"who", o->who}, {"endpoint", o->endpoint}});
    return list;
  };
  s.pbx().refresh(r);
  return {{"serial", r.serial},
          {"id", r.id},
          {"who", r.who},
          {"endpoint", r.endpoint},
          {"called_us", r.called_us},
          {"state", r.state},
          {"stasis", r.stasis},
          {"music", r.music},
          {"context", r.context},
          {"extension", r.exten},
          {"application", r.app},
          {"parked", r.parked},
          {"sounding", r.sounding},
          {"dialplan", r.dialplan},
          {"heard", r.heard},
          {"pressed", r.pressed},
          {"variables", r.variables},
          {"caller_name", r.caller_name},
          {"caller_number", r.caller_number},
          {"connected_name", r.connected_name},
          {"connected_number", r.connected_number},
          {"bridged", others(r.bridged)},
          {"ever_bridged", others(r.ever_bridged)},
          {"answered", r.answered},
          {"ended", r.ended},
          {"cause", r.cause}};
}

/// The application that is called where the test names no extension.
result<std::string> only_application(stage& s) {
  auto const served = s.served();
  if (served.size() == 1) return served[0];
  return fail(error_kind::invalid,
              served.empty() ? "pbx:call: say `to`: the app serves no Stasis application"
                             : fmt::format("pbx:call: say `to`: the app serves several Stasis "
                                           "applications: {}",
                                           fmt::join(served, ", ")));
}

/// Without an extension they come to the app's only application.
result<json> call(stage& s, json a) {
  if (text(a, "to").empty()) {
    auto const app = only_application(s);
    if (!app) return fail(app.error());
    a["to"] = "s";
    a["application"] = *app;
  }
  return s.pbx().office("call", a);
}

result<json> channel(stage& s, json const& a) {
  auto* r = s.story().find(a.at("serial").get<std::uint64_t>());
  if (r == nullptr) return fail(error_kind::invalid, "there is no such call");
  return to_json(s, *r);
}

result<json> phone(stage& s, json const& a) {
  json list = json::array();
  for (auto* r : s.story().of_endpoint(a.at("endpoint").get<std::string>()))
    list.push_back(to_json(s, *r));
  return list;
}

// -- time, and what has come of it

result<json> begin(stage& s, json const&) {
  return nothing(s.begin());
}

result<json> advance(stage& s, json const& a) {
  if (auto begun = s.begin(); !begun) return fail(begun.error());
  return nothing(s.advance(seconds(a.at("seconds").get<double>())));
}

result<json> step(stage& s, json const& a) {
  if (auto begun = s.begin(); !begun) return fail(begun.error());
  auto const more = s.step(seconds(a.at("seconds").get<double>()));
  if (!more) return fail(more.error());
  return json(*more);
}

/// As far as a recording goes.
result<json> play(stage& s, json const&) {
  if (auto begun = s.begin(); !begun) return fail(begun.error());
  return nothing(s.advance(s.pbx().remaining()));
}

result<json> now(stage& s, json const&) {
  return json(std::chrono::duration<double>(s.passed()).count());
}

result<json> logged(stage& s, json const&) {
  static char const* const words[] = {"debug", "info", "warning", "error"};
  json list = json::array();
  for (auto const& l : s.story().log())
    list.push_back({{"level", words[static_cast<int>(l.level)]}, {"text", l.text}});
  return list;
}

result<json> asked(stage& s, json const&) {
  return json(s.asked());
}

result<json> strike(stage& s, json const& a) {
  auto const what = a.at("what").get<std::string>();
  s.strike(what == "restart" ? fault::restart : fault::drop);
  return nothing(s.advance({}));
}

result<json> slow(stage& s, json const& a) {
  s.pbx().slowness =
      std::chrono::duration_cast<std::chrono::milliseconds>(seconds(a.at("seconds").get<double>()));
  return json();
}

// -- the business system

result<json> erp_put(stage& s, json const& a) {
  return json(s.business().put(a.at("model").get<std::string>(), a.at("values")));
}

result<json> erp_records(stage& s, json const& a) {
  return s.business().records(a.at("model").get<std::string>());
}

result<json> erp_teach(stage& s, json const& a) {
  s.business().teach(a.at("model").get<std::string>(), a.at("method").get<std::string>(),
                     a.value("answer", json()));
  return json();
}

result<json> erp_fault(stage& s, json const& a) {
  auto& erp = s.business();
  erp.down = a.value("down", erp.down);
  if (a.contains("slow"))
    erp.slowness =
        std::chrono::duration_cast<std::chrono::milliseconds>(seconds(a["slow"].get<double>()));
  s.story().note(
      erp.down ? "FAULT: the business system cannot be reached"
               : fmt::format("the business system answers after {} ms", erp.slowness.count()));
  return json();
}

verb_map const verbs{
    {"erp_put", erp_put},
    {"erp_records", erp_records},
    {"erp_teach", erp_teach},
    {"erp_fault", erp_fault},
    {"config", set_config},
    {"partner", add_partner},
    {"user", add_user},
    {"channel", channel},
    {"phone_channels", phone},
    {"begin", begin},
    {"advance", advance},
    {"step", step},
    {"now", now},
    {"play", play},
    {"log", logged},
    {"asked", asked},
    {"strike", strike},
    {"slow", slow},
};

/// What people do needs an app that has begun, and what comes of it at once comes now.
result<json> ask_office(stage& s, office_verb const& verb, std::string_view name, json const& a) {
  if (!verb.acts) return s.pbx().office(name, a);
  if (auto begun = s.begin(); !begun) return fail(begun.error());
  auto done = name == "call" ? call(s, a) : s.pbx().office(name, a);
  if (!done) return done;
  if (auto passed = s.advance({}); !passed) return fail(passed.error());
  return done;
}

}  // namespace

result<json> ask(stage& of, std::string_view name, json const& argument) {
  try {
    if (auto const at = office_verbs().find(name); at != office_verbs().end())
      return ask_office(of, at->second, name, argument);
    for (auto const* some : {&verbs, &server_verbs(), &web_verbs()})
      if (auto const at = some->find(name); at != some->end()) return at->second(of, argument);
  } catch (json::exception const& e) {
    return fail(error_kind::invalid, fmt::format("{}: {}", name, e.what()));
  }
  return fail(error_kind::invalid, fmt::format("there is no '{}'", name));
}

}  // namespace calluna::runtime::testing
