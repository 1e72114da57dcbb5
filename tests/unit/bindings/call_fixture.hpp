#pragma once
#include "app_fixture.hpp"

#include <calluna/io/http_client.hpp>

#include <set>

namespace calluna::bindings {

/// A PBX in miniature for the call verbs: knows which channels and bridges are there, and tells
/// what an Asterisk would. Steps are counted, so that a test can break or hang up at each.
class call_test : public app_test {
 protected:
  using json = nlohmann::json;

  call_test() {
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
    pbx->on_request = [this](ari::request const& r) { return answer(r); };
  }

  static json channel_json(std::string const& id, std::string const& state = "Ring",
                           std::string const& number = "+14155550101",
                           std::string const& name = "") {
    return {{"id", id},
            {"name", "PJSIP/trunk-0000" + id},
            {"state", state},
            {"protocol_id", "4e2a6d0c7b1f"},
            {"caller", {{"name", name}, {"number", number}}},
            {"connected", {{"name", ""}, {"number", ""}}},
            {"accountcode", ""},
            {"dialplan",
             {{"context", "from-trunk"},
              {"exten", "app-x"},
              {"priority", 2},
              {"app_name", "Stasis"},
              {"app_data", "x"}}},
            {"creationtime", "2026-11-21T01:02:03.004+0000"},
            {"language", "en"}};
  }
  json event(std::string const& type, json more) {
    json ev = {{"type", type},
               {"application", application},
               {"timestamp", "2026-11-21T01:02:03.004+0000"},
               {"asterisk_id", "00:11"}};
    ev.update(more);
    return ev;
  }
  /// A call enters the application.
  void call(std::string const& id, std::string const& number = "+14155550101",
            json args = json::array()) {
    channels.insert(id);
    ari_event(
        event("StasisStart", {{"args", args}, {"channel", channel_json(id, "Ring", number)}}));
  }
  /// An event about a channel.
  void tell(std::string const& type, std::string const& id, json more = json::object(),
            std::string const& state = "Up") {
    more["channel"] = channel_json(id, state);
    ari_event(event(type, more));
  }
  /// The far side hangs up.
  void hang_up(std::string const& id) {
    if (channels.erase(id) == 0) return;
    tell(is_in_stasis(id) ? "StasisEnd" : "ChannelDestroyed", id, {{"cause", 16}});
    in_stasis.erase(id);
  }
  /// Its phone joins the other side with somebody outside of Stasis: the channel `by` takes its
  /// place, and it ends.
  void replace(std::string const& id, std::string const& by) {
    channels.insert(by);
    in_stasis.insert(by);
    ari_event(event("StasisStart", {{"args", json::array()},
                                    {"channel", channel_json(by, "Up")},
                                    {"replace_channel", channel_json(id, "Up")}}));
    hang_up(id);
  }
  /// As `hang_up`, from inside of the loop: the event is on its way, nothing has happened yet.
  void hang_up_quietly(std::string const& id) {
    if (channels.erase(id) == 0) return;
    bool const stasis = is_in_stasis(id);
    in_stasis.erase(id);
    auto owner =
        std::make_shared<std::string>(event(stasis ? "StasisEnd" : "ChannelDestroyed",
                                            {{"cause", 16}, {"channel", channel_json(id, "Up")}})
                                          .dump());
    ari::event_view view;
    ASSERT_TRUE(ari::scan_event(*owner, view));
    app_->deliver(0, owner, std::vector{view});
  }
  void destroyed(std::string const& id, int cause) {
    channels.erase(id);
    tell("ChannelDestroyed", id, {{"cause", cause}, {"cause_txt", ""}}, "Down");
  }
  /// Legs have ids of the app's ("calluna-1-ch1"); callers are called c1, c2, ...
  bool is_in_stasis(std::string const& id) const {
    return id.find('-') == std::string::npos || in_stasis.count(id) != 0;
  }
  /// The phone that rings as leg `id` is picked up.
  void pick_up(std::string const& id) {
    if (channels.count(id) == 0) return;
    in_stasis.insert(id);
    tell("StasisStart", id, {{"args", {"dialed"}}});
  }
  void press(std::string const& id, std::string const& digits) {
    for (char const digit : digits)
      tell("ChannelDtmfReceived", id, {{"digit", std::string(1, digit)}, {"duration_ms", 100}});
  }
  void playback_finished(std::string const& id, std::string const& state = "done") {
    ari_event(event("PlaybackFinished", {{"playback",
                                          {{"id", id},
                                           {"media_uri", "sound:x"},
                                           {"target_uri", "channel:c1"},
                                           {"state", state}}}}));
  }
  /// Ids asked for with `method` below "`collection`/", in order.
  std::vector<std::string> asked(ari::http_method method, std::string const& prefix,
                                 std::string const& suffix = "") const {
    std::vector<std::string> found;
    for (auto const& r : pbx->requests) {
      if (r.method != method || r.path.rfind(prefix, 0) != 0) continue;
      auto const rest = r.path.substr(prefix.size());
      if (rest.size() < suffix.size() || rest.substr(rest.size() - suffix.size()) != suffix)
        continue;
      auto const id = rest.substr(0, rest.size() - suffix.size());
      if (id.find('/') == std::string::npos) found.push_back(id);
    }
    return found;
  }
  std::vector<std::string> legs() const { return asked(ari::http_method::post, "channels/", ""); }
  std::vector<std::string> hung_up() const { return asked(ari::http_method::del, "channels/", ""); }
  static std::string query(ari::request const& r, std::string const& name) {
    for (auto const& field : r.query)
      if (field.name == name) return field.value;
    return "";
  }
  ari::request const* last_request(std::string const& part) const {
    for (auto r = pbx->requests.rbegin(); r != pbx->requests.rend(); ++r)
      if (r->path.find(part) != std::string::npos) return &*r;
    return nullptr;
  }
  static result<ari::response> status(int code, std::string const& message) {
    error_kind const kind = code == 404   ? error_kind::gone
                            : code == 400 ? error_kind::invalid
                                          : error_kind::rejected;
    return fail(
        error{kind, message + " (" + std::to_string(code) + ")", false, io::http_status(code)});
  }

