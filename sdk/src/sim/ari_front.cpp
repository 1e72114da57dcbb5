#include "ari_arguments.hpp"
#include "time_text.hpp"

#include <fmt/format.h>

namespace calluna::sim {
namespace {

using json = nlohmann::ordered_json;

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> all;
  while (!path.empty()) {
    auto const end = std::min(path.find('/'), path.size());
    all.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return all;
}

/// Whether `path` is one that `pattern` ("channels/{channelId}/play") means; puts what stands in
/// for the braces into `text`.
bool fits(std::string_view pattern, std::vector<std::string> const& path,
          std::map<std::string, std::string>& text) {
  auto const parts = segments_of(pattern);
  // A device, an endpoint or a mailbox may have slashes in its name.
  if (parts.size() > path.size() || parts.empty()) return false;
  bool const open = parts.size() < path.size();
  if (open && (parts.back()[0] != '{' || parts[0] != "deviceStates")) return false;
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto value = path[i];
    if (open && i + 1 == parts.size())
      for (auto j = i + 1; j < path.size(); ++j) value += "/" + path[j];
    if (parts[i][0] == '{')
      found[parts[i].substr(1, parts[i].size() - 2)] = value;
    else if (parts[i] != value)
      return false;
  }
  text = std::move(found);
  return true;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ec == std::errc{}) {
      out += static_cast<char>(code);
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

ari_front::ari_front(machine& on) : machine_(on) {
  machine_.listen([this](event const& e) { hear(e); });
}

// -- requests

std::map<std::string_view, ari_front::handler> const& ari_front::handlers() {
  using f = ari_front;
  static std::map<std::string_view, handler> const all{
      {"asterisk.getInfo", &f::info},
      {"asterisk.ping", &f::ping},
      {"asterisk.getGlobalVar", &f::get_global},
      {"asterisk.setGlobalVar", &f::set_global},
      {"endpoints.list", &f::list_endpoints},
      {"endpoints.listByTech", &f::list_endpoints},
      {"endpoints.get", &f::get_endpoint},
      {"channels.list", &f::list_channels},
      {"channels.get", &f::get_channel},
      {"channels.originate", &f::originate},
      {"channels.originateWithId", &f::originate},
      {"channels.create", &f::create},
      {"channels.hangup", &f::hangup},
      {"channels.continueInDialplan", &f::continue_in_dialplan},
      {"channels.move", &f::move},
      {"channels.answer", &f::answer},
      {"channels.ring", &f::nothing},
      {"channels.ringStop", &f::nothing},
      {"channels.progress", &f::nothing},
      {"channels.sendDTMF", &f::send_dtmf},
      {"channels.mute", &f::nothing},
      {"channels.unmute", &f::nothing},
      {"channels.hold", &f::hold},
      {"channels.unhold", &f::hold},
      {"channels.startMoh", &f::start_moh},
      {"channels.stopMoh", &f::stop_moh},
      {"channels.startSilence", &f::nothing},
      {"channels.stopSilence", &f::nothing},
      {"channels.play", &f::play_to_channel},
      {"channels.playWithId", &f::play_to_channel},
      {"channels.record", &f::record_channel},
      {"channels.getChannelVar", &f::get_variable},
      {"channels.setChannelVar", &f::set_variable},
      {"channels.getChannelVars", &f::get_variables},
      {"channels.setChannelVars", &f::set_variables},
      {"channels.snoopChannel", &f::snoop},
      {"channels.snoopChannelWithId", &f::snoop},
      {"channels.dial", &f::dial},
      {"bridges.list", &f::list_bridges},
      {"bridges.create", &f::create_bridge},
      {"bridges.createWithId", &f::create_bridge},
      {"bridges.get", &f::get_bridge},
      {"bridges.destroy", &f::destroy_bridge},
      {"bridges.addChannel", &f::add_channel},
      {"bridges.removeChannel", &f::remove_channel},
      {"bridges.startMoh", &f::bridge_moh},
      {"bridges.stopMoh", &f::bridge_moh},
      {"bridges.play", &f::play_to_bridge},
      {"bridges.playWithId", &f::play_to_bridge},
      {"bridges.record", &f::record_bridge},
      {"recordings.listStored", &f::list_stored},
      {"recordings.getStored", &f::get_stored},
      {"recordings.getLive", &f::get_live},
      {"recordings.stop", &f::end_live},
      {"recordings.cancel", &f::end_live},
      {"playbacks.get", &f::get_playback},
      {"playbacks.stop", &f::stop_playback},
      {"playbacks.control", &f::control_playback},
      {"deviceStates.list", &f::list_device_states},
      {"deviceStates.get", &f::get_device_state},
      {"events.userEvent", &f::user_event},
      {"applications.list", &f::list_applications},
      {"applications.get", &f::get_application},
      {"applications.subscribe", &f::change_subscription},
      {"applications.unsubscribe", &f::change_subscription},
      {"applications.filter", &f::filter_events},
  };
  return all;
}

ari_answer ari_front::handle(std::string_view method, std::vector<std::string> const& path,
                             query const& fields, std::string_view body, bool read_only) {
  arguments a;
  bool known = false;
  std::map<std::string, std::string> segments;
  // "channels/create" is not a channel called create: a pattern without braces is the better one.
  for (auto const& o : ari::operations()) {
    if (o.upgrade || !fits(o.path, path, segments)) continue;
    known = true;
    if (to_string(o.method) != method) continue;
    if (a.what != nullptr && segments.size() >= a.text.size()) continue;
    a.what = &o;
    a.text = segments;
  }
  if (!known) return refuse(404, "Not Found", "Resource not found");
  if (a.what == nullptr) return refuse(405, "Method Not Allowed", "Invalid method");
  if (read_only && method != "GET") return refuse(403, "Forbidden", "Write access denied");
  if (!body.empty()) {
    a.body = nlohmann::json::parse(body, nullptr, false);
    if (a.body.is_discarded()) return refuse(400, "Bad Request", "Invalid JSON");
  }
  for (auto const& p : a.what->parameters) {
    std::string const name{p.name};
    if (p.place == ari::place::path) continue;
    if (a.body.is_object() && a.body.contains(name)) {
      auto const& v = a.body[name];
      if (v.is_string())
        a.text[name] = v.get<std::string>();
      else if (v.is_array()) {
        std::string joined;
        for (auto const& item : v)
          joined += (joined.empty() ? "" : ",") +
                    (item.is_string() ? item.get<std::string>() : item.dump());
        a.text[name] = joined;
      } else if (!v.is_object())
        a.text[name] = v.dump();
    }
    for (auto const& [key, value] : fields) {
      if (key != name) continue;
      if (p.list && a.has(name))
        a.text[name] += "," + value;
      else
        a.text[name] = value;
    }
  }
  auto const at = handlers().find(a.what->name);
  if (at == handlers().end()) {
    ++unsupported_[std::string(a.what->name)];
    return refuse(501, "Not Implemented", fmt::format("The offline PBX has no {}", a.what->name));
  }
  return (this->*at->second)(a);
}

std::string ari_front::handle_message(std::string_view text, std::string const& application,
                                      bool read_only) {
  auto const request = nlohmann::json::parse(text, nullptr, false);
  std::string uri, request_id, transaction_id;
  ari_answer said;
  auto const text_of = [&](char const* key) {
    return request.is_object() && request.contains(key) && request[key].is_string()
               ? request[key].get<std::string>()
               : std::string();
  };
  if (request.is_discarded() || !request.is_object()) {
    said = {400, "Bad Request", {}};
    said.reason = "Failed to parse request message JSON";
  } else if (uri = text_of("uri"), request_id = text_of("request_id"),
             transaction_id = text_of("transaction_id");
             text_of("type") != "RESTRequest") {
    said = {400, "Unknown request type.", {}};
  } else if (text_of("method").empty()) {
    said = {400, "Unknown or missing 'method' property.", {}};
  } else {
    query fields;
    auto path = uri;
    if (auto const mark = uri.find('?'); mark != std::string::npos) {
      for (auto const& pair : split_arguments(uri.substr(mark + 1), '&')) {
        auto const equals = pair.find('=');
        fields.emplace_back(decoded(pair.substr(0, equals)),
                            equals == std::string::npos ? "" : decoded(pair.substr(equals + 1)));
      }
      path = uri.substr(0, mark);
    }
    if (request.contains("query_strings") && request["query_strings"].is_array())
      for (auto const& q : request["query_strings"])
        if (q.is_object() && q.contains("name") && q["name"].is_string() && q.contains("value") &&
            q["value"].is_string())
          fields.emplace_back(q["name"].get<std::string>(), q["value"].get<std::string>());
    auto parts = segments_of(path);
    for (auto& part : parts) part = decoded(part);
    uri = path;
    if (!path.empty() && path[0] == '/')
      said = refuse(405, "Method Not Allowed", "Invalid method");
    else
      said = handle(text_of("method"), parts, fields, text_of("message_body"), read_only);
  }
  json out{{"type", "RESTResponse"},       {"transaction_id", transaction_id},
           {"request_id", request_id},     {"status_code", said.status},
           {"reason_phrase", said.reason}, {"uri", uri}};
  if (!said.body.empty()) {
    out["content_type"] = "application/json";
    out["message_body"] = said.body;
  }
  out["application"] = application;
  out["timestamp"] = iso_time(machine_.now());
  out["asterisk_id"] = machine_.options().entity_id;
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

// -- applications

std::uint64_t ari_front::connect(std::vector<std::string> const& applications, bool all, sink to) {
  auto const number = ++next_connection_;
  connections_[number] = applications;
  for (auto const& name : applications) {
    auto& a = applications_[name];
    if (a.connection != 0) tell(a, name, {{"type", "ApplicationReplaced"}});
    a.connection = number;
    a.to = to;
    a.all = all;
    machine_.set_application(name, true);
    tell(a, name, {{"type", "ApplicationRegistered"}});
  }
  return number;
}

void ari_front::disconnect(std::uint64_t number) {
  auto const at = connections_.find(number);
  if (at == connections_.end()) return;
  for (auto const& name : at->second) {
    auto& a = applications_[name];
    if (a.connection != number) continue;
    a.connection = 0;
    a.to = nullptr;
    machine_.set_application(name, false);
  }
  connections_.erase(at);
}

void ari_front::subscribe(std::string const& app, std::string const& source) {
  ++applications_[app].sources[source];
}

void ari_front::unsubscribe(std::string const& app, std::string const& source) {
  auto const a = applications_.find(app);
  if (a == applications_.end()) return;
  auto const at = a->second.sources.find(source);
  if (at != a->second.sources.end() && --at->second <= 0) a->second.sources.erase(at);
}

}  // namespace calluna::sim
