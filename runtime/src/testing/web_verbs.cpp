// Verbs about requests from outside: an app's routes, its WebSockets, what it pushes.
#include "office_verbs.hpp"
#include "stage_verbs.hpp"

#include <fmt/format.h>

namespace calluna::runtime::testing {
namespace {

using nlohmann::json;

result<json> pushed(stage& s, json const& a) {
  return s.hub().values(a.at("topic").get<std::string>());
}

result<json> request(stage& s, json const& a) {
  if (auto begun = s.begin(); !begun) return fail(begun.error());
  bindings::http_headers headers;
  if (a.contains("headers"))
    for (auto const& [name, value] : a["headers"].items())
      headers.emplace_back(name, value.get<std::string>());
  auto const answer =
      s.request(text(a, "method", "GET"), a.at("path").get<std::string>(), std::move(headers),
                text(a, "body"), text(a, "user"), text(a, "from", "127.0.0.1"));
  if (!answer) return fail(answer.error());
  json given{{"status", answer->status}, {"body", answer->body}, {"headers", json::object()}};
  for (auto const& [name, value] : answer->headers) given["headers"][name] = value;
  if (!answer->topics.empty()) given["topics"] = answer->topics;
  if (answer->websocket) given["websocket"] = s.keep(answer->websocket);
  return given;
}

offline_websocket& websocket(stage& s, json const& a) {
  return *s.websockets().at(a.at("websocket").get<std::size_t>() - 1);
}

result<json> websocket_send(stage& s, json const& a) {
  if (!websocket(s, a).say(a.at("text").get<std::string>()))
    return fail(error_kind::gone, "ws:send: the WebSocket is closed");
  return nothing(s.advance({}));
}

result<json> websocket_leave(stage& s, json const& a) {
  websocket(s, a).leave();
  return nothing(s.advance({}));
}

result<json> websocket_state(stage& s, json const& a) {
  auto const& w = websocket(s, a);
  json state{{"received", w.received()}};
  if (w.closed()) state["closed"] = *w.closed();
  return state;
}

}  // namespace

verb_map const& web_verbs() {
  static verb_map const verbs{
      {"pushed", pushed},
      {"request", request},
      {"websocket_send", websocket_send},
      {"websocket_leave", websocket_leave},
      {"websocket_state", websocket_state},
  };
  return verbs;
}

}  // namespace calluna::runtime::testing
