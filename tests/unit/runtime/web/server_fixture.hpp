#pragma once
#include "../temporary_folder.hpp"
#include "client.hpp"

#include <calluna/runtime/web/web_server.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace calluna::runtime::web::test {

/// Log lines, to look at.
class kept_lines final : public log_sink {
 public:
  void write(log_level, std::string_view, std::string_view text) override {
    std::lock_guard const held(mutex_);
    lines_.emplace_back(text);
  }
  std::size_t count(std::string_view text) const {
    std::lock_guard const held(mutex_);
    std::size_t n = 0;
    for (auto const& line : lines_) n += line.find(text) != std::string::npos ? 1 : 0;
    return n;
  }
  std::string all() const {
    std::lock_guard const held(mutex_);
    std::string out;
    for (auto const& line : lines_) out += line + "\n";
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A server on the test's loop, and an app that is a function.
class server_test : public testing::Test {
 protected:
  using exchange_ptr = std::shared_ptr<bindings::http_exchange>;

  /// Before the members of the test go, which the app's functions use.
  void TearDown() override { server_.reset(); }

  void serve(web_options options = {}, std::vector<bindings::http_route> routes = {}) {
    options.heartbeat = heartbeat_;
    web_server::parts parts;
    parts.hub = hub_;
    parts.tokens = tokens_;
    parts.time = time_;
    parts.log = logger(lines_, "http");
    parts.callbacks.on_request = [this](std::string const& owner, std::uint32_t handler,
                                        exchange_ptr exchange) {
      return app_(owner, handler, std::move(exchange));
    };
    parts.callbacks.ready = [this] { return ready_; };
    parts.callbacks.metrics = [](metrics_writer& out) {
      out.gauge("calluna_test", "Of the test.");
      out.sample(1);
    };
    auto made = web_server::listen(io_.get_executor(), std::move(options), std::move(parts));
    ASSERT_TRUE(made) << made.error().message;
    server_ = std::move(*made);
    server_->routes().set("app", routes);
  }

  static bindings::http_route open_route(std::string method, std::string path,
                                         std::uint32_t handler = 1) {
    bindings::http_route r;
    r.method = std::move(method);
    r.path = std::move(path);
    r.handler = handler;
    r.open = true;
    return r;
  }

  /// Answers with what it was asked.
  void echo() {
    app_ = [](std::string const&, std::uint32_t, exchange_ptr const& x) {
      auto const& r = x->request();
      x->respond({200, {{"Content-Type", "text/plain"}}, r.method + " " + r.path + " " + r.body});
      return true;
    };
  }

  std::string ask(std::string_view request) {
    raw_client client(io_, server_->port());
    return client.ask_and_close(request);
  }
  std::uint64_t refused(std::string const& why) const {
    return server_->status()["refused"].value(why, std::uint64_t{0});
  }

  boost::asio::io_context io_;
  runtime::test::temporary_folder folder_;
  std::shared_ptr<manual_clock> time_ = std::make_shared<manual_clock>();
  std::shared_ptr<live_push_hub> hub_ = live_push_hub::make(io_.get_executor(), *time_);
  std::shared_ptr<token_store> tokens_ = std::make_shared<token_store>(folder_ / "tokens.json");
  std::shared_ptr<kept_lines> lines_ = std::make_shared<kept_lines>();
  bool ready_ = true;
  std::chrono::milliseconds heartbeat_{15'000};
  std::function<bool(std::string const&, std::uint32_t, exchange_ptr)> app_;
  std::unique_ptr<web_server> server_;
};

}  // namespace calluna::runtime::web::test
