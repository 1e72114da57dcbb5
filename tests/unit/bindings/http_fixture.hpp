#pragma once
#include "app_fixture.hpp"

#include <calluna/bindings/http_door.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace calluna::bindings {

/// A WebSocket of nobody: what the app sends is kept, what it hears is said by the test.
class scripted_socket : public http_socket {
 public:
  bool send(std::string text) override {
    if (closed) return false;
    sent.push_back(std::move(text));
    return true;
  }
  void close(std::uint16_t code, std::string reason) override {
    if (!closed) closed.emplace(code, std::move(reason));
  }
  void listen(unique_function<void(std::optional<std::string>)> told) override {
    heard = std::move(told);
  }
  std::vector<std::string> sent;
  std::optional<std::pair<std::uint16_t, std::string>> closed;
  unique_function<void(std::optional<std::string>)> heard;
};

/// A request of nobody; what it is answered with is kept.
class scripted_exchange : public http_exchange {
 public:
  http_request const& request() const noexcept override { return asked; }
  bool gone() const noexcept override { return left; }
  void on_gone(unique_function<void()> told) override { tell = std::move(told); }
  void respond(http_response response) override {
    if (!answer && topics.empty() && !socket) answer = std::move(response);
  }
  void stream(std::vector<std::string> wanted) override { topics = std::move(wanted); }
  std::shared_ptr<http_socket> accept() override {
    if (!left) socket = std::make_shared<scripted_socket>();
    return socket;
  }
  void leave() {
    left = true;
    if (tell) std::exchange(tell, nullptr)();
  }
  std::string header(std::string const& name) const {
    for (auto const& [key, value] : answer->headers)
      if (key == name) return value;
    return "";
  }

  http_request asked;
  bool left = false;
  unique_function<void()> tell;
  std::optional<http_response> answer;
  std::vector<std::string> topics;
  std::shared_ptr<scripted_socket> socket;
};

/// An app with routes, and requests to them.
class http_test : public app_test {
 protected:
  void on_http_routes(app&, std::vector<http_route> const& now) override { routes = now; }

  std::shared_ptr<scripted_exchange> send(std::string const& method, std::string const& path,
                                          http_request about = {}) {
    auto made = std::make_shared<scripted_exchange>();
    made->asked = std::move(about);
    made->asked.method = method;
    made->asked.path = path;
    for (auto const& route : routes)
      if (route.method == method && route.path == path) app_->deliver(route.handler, made);
    settle();
    return made;
  }
  std::shared_ptr<scripted_exchange> get(std::string const& path, http_request about = {}) {
    return send("GET", path, std::move(about));
  }

  std::vector<http_route> routes;
};

}  // namespace calluna::bindings
