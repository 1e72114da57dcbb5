// ARI's operations on channels, and on what is not a bridge or a sound.
#include "ari_arguments.hpp"
#include "time_text.hpp"

#include <fmt/format.h>

namespace calluna::sim {
namespace {

using json = nlohmann::ordered_json;

/// What ARI's `reason` means as a cause.
int cause_of(std::string const& reason) {
  static std::map<std::string, int> const causes{{"normal", 16},
                                                 {"busy", 17},
                                                 {"congestion", 34},
                                                 {"no_answer", 19},
                                                 {"timeout", 19},
                                                 {"rejected", 21},
                                                 {"unallocated", 1},
                                                 {"failure", 38},
                                                 {"normal_unspecified", 31},
                                                 {"interworking", 127},
                                                 {"answered_elsewhere", 26},
                                                 {"number_incomplete", 28},
                                                 {"codec_mismatch", 58}};
  auto const at = causes.find(reason);
  return at == causes.end() ? 0 : at->second;
}

span seconds(long n) {
  return std::chrono::seconds(n);
}

}  // namespace

ari_answer ari_front::info(arguments const& a) {
  json all{{"build",
            {{"os", "Linux"},
             {"kernel", "sim"},
             {"options", ""},
             {"machine", "sim"},
             {"date", ""},
             {"user", "calluna"}}},
           {"system", {{"version", "22.10.1"}, {"entity_id", machine_.options().entity_id}}},
           {"config",
            {{"name", machine_.options().systemname},
             {"default_language", "en"},
             {"setid", {{"user", ""}, {"group", ""}}}}},
           {"status",
            {{"startup_time", iso_time(machine_.options().began)},
             {"last_reload_time", iso_time(machine_.options().began)}}}};
  auto const only = a.list("only");
  if (only.empty()) return ok(all);
  auto some = json::object();
  for (auto const& key : only)
    if (all.contains(key)) some[key] = all[key];
  return ok(some);
}

ari_answer ari_front::ping(arguments const&) {
  return ok({{"asterisk_id", machine_.options().entity_id},
             {"ping", "pong"},
             {"timestamp", iso_time(machine_.now())}});
}

ari_answer ari_front::get_global(arguments const& a) {
  return ok({{"value", machine_.global(a.get("variable")).value_or("")}});
}

ari_answer ari_front::set_global(arguments const& a) {
  if (!a.has("variable")) return refuse(400, "Bad Request", "Variable name is required");
  machine_.globals()[a.get("variable")] = a.get("value");
  return {};
}

ari_answer ari_front::list_endpoints(arguments const& a) {
  auto const tech = a.get("tech");
  auto list = json::array();
  for (auto const& [name, e] : machine_.endpoints())
    if (tech.empty() || name.rfind(tech + "/", 0) == 0) list.push_back(to_json(e));
  return ok(list);
}

ari_answer ari_front::get_endpoint(arguments const& a) {
  auto const* e = machine_.find_endpoint(a.get("tech") + "/" + a.get("resource"));
  return e == nullptr ? refuse(404, "Not Found", "Endpoint not found") : ok(to_json(*e));
}

ari_answer ari_front::list_channels(arguments const&) {
  auto list = json::array();
  for (auto const& [serial, c] : machine_.channels()) list.push_back(to_json(*c));
  return ok(list);
}

ari_answer ari_front::get_channel(arguments const& a) {
  auto const* c = machine_.find(a.get("channelId"));
  return c == nullptr ? no_channel() : ok(to_json(*c));
}

ari_answer ari_front::originate(arguments const& a) {
  if (a.get("endpoint").empty()) return refuse(400, "Bad Request", "Endpoint must be specified");
  if (a.get("endpoint").find('/') == std::string::npos)
    return refuse(400, "Bad Request", "Invalid endpoint specified");
  originate_request r;
  r.dial_string = a.get("endpoint");
  r.id = a.get("channelId");
  r.app = a.get("app");
  r.app_args = a.list("appArgs");
  r.context = a.has("context") ? a.get("context") : "default";
  r.exten = a.get("extension");
  r.priority = static_cast<int>(a.number("priority", 1));
  if (r.app.empty() && r.exten.empty())
    return refuse(400, "Bad Request", "Application or extension must be specified");
  r.callerid = read_callerid(a.get("callerId"));
  auto const timeout = a.number("timeout", 30);
  r.timeout.reset();
  if (timeout >= 0) r.timeout = seconds(timeout);
  r.variables = a.variables();
  r.originator = a.get("originator");
  if (!r.originator.empty() && machine_.find(r.originator) == nullptr)
    return refuse(400, "Bad Request", "Provided originator channel was not found");
  auto const app = r.app;
  auto const made = machine_.originate(std::move(r));
  if (!made) {
    if (made.error().kind == error_kind::rejected)
      return refuse(409, "Conflict", made.error().message);
    return {500, "Internal Server Error", R"({"error":"Allocation failed"})"};
  }
  if (!app.empty()) subscribe(app, "channel:" + (*made)->id);
  return ok(to_json(**made));
}

ari_answer ari_front::create(arguments const& a) {
  if (a.get("endpoint").empty()) return refuse(400, "Bad Request", "Endpoint must be specified");
  originate_request r;
  r.dial_string = a.get("endpoint");
  r.id = a.get("channelId");
  r.originator = a.get("originator");
  r.variables = a.variables();
  auto const made = machine_.create(std::move(r));
  if (!made) {
    if (made.error().kind == error_kind::rejected)
      return refuse(409, "Conflict", made.error().message);
    return {500, "Internal Server Error", R"({"error":"Allocation failed"})"};
  }
  auto& c = **made;
  auto const app = a.get("app");
  subscribe(app, "channel:" + c.id);
  auto const answer = ok(to_json(c));
  machine_.time().after(span(0), [this, serial = c.serial, app, args = a.list("appArgs")] {
    if (auto* const up = machine_.alive(serial)) machine_.lead(*up, app, args);
  });
  return answer;
}

ari_answer ari_front::hangup(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  auto const reason = a.get("reason");
  int cause = 16;
  if (a.has("reason_code"))
    cause = static_cast<int>(a.number("reason_code", 16));
  else if (!reason.empty())
    cause = cause_of(reason);
  if (cause == 0) return refuse(400, "Bad Request", "Invalid reason for hangup provided");
  machine_.hang_up(*c, cause);
  return {};
}

ari_answer ari_front::continue_in_dialplan(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  std::optional<place> to;
  if (a.has("context") || a.has("extension") || a.has("priority") || a.has("label")) {
    to.emplace();
    to->context = a.has("context") ? a.get("context") : c->place.context;
    to->exten = a.has("extension") ? a.get("extension") : c->place.exten;
    to->priority = static_cast<int>(a.number("priority", 1));
    if (a.has("label")) {
      to->priority = machine_.plan().labelled(to->context, to->exten, a.get("label"));
      if (to->priority == 0) return refuse(404, "Not Found", "Requested label does not exist");
    }
  }
  machine_.continue_in_dialplan(*c, std::move(to));
  return {};
}

ari_answer ari_front::move(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  machine_.move(*c, a.get("app"), a.list("appArgs"));
  return {};
}

ari_answer ari_front::answer(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  machine_.answer(*c);
  return {};
}

/// Those of whose effect nothing is told: ringing, silence, muting.
ari_answer ari_front::nothing(arguments const& a) {
  auto const* c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  return c->stasis ? ari_answer{} : not_in_stasis();
}

ari_answer ari_front::send_dtmf(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  if (a.get("dtmf").empty()) return refuse(400, "Bad Request", "DTMF is required");
  machine_.send_digits(*c, a.get("dtmf"));
  return {};
}

ari_answer ari_front::hold(arguments const& a) {
  return nothing(a);
}

ari_answer ari_front::start_moh(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  machine_.start_music(*c, a.get("mohClass"));
  return {};
}

ari_answer ari_front::stop_moh(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  machine_.stop_music(*c);
  return {};
}

ari_answer ari_front::get_variable(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!a.has("variable")) return refuse(400, "Bad Request", "Variable name is required");
  auto const value = machine_.variable(*c, a.get("variable"));
  if (!value) return refuse(404, "Variable Not Found", "Provided variable was not found");
  return ok({{"value", *value}});
}

