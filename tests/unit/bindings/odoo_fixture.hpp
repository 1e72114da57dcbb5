#pragma once
#include "app_fixture.hpp"
#include "fakes/odoo_server.hpp"
#include "fakes/run_until.hpp"

#include <calluna/erp/client.hpp>

#include <boost/asio/thread_pool.hpp>

#include <memory>
#include <string>

namespace calluna::bindings {

/// An app with the connection `main` to a small Odoo.
class odoo_app_test : public app_test {
 protected:
  explicit odoo_app_test(int major = 19) : server(major) {
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
  }

  void connect(std::string const& name = "main") {
    erp::client_options o;
    o.name = name;
    o.url = server.url();
    o.database = fakes::odoo_server::database;
    o.user = fakes::odoo_server::user;
    o.key = server.key();
    options.services.erps[name] = std::make_shared<erp::client>(
        loop.get_executor(), blocking.get_executor(), o, logger(erp_lines, "odoo"), time);
  }
  /// Runs `body` as the app's start, until it has returned; fails the test if it raises.
  void run(std::string const& body) {
    if (options.services.erps.empty()) connect();
    auto const loaded = load(
        "local odoo, log, json = require 'calluna.odoo', require 'calluna.log', require "
        "'calluna.json'\n"
        "local function show(...) local t = {} for i = 1, select('#', ...) do t[i] = "
        "tostring((select(i, ...))) end log.info('%s', table.concat(t, ' ')) end\n"
        "return { start = function()\n" +
        body + "\nend }");
    ASSERT_TRUE(loaded) << loaded.error().message;
    started.reset();
    app_->start([this](result<void> outcome) { started = std::move(outcome); });
    ASSERT_TRUE(fakes::run_until(loop, [this] { return started.has_value(); })) << last_log();
    ASSERT_TRUE(*started) << started->error().message;
  }
  nlohmann::json record(std::string const& model, std::size_t at = 0) {
    auto const all = server.with([&](auto& db) { return db.records(model); });
    return at < all.size() ? all[at] : nlohmann::json();
  }
  erp::record_id add(std::string const& model, nlohmann::json const& values) {
    return server.with([&](auto& db) { return db.add(model, values); });
  }
  void TearDown() override {
    app_test::TearDown();
    server.release();
    for (auto const& [name, client] : options.services.erps) client->stop();
    options.services = {};
    blocking.join();
    settle();
  }

  fakes::odoo_server server;
  boost::asio::thread_pool blocking{8};
  std::shared_ptr<recording_log> erp_lines = std::make_shared<recording_log>();
};

}  // namespace calluna::bindings
