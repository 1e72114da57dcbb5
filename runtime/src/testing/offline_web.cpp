#include "offline_web.hpp"

#include <calluna/runtime/web/network.hpp>
#include <calluna/runtime/web/request_reader.hpp>
#include <calluna/runtime/web/url.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace calluna::runtime::testing {
namespace {

using nlohmann::json;

class exchange final : public bindings::http_exchange {
 public:
  exchange(io::executor on, bindings::http_request request,
           std::shared_ptr<offline_web::answer> into)
      : on_(std::move(on)), request_(std::move(request)), into_(std::move(into)) {}
  ~exchange() override {
    if (!into_->answered) respond({500, {}, "no answer"});
  }
  bindings::http_request const& request() const noexcept override { return request_; }
  bool gone() const noexcept override { return false; }
  void on_gone(unique_function<void()>) override {}
  void respond(bindings::http_response r) override {
    if (std::exchange(into_->answered, true)) return;
    into_->status = r.status;
    into_->headers = std::move(r.headers);
    into_->body = std::move(r.body);
  }
  void stream(std::vector<std::string> topics) override {
    into_->topics = std::move(topics);
    respond({200, {{"content-type", "text/event-stream"}}, {}});
  }
  std::shared_ptr<bindings::http_socket> accept() override {
    if (into_->answered) return nullptr;
    into_->websocket = std::make_shared<offline_websocket>(on_);
    respond({101, {}, {}});
    return into_->websocket->accept();
  }

 private:
  io::executor on_;
  bindings::http_request request_;
  std::shared_ptr<offline_web::answer> into_;
};

std::shared_ptr<offline_web::answer> refusal(int status, std::string body) {
  auto made = std::make_shared<offline_web::answer>();
  *made = {true, status, {}, std::move(body), {}, {}};
  return made;
}

}  // namespace

// -- pushed values

offline_hub::offline_hub(io::executor on, std::shared_ptr<manual_clock> time)
    : time_(std::move(time)), alarm_(std::move(on), time_) {}

void offline_hub::told(std::string const& what) {
  if (on_change) on_change(what);
}

void offline_hub::arm() {
  auto const next = topics_.next_expiry();
  if (!next) return;
  alarm_.set(*next, [this] {
    for (auto const& [topic, key] : topics_.expire(time_->now()))
      told(fmt::format("{}: {} is over", topic, key));
    arm();
  });
}

bindings::push_hub::outcome offline_hub::set(std::string_view topic, std::string_view key,
                                             std::string json,
                                             std::optional<std::chrono::milliseconds> keep) {
  auto line = fmt::format("{}: {} is {}", topic, key, json);
  auto const until = keep ? std::optional(time_->now() + *keep) : std::nullopt;
  if (!topics_.set(topic, key, std::move(json), until)) return {0, true};
  told(line);
  arm();
  return {};
}

bindings::push_hub::outcome offline_hub::clear(std::string_view topic, std::string_view key) {
  if (topics_.clear(topic, key)) told(fmt::format("{}: {} is cleared", topic, key));
  return {};
}

std::size_t offline_hub::clear_all(std::string_view prefix, std::string_view key,
                                   std::string_view except) {
  std::size_t cleared = 0;
  for (auto const& topic : topics_.with_key(prefix, key)) {
    if (topic == except) continue;
    clear(topic, key);
    ++cleared;
  }
  return cleared;
}

bindings::push_hub::outcome offline_hub::send(std::string_view topic, std::string json) {
  told(fmt::format("{}: {}", topic, json));
  return {};
}

json offline_hub::values(std::string_view topic) const {
  json all = json::object();
  if (auto const* keys = topics_.find(topic))
    for (auto const& [key, value] : *keys) all[key] = json::parse(value.text, nullptr, false);
  return all;
}

// -- requests

/// As the server does it: see connection::serve_file.
std::shared_ptr<offline_web::answer> offline_web::file(web::route_match const& match,
                                                       web::target_parts const& target,
                                                       std::string const& method,
                                                       bindings::http_headers const& headers) {
  if (match.parameters.size() < match.route->names.size()) {
    auto const name = target.path.substr(target.path.rfind('/') + 1);
    auto made = refusal(308, {});
    made->headers = {{"Location", std::string(name) + "/"}};
    return made;
  }
  web::request_head head;
  head.method = method;
  head.fields = headers;
  auto found = files_.serve(match.route->route.folder, match.parameters.back().second, head);
  auto made = refusal(found.status, found.body ? *found.body : std::string(found.why));
  made->headers = std::move(found.headers);
  return made;
}

result<void> offline_web::serve(std::vector<bindings::http_route> const& routes) {
  auto const objections = routes_->objections("app", routes);
  if (!objections.empty())
    return fail(error_kind::invalid, fmt::format("{}", fmt::join(objections, "; ")));
  routes_->set("app", routes);
  return {};
}

result<std::shared_ptr<offline_web::answer>> offline_web::request(
    std::string const& method, std::string const& target, bindings::http_headers headers,
    std::string body, std::string const& user, std::string const& from, deliver const& to) {
  auto const parts = web::split_target(target);
  auto const query = parts ? web::read_query(parts->query) : std::nullopt;
  auto const address = web::address::read(from);
  if (!query)
    return fail(error_kind::invalid, fmt::format("'{}' is no path, perhaps with a query", target));
  if (!address) return fail(error_kind::invalid, fmt::format("'{}' is no IP address", from));
  auto match = routes_->match(method, parts->path);
  using found = web::route_match::outcome;
  if (match.what == found::bad_path) return refusal(400, "bad path");
  if (match.what == found::no_path) return refusal(404, "not found");
  if (match.what == found::no_method) return refusal(405, "method not allowed");
  auto const& route = match.route->route;
  if (!route.open && user.empty() && !web::any_contains(match.route->networks, *address))
    return refusal(401, "a token is needed");
  if (route.what == bindings::http_route::kind::files) return file(match, *parts, method, headers);
  if (body.size() > route.max_body) return refusal(413, "the body is too long");
  auto made = std::make_shared<answer>();
  bindings::http_request r;
  r.method = method;
  r.path = match.path;
  r.parameters = std::move(match.parameters);
  r.query = *query;
  r.headers = std::move(headers);
  r.body = std::move(body);
  r.remote = from;
  r.user = user;
  r.token = user;
  to(route.handler, std::make_shared<exchange>(on_, std::move(r), made));
  return made;
}

}  // namespace calluna::runtime::testing