  /// What the PBX answers.
  result<ari::response> answer(ari::request const& r) {
    int const step = ++steps;
    if (refuse) {
      if (auto refusal = refuse(step, r)) return fail(*refusal);
    }
    auto done = handle(r);
    if (refuse_after) {
      if (auto refusal = refuse_after(step, r)) return fail(*refusal);
    }
    return done;
  }
  result<ari::response> handle(ari::request const& r) {
    auto parts = split(r.path);
    // The id may stand in the query as well.
    if (parts.size() == 1 && r.method == ari::http_method::post)
      parts.push_back(query(r, parts[0] == "bridges" ? "bridgeId" : "channelId"));
    if (parts[0] == "channels" && parts.size() >= 2) return channel_request(r, parts);
    if (parts[0] == "bridges" && parts.size() >= 2) return bridge_request(r, parts);
    return ari::response{204, ""};
  }
  result<ari::response> channel_request(ari::request const& r,
                                        std::vector<std::string> const& parts) {
    auto const& id = parts[1];
    if (parts.size() == 2 && r.method == ari::http_method::post) {
      auto const endpoint = query(r, "endpoint");
      if (offline.count(endpoint) != 0) return status(500, "Allocation failed");
      endpoint_of[id] = endpoint;
      leg_of[endpoint] = id;
      channels.insert(id);
      return ari::response{200, channel_json(id, "Down").dump()};
    }
    if (channels.count(id) == 0) return status(404, "Channel not found");
    if (parts.size() == 2 && r.method == ari::http_method::del) {
      channels.erase(id);
      bool const stasis = is_in_stasis(id);
      in_stasis.erase(id);
      later.push_back([this, id, stasis] {
        tell(stasis ? "StasisEnd" : "ChannelDestroyed", id, {{"cause", 16}});
      });
      return ari::response{204, ""};
    }
    if (parts.size() == 3 && parts[2] == "continue") {
      channels.erase(id);
      later.push_back([this, id] { tell("StasisEnd", id); });
    }
    if (parts.size() >= 4 && parts[2] == "play")
      return ari::response{201, json{{"id", parts[3]}, {"state", "queued"}}.dump()};
    return ari::response{204, ""};
  }
  result<ari::response> bridge_request(ari::request const& r,
                                       std::vector<std::string> const& parts) {
    auto const& id = parts[1];
    if (parts.size() == 2 && r.method == ari::http_method::post) {
      bridges.insert(id);
      return ari::response{
          200, json{{"id", id}, {"bridge_type", "mixing"}, {"channels", json::array()}}.dump()};
    }
    if (bridges.count(id) == 0) return status(404, "Bridge not found");
    if (parts.size() == 2 && r.method == ari::http_method::del) bridges.erase(id);
    if (parts.size() == 3 && parts[2] == "addChannel") {
      auto list = query(r, "channel");
      for (auto const& one : split(list, ','))
        if (channels.count(one) == 0) return status(400, "Channel not found");
      bridged = list;
    }
    return ari::response{204, ""};
  }
  /// Lets the events come that requests have caused.
  void flush() {
    while (!later.empty()) {
      auto next = std::move(later.front());
      later.pop_front();
      next();
    }
  }
  static std::vector<std::string> split(std::string const& text, char at = '/') {
    std::vector<std::string> parts(1);
    for (char const c : text) {
      if (c == at)
        parts.emplace_back();
      else
        parts.back() += c;
    }
    return parts;
  }

  std::set<std::string> channels, in_stasis, bridges, offline;
  std::map<std::string, std::string> endpoint_of, leg_of;
  std::string bridged;  // what the last addChannel put together
  std::string application = "x";
  std::deque<std::function<void()>> later;
  /// Asked before and after a request takes effect: an error answers it (and keeps it from
  /// happening, if before).
  std::function<std::optional<error>(int, ari::request const&)> refuse, refuse_after;
  int steps = 0;
};

}  // namespace calluna::bindings
