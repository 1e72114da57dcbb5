// What running apps say of themselves, as `calluna doctor` asks it.
#include "../../../runtime/src/app_checks.hpp"

#include "../../../runtime/src/doctor/look.hpp"
#include "add_app.hpp"
#include "fakes/run_until.hpp"
#include "temporary_folder.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <atomic>
#include <optional>
#include <thread>

namespace calluna::runtime {
namespace {

using fakes::run_until;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class app_checks : public testing::Test {
 protected:
  void app(std::string const& name, std::string const& source) {
    test::add_app(settings, folder, name, source);
  }
  void start() {
    settings.runtime.state_folder = folder / "state";
    settings.runtime.control_socket = folder / "control";
    all = std::make_unique<supervisor>(loop.get_executor(), settings, logger());
    bool told = false;
    all->start([&] { told = true; });
    ASSERT_TRUE(run_until(loop, [&] { return told; }));
  }
  /// Name to what is wrong.
  json ask() {
    std::optional<json> told;
    ask_app_checks(loop.get_executor(), *all, [&](result<json> answer) {
      told = answer ? std::move(*answer) : json{{"error", answer.error().message}};
    });
    EXPECT_TRUE(run_until(
        loop, [&] { return told.has_value(); }, check_patience * 2));
    json by_name;
    for (auto const& one : told->value("apps", json::array())) by_name[one["name"]] = one["wrong"];
    return by_name;
  }
  void TearDown() override {
    bool told = false;
    if (all) all->stop(std::chrono::milliseconds(0), [&] { told = true; });
    EXPECT_TRUE(!all || run_until(loop, [&] { return told; }));
  }

  test::temporary_folder folder;
  boost::asio::io_context loop;
  config settings;
  std::unique_ptr<supervisor> all;
};

TEST_F(app_checks, are_asked_of_all_apps) {
  app("fine", "return { check = function(config) assert(config) return true end }");
  app("none", "return {}");
  app("silent", "return { check = function() end }");
  app("one", "return { check = function() return nil, 'no phones; add some' end }");
  app("many", "return { check = function() return { 'no phones; add some', 'no\\nusers' } end }");
  app("broken", "return { check = function() error('it broke') end }");
  start();
  auto const told = ask();
  for (auto const* good : {"fine", "none", "silent"}) EXPECT_EQ(told[good], json::array()) << good;
  EXPECT_EQ(told["one"], json::array({"no phones; add some"}));
  EXPECT_EQ(told["many"], json::array({"no phones; add some", "no users"}));
  EXPECT_THAT(told["broken"][0].get<std::string>(), HasSubstr("init.lua:1: it broke"));
}

TEST_F(app_checks, may_wait) {
  app("slow", R"(local task = require "calluna.task"
    return { check = function() task.sleep(0.01) return false, "too slow" end })");
  start();
  EXPECT_EQ(ask()["slow"], json::array({"too slow"}));
}

TEST_F(app_checks, are_findings_of_the_doctors) {
  app("one", "return { check = function() return nil, 'no phones; add some' end }");
  app("fine", "return { check = function() end }");
  start();
  auto control = control_server::listen(loop.get_executor(), settings.runtime.control_socket, {});
  ASSERT_TRUE(control);
  (*control)->on("check", [&](json const&, control_server::reply answer) {
    ask_app_checks(loop.get_executor(), *all, std::move(answer));
  });
  std::vector<std::string> told;
  std::atomic<bool> finished = false;
  std::thread doctor([&] {
    doctor::ask_apps(settings, {"one", "fine", "other"}, [&](doctor::finding const& f) {
      told.push_back(f.where + ": " + f.what + " -> " + f.advice);
    });
    finished = true;
  });
  EXPECT_TRUE(run_until(loop, [&] { return finished.load(); }));
  doctor.join();
  EXPECT_THAT(told,
              ElementsAre("app.fine: finds what it needs -> ", "app.one: no phones -> add some",
                          "app.other: the runtime does not serve it, so it was not asked -> "
                          "calluna status tells why"));
}

TEST_F(app_checks, without_a_runtime_are_said_not_to_be_asked) {
  settings.runtime.control_socket = folder / "nobody";
  std::vector<std::string> told;
  doctor::ask_apps(settings, {"one"}, [&](doctor::finding const& f) {
    EXPECT_EQ(f.how, doctor::severity::note);
    told.push_back(f.what + " -> " + f.advice);
  });
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0],
              HasSubstr("one could not be asked for what they find themselves: no runtime"));
  EXPECT_THAT(told[0], HasSubstr("-> calluna run, then doctor again"));
}

}  // namespace
}  // namespace calluna::runtime
