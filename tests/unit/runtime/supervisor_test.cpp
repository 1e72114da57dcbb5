#include "fakes/run_until.hpp"
#include "temporary_folder.hpp"

#include <calluna/runtime/supervisor.hpp>
#include <calluna/runtime/threads.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace calluna::runtime {
namespace {

using fakes::run_until;
using test::temporary_folder;

class supervisor_test : public testing::Test {
 protected:
  void make(std::string const& source) {
    settings.runtime.state_folder = folder / "state";
    app_config app;
    app.name = "app";
    app.path = folder.write("app/init.lua", source).parent_path();
    settings.apps.push_back(app);
    all = std::make_unique<supervisor>(loop.get_executor(), settings, logger());
    threads_before = loop_thread::alive();
  }
  void start() {
    bool told = false;
    all->start([&] { told = true; });
    ASSERT_TRUE(run_until(loop, [&] { return told; }));
  }
  void stop() {
    bool told = false;
    all->stop(std::chrono::milliseconds(0), [&] { told = true; });
    ASSERT_TRUE(run_until(loop, [&] { return told; }));
  }

  temporary_folder folder;
  boost::asio::io_context loop;
  config settings;
  std::unique_ptr<supervisor> all;
  int threads_before = 0;
};

// An embedder may destroy the loop then: nothing comes from an app's thread any more.
TEST_F(supervisor_test, tells_its_end_once_the_threads_of_its_apps_have_ended) {
  make("return {}");
  start();
  EXPECT_EQ(loop_thread::alive(), threads_before + 1);
  stop();
  EXPECT_EQ(loop_thread::alive(), threads_before);
}

TEST_F(supervisor_test, waits_at_its_end_for_an_app_that_is_being_loaded) {
  make("return { start = function() require 'calluna.task'.sleep(60) end }");
  all->start([] {});
  stop();
  EXPECT_EQ(loop_thread::alive(), threads_before);
}

TEST_F(supervisor_test, waits_at_its_end_for_what_a_reload_has_replaced) {
  make("return {}");
  start();
  std::optional<result<void>> outcome;
  all->reload("app", [&](result<void> done) { outcome = std::move(done); });
  ASSERT_TRUE(run_until(loop, [&] { return outcome.has_value(); }));
  stop();
  EXPECT_EQ(loop_thread::alive(), threads_before);
}

TEST_F(supervisor_test, waits_at_its_end_for_an_app_that_failed_to_load) {
  make("error 'not today'");
  start();
  stop();
  EXPECT_EQ(loop_thread::alive(), threads_before);
}

}  // namespace
}  // namespace calluna::runtime