ari_answer ari_front::set_variable(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!a.has("variable")) return refuse(400, "Bad Request", "Variable name is required");
  machine_.set_variable(*c, a.get("variable"), a.get("value"));
  return {};
}

ari_answer ari_front::get_variables(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  auto values = json::object();
  for (auto const& name : a.list("variables"))
    values[name] = machine_.variable(*c, name).value_or("");
  return ok({{"variables", values}});
}

ari_answer ari_front::set_variables(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  for (auto const& [name, value] : a.variables()) machine_.set_variable(*c, name, value);
  return {};
}

ari_answer ari_front::snoop(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!a.has("app")) return refuse(400, "Bad Request", "Application name is required");
  auto const made = machine_.snoop(*c, a.get("app"), a.list("appArgs"), a.get("snoopId"));
  if (!made) return refuse(409, "Conflict", made.error().message);
  return ok(to_json(**made));
}

ari_answer ari_front::dial(arguments const& a) {
  auto* const c = machine_.find(a.get("channelId"));
  if (c == nullptr) return no_channel();
  if (!c->stasis) return not_in_stasis();
  std::optional<span> timeout;
  if (auto const given = a.number("timeout", 0); given > 0) timeout = seconds(given);
  auto const done = machine_.dial_created(*c, a.get("caller"), timeout);
  if (!done) return refuse(409, "Conflict", done.error().message);
  return {};
}

