#pragma once
#include "fakes/odoo_server.hpp"
#include "fakes/run_until.hpp"

#include <calluna/erp/client.hpp>
#include <calluna/erp/erp_error.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace calluna::erp {

/// Collects "level text".
class erp_log final : public log_sink {
 public:
  void write(log_level level, std::string_view, std::string_view text) override {
    static constexpr char const* names[] = {"debug", "info", "warning", "error"};
    std::lock_guard const lock(mutex_);
    lines_.push_back(std::string(names[static_cast<int>(level)]) + " " + std::string(text));
  }
  std::vector<std::string> lines() const {
    std::lock_guard const lock(mutex_);
    return lines_;
  }
  /// Those of warnings and errors.
  std::vector<std::string> complaints() const {
    std::vector<std::string> some;
    for (auto const& line : lines())
      if (line.rfind("warning", 0) == 0 || line.rfind("error", 0) == 0) some.push_back(line);
    return some;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

/// A client on the test's own loop, with threads for what blocks, and a small Odoo. At the end it
/// looks whether the key is in anything that was said.
class erp_client_test : public testing::Test {
 protected:
  void TearDown() override {
    server.recover();
    server.release();
    if (c) end_client();
    for (auto const& line : sink->lines()) said.push_back(line);
    for (auto const& text : said)
      EXPECT_EQ(text.find("secret-key"), std::string::npos) << "the key is told: " << text;
  }

  client& start() {
    options.url = options.url.empty() ? server.url() : options.url;
    options.database = fakes::odoo_server::database;
    options.user = options.user.empty() ? fakes::odoo_server::user : options.user;
    if (options.key.empty()) options.key = server.key();
    blocking = std::make_unique<boost::asio::thread_pool>(8);
    c = std::make_unique<client>(loop.get_executor(), blocking->get_executor(), options,
                                 logger(sink, "erp"), time);
    return *c;
  }
  /// Starts, logs in and lets the client ask what it wants to know itself.
  void start_ready() {
    start();
    ASSERT_TRUE(search("res.partner", {}));
    until(
        [&] { return server.count("res.users.apikeys.search_read") > 0 && c->status().busy == 0; });
  }
  void end_client() {
    auto const s = c->status();
    said.push_back(s.last_error + s.url + s.user + s.database + s.name);
    c->stop();
    c.reset();
    blocking->join();
    loop.restart();
    loop.poll();
  }
  template <class Done>
  void until(Done done) {
    ASSERT_TRUE(fakes::run_until(loop, done)) << "it did not happen";
  }
  /// Runs `begin(completion)` to its end.
  template <class T, class Begin>
  result<T> finish(Begin begin) {
    std::optional<result<T>> got;
    begin([&](result<T> r) { got = std::move(r); });
    EXPECT_FALSE(got) << "told from inside";
    until([&] { return got.has_value(); });
    if (!got) return fail(error_kind::timeout, "test");
    if (!*got) said.push_back(got->error().message);
    return std::move(*got);
  }
  result<nlohmann::json> ask(call what, std::chrono::milliseconds timeout = {}) {
    return finish<nlohmann::json>(
        [&](auto done) { c->submit(std::move(what), timeout, std::move(done)); });
  }
  result<nlohmann::json> search(std::string model, query q) {
    return finish<nlohmann::json>(
        [&](auto done) { c->search_read(std::move(model), std::move(q), {}, std::move(done)); });
  }
  result<record_id> upsert(std::string model, std::string key, std::string values,
                           std::chrono::milliseconds timeout = {}) {
    return finish<record_id>([&](auto done) {
      c->upsert(std::move(model), std::move(key), std::move(values), timeout, std::move(done));
    });
  }
  record_id add(std::string const& model, nlohmann::json const& values) {
    return server.with([&](auto& db) { return db.add(model, values); });
  }
  std::vector<nlohmann::json> records(std::string const& model) {
    return server.with([&](auto& db) { return db.records(model); });
  }
  static std::string code(error const& e) { return std::string(erp_code_word(e.code)); }

  fakes::odoo_server server;
  boost::asio::io_context loop;
  std::unique_ptr<boost::asio::thread_pool> blocking;
  client_options options;
  std::shared_ptr<manual_clock> time = std::make_shared<manual_clock>();
  std::shared_ptr<erp_log> sink = std::make_shared<erp_log>();
  std::unique_ptr<client> c;
  std::vector<std::string> said;
};

inline call partner_call(std::string method, std::string positional = "[]") {
  return {"res.partner", std::move(method), {}, "{}", std::move(positional)};
}

}  // namespace calluna::erp
