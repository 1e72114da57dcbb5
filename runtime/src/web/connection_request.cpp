#include "connection.hpp"

#include <calluna/io/websocket_codec.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace calluna::runtime::web {
namespace {

using bindings::http_headers;
using bindings::http_route;
using nlohmann::json;

constexpr std::size_t longest_session_body = 4096;
/// What a client is told to wait when its app is not there: a reload takes less.
constexpr auto retry_after_seconds = "2";

std::shared_ptr<std::string const> text_of(std::string text) {
  return std::make_shared<std::string const>(std::move(text));
}

std::string joined(std::vector<std::string> const& words) {
  std::string out;
  for (auto const& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

/// What an own path answers to.
std::string_view own_methods(std::string_view path) {
  if (path == "/health" || path == "/ready" || path == "/metrics") return "GET, HEAD, OPTIONS";
  if (path == "/session") return "DELETE, OPTIONS, POST";
  return {};
}

bool lists(std::string_view methods, std::string_view method) {
  return (", " + std::string{methods} + ",").find(", " + std::string{method} + ",") !=
         std::string::npos;
}

}  // namespace

void connection::on_head() {
  auto const& head = reader_.head();
  began_ = core_->time->now();
  keep_alive_ = head.keep_alive && !core_->draining;
  body_pending_ = head.chunked || head.content_length.value_or(0) != 0;
  auto const target = check_head(*core_, head);
  if (!target) return deny(target.error());
  auto const who = client_of(*core_, head, peer_, socket_->encrypted());
  remote_ = who.from.text();
  if (target->path == "*") return answer_asterisk();
  if (!answer_own(*target, who)) admit(*target, who);
}

void connection::answer_asterisk() {
  if (reader_.head().method != "OPTIONS")
    return refuse(400, refusal::path, "only OPTIONS has the target *");
  respond(204, {{"Allow", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"}}, nullptr);
}

bool connection::answer_own(target_parts const& target, client const& who) {
  auto const path = target.path;
  auto const allow = own_methods(path);
  if (allow.empty()) return false;
  auto const& method = reader_.head().method;
  if (method == "OPTIONS") {
    respond(204, {{"Allow", std::string{allow}}}, nullptr);
  } else if (!lists(allow, method)) {
    deny({405, refusal::count, "this path has no such method", {{"Allow", std::string{allow}}}});
  } else if (path == "/health") {
    respond(200, {{"Cache-Control", "no-store"}}, text_of("ok\n"));
  } else if (path == "/ready") {
    bool const ready = !core_->callbacks.ready || core_->callbacks.ready();
    respond(ready ? 200 : 503, {{"Cache-Control", "no-store"}},
            text_of(ready ? "ready\n" : "not ready\n"));
  } else if (path == "/metrics") {
    auto const token = check_token(*core_, reader_.head(), who, path, false,
                                   core_->options.metrics_networks, false);
    if (!token)
      deny(token.error());
    else
      respond(200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}},
              text_of(core_->metrics()));
  } else {
    answer_session(who);
  }
  return true;
}

void connection::answer_session(client const& who) {
  // A page of another site must neither log somebody out nor in, as somebody else.
  if (origin_of(reader_.head()) == origin::other)
    return refuse(403, refusal::cross_site, "a page of another site asks");
  auto const cookie = [secure = who.encrypted](std::string_view value, std::string_view more) {
    return fmt::format("calluna={}; Path=/; HttpOnly; SameSite=Strict{}{}", value,
                       secure ? "; Secure" : "", more);
  };
  if (reader_.head().method == "DELETE")
    return respond(204, {{"Set-Cookie", cookie("", "; Max-Age=0")}, {"Cache-Control", "no-store"}},
                   nullptr);
  admit_body(longest_session_body, [this, who, cookie] {
    auto const given = json::parse(reader_.take(), nullptr, false);
    if (!given.is_object() || !given.contains("token") || !given["token"].is_string())
      return deny({400, refusal::count, "expected a JSON object with a text 'token'", {}});
    auto const& text = given["token"].get_ref<std::string const&>();
    auto const token = check_given_token(*core_, who, text);
    if (!token) return deny(token.error());
    auto const told = json{{"user", token->user}, {"name", token->name}};
    // A browser keeps it for longer than it lives; what counts is the token's own end.
    respond(200,
            {{"Set-Cookie", cookie(text, "; Max-Age=31536000")},
             {"Cache-Control", "no-store"},
             {"Content-Type", "application/json"}},
            text_of(told.dump(-1, ' ', false, json::error_handler_t::replace)));
  });
}

bool connection::is_websocket_request() const {
  auto const& head = reader_.head();
  return !head.old && head.method == "GET" && head.has_word("upgrade", "websocket") &&
         head.has_word("connection", "upgrade") && head.field("sec-websocket-version") == "13" &&
         head.field("sec-websocket-key").size() == 24;
}

void connection::admit(target_parts const& target, client const& who) {
  auto const& head = reader_.head();
  auto match = core_->routes.match(head.method, target.path);
  using outcome = route_match::outcome;
  if (match.what == outcome::bad_path)
    return refuse(400, refusal::path, "the path is broken, or leads out of where it begins");
  if (match.what == outcome::no_path) return deny({404, refusal::count, "no such path", {}});
  if (match.what == outcome::no_method) {
    http_headers const allow{{"Allow", joined(match.allow)}};
    if (head.method == "OPTIONS") return respond(204, allow, nullptr);
    return deny({405, refusal::count, "this path has no such method", allow});
  }
  auto const& route = match.route->route;
  bool const upgrade = route.what == http_route::kind::websocket;
  auto token =
      check_token(*core_, head, who, match.path, route.open, match.route->networks, upgrade);
  if (!token) return deny(token.error());
  if (auto const often = check_rate(*core_, *match.route, who, *token)) return deny(*often);
  if (route.what == http_route::kind::files) return serve_file(match);
  if (upgrade && !is_websocket_request())
    return deny({426,
                 refusal::count,
                 "this path is a WebSocket",
                 {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}}});
  auto query = read_query(target.query);
  if (!query) return refuse(400, refusal::path, "the query's encoding is broken");

  auto prepared = std::make_shared<exchange_state>();
  prepared->on = core_->on;
  prepared->owner = std::shared_ptr<exchange_owner>(shared_from_this(), this);
  prepared->max_output = core_->options.max_output;
  auto& request = prepared->request;
  request.method = head.method;
  request.path = std::move(match.path);
  request.parameters = std::move(match.parameters);
  request.query = std::move(*query);
  // Tokens are not for apps, whose logs and memory are their own.
  for (auto const& field : head.fields)
    if (field.first != "authorization" && field.first != "cookie") request.headers.push_back(field);
  request.remote = remote_;
  if (*token) {
    request.user = (*token)->user;
    request.token = (*token)->name;
  }
  route_ = match.route;
  prepared_ = std::move(prepared);
  admit_body(route.max_body, [this] { dispatch(); });
}

void connection::admit_body(std::size_t most, unique_function<void()> then) {
  auto const& head = reader_.head();
  auto const length = head.content_length.value_or(0);
  if (length > most) return refuse(413, refusal::body_too_big, "the body is too big");
  std::size_t const room = head.chunked ? most : static_cast<std::size_t>(length);
  // One alone is always taken: a route may allow more than the bound.
  auto const others = core_->body_bytes->load();
  if (room != 0 && others != 0 && others + room > core_->options.max_bodies)
    return refuse(503, refusal::bodies, "too many bodies at once",
                  {{"Retry-After", retry_after_seconds}});
  if (prepared_ && room != 0)
    prepared_->body_room = std::make_unique<reserved_bytes>(core_->body_bytes, room);
  reader_.take_body(most);
  with_body_ = std::move(then);
  state_ = state::body;
  body_seen_ = 0;
  expect(core_->options.body_timeout);
  if (head.expects_continue && body_pending_ && in_.empty())
    push(text_of("HTTP/1.1 100 Continue\r\n\r\n"), false);
}

void connection::on_body() {
  body_pending_ = false;
  if (auto go_on = std::exchange(with_body_, nullptr)) go_on();
}

void connection::dispatch() {
  auto const& route = *route_;
  pending_ = std::exchange(prepared_, nullptr);
  pending_->request.body = reader_.take();
  state_ = state::asked;
  expect(route.route.timeout);
  auto const& ask = core_->callbacks.on_request;
  if (ask && ask(route.owner, route.route.handler, make_exchange(pending_))) return;
  if (state_ != state::asked) return;
  refuse(503, refusal::nobody, "the app is not there", {{"Retry-After", retry_after_seconds}});
}

void connection::serve_file(route_match const& match) {
  // The last parameter is which file; where it is missing, the path is the folder's own.
  if (match.parameters.size() < match.route->names.size()) {
    // With a slash at its end, so that what its index.html links to is looked for below it.
    auto const path = split_target(reader_.head().target)->path;
    auto const name = std::string{path.substr(path.rfind('/') + 1)};
    return deny({308, refusal::count, "", {{"Location", name + "/"}}});
  }
  auto const& rest = match.parameters.back().second;
  auto found = core_->files.serve(match.route->route.folder, rest, reader_.head());
  if (found.status == 404) return deny({404, refusal::count, std::string{found.why}, {}});
  respond(found.status, std::move(found.headers), std::move(found.body));
}

bool connection::is_asked(exchange_state const& of) const {
  return state_ == state::asked && pending_.get() == &of;
}

void connection::refuse_answer(std::string_view why) {
  core_->refused.add(refusal::bad_answer,
                     fmt::format("of '{}' to {} {}: {}", route_->owner, route_->route.method,
                                 route_->route.path, why));
  deny({500, refusal::count, "the app's answer cannot be sent", {}});
}

void connection::on_response(exchange_state const& of, bindings::http_response response) {
  if (!is_asked(of)) return;
  if (auto const ok = check_response(response); !ok) {
    refuse_answer(ok.error().message);
  } else {
    respond(response.status, std::move(response.headers),
            response.body.empty() ? nullptr : text_of(std::move(response.body)));
  }
  process();
}

void connection::on_unanswered(exchange_state const& of) {
  if (!is_asked(of)) return;
  refuse(500, refusal::unanswered, "the app did not answer");
  process();
}

void connection::on_stream(exchange_state const& of, std::vector<std::string> topics) {
  if (!is_asked(of)) return;
  if (route_->route.what != http_route::kind::events) {
    refuse_answer("events, which the route is not for");
    return process();
  }
  http_headers const headers{{"Content-Type", "text/event-stream"},
                             {"Cache-Control", "no-store"},
                             {"X-Content-Type-Options", "nosniff"}};
  auto const& head = reader_.head();
  if (head.method == "HEAD") {
    respond(200, headers, nullptr);
    return process();
  }
  take_over({200, headers, false, 0, false, head.old}, nullptr);
  taken_ = make_event_stream(shared_from_this(), std::move(topics));
  process();
}

void connection::on_accept(exchange_state const& of, std::shared_ptr<websocket_link> link) {
  if (!is_asked(of)) return link->end();
  if (route_->route.what != http_route::kind::websocket) {
    refuse_answer("a WebSocket, which the route is not for");
    link->end();
    return process();
  }
  auto const key = reader_.head().field("sec-websocket-key");
  http_headers const headers{{"Upgrade", "websocket"},
                             {"Sec-WebSocket-Accept", io::websocket_accept(key)}};
  take_over({101, headers, false, 0, true, false}, nullptr);
  taken_ = make_websocket_session(shared_from_this(), std::move(link));
  process();
}

}  // namespace calluna::runtime::web