ari_answer ari_front::list_device_states(arguments const&) {
  return ok(json::array());  // as Asterisk: only those which Stasis made
}

ari_answer ari_front::get_device_state(arguments const& a) {
  auto const name = a.get("deviceName");
  auto const* e = machine_.find_endpoint(name);
  return ok({{"name", name}, {"state", e == nullptr ? "INVALID" : e->device_state}});
}

ari_answer ari_front::user_event(arguments const& a) {
  auto const app = a.get("application");
  if (applications_.count(app) == 0) return refuse(404, "Not Found", "Application not found");
  json fields{{"eventname", a.get("eventName")}};
  for (auto const& [name, value] : a.variables()) fields[name] = value;
  json body{{"type", "ChannelUserevent"},
            {"eventname", a.get("eventName")},
            {"userevent", std::move(fields)}};
  for (auto const& source : a.list("source"))
    if (auto const* c = machine_.find(source.substr(source.find(':') + 1)))
      body["channel"] = to_json(*c);
  tell(applications_[app], app, std::move(body));
  return {};
}

ari_answer ari_front::list_applications(arguments const&) {
  auto list = json::array();
  for (auto const& [name, one] : applications_) list.push_back(to_json(name, one));
  return ok(list);
}

ari_answer ari_front::get_application(arguments const& a) {
  auto const at = applications_.find(a.get("applicationName"));
  if (at == applications_.end()) return refuse(404, "Not Found", "Application not found");
  return ok(to_json(at->first, at->second));
}

ari_answer ari_front::change_subscription(arguments const& a) {
  auto const name = a.get("applicationName");
  auto const at = applications_.find(name);
  if (at == applications_.end()) return refuse(404, "Not Found", "Application not found");
  if (!a.has("eventSource")) return refuse(400, "Bad Request", "Event source is required");
  bool const removes = a.what->nickname == "unsubscribe";
  for (auto const& source : a.list("eventSource")) {
    auto const colon = source.find(':');
    auto const kind = source.substr(0, colon);
    auto const what = colon == std::string::npos ? "" : source.substr(colon + 1);
    if (kind != "channel" && kind != "bridge" && kind != "endpoint" && kind != "deviceState")
      return refuse(400, "Bad Request", "Invalid event source URI scheme");
    bool const there = (kind == "channel" && machine_.find(what) != nullptr) ||
                       (kind == "bridge" && machine_.find_bridge(what) != nullptr) ||
                       (kind == "endpoint" && machine_.find_endpoint(what) != nullptr) ||
                       kind == "deviceState";
    if (!there) return refuse(422, "Unprocessable Entity", "Event source does not exist");
    if (removes)
      unsubscribe(name, source);
    else
      subscribe(name, source);
  }
  return ok(to_json(name, at->second));
}

ari_answer ari_front::filter_events(arguments const& a) {
  auto const at = applications_.find(a.get("applicationName"));
  if (at == applications_.end()) return refuse(404, "Not Found", "Application not found");
  auto const take = [&](char const* key, std::set<std::string>& into) {
    if (!a.body.is_object() || !a.body.contains(key) || !a.body[key].is_array()) return;
    into.clear();
    for (auto const& item : a.body[key])
      if (item.is_object() && item.contains("type") && item["type"].is_string())
        into.insert(item["type"].get<std::string>());
  };
  take("allowed", at->second.allowed);
  take("disallowed", at->second.disallowed);
  return ok(to_json(at->first, at->second));
}

}  // namespace calluna::sim
