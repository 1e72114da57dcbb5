// What a program gives to a script that waits for it.
#include "app_fixture.hpp"

#include <calluna/bindings/feed.hpp>

#include <thread>

namespace calluna::bindings {
namespace {

class feed_app : public app_test {
 protected:
  void run() {
    options.modules.push_back(values->module("test.values"));
    run_app(R"(
      local next_value, log, task = require "test.values", require "calluna.log", require "calluna.task"
      return { start = function()
        task.spawn(function()
          while true do
            local value, err = next_value()
            if not value then return log.info("over: %s", err.kind) end
            log.info("%s %s", value.name, value.number)
          end
        end)
      end })");
  }
  std::shared_ptr<feed> values = std::make_shared<feed>();
};

TEST_F(feed_app, takes_values_in_order_whether_they_come_before_or_after) {
  values->give({{"name", "one"}, {"number", 1}});
  values->give({{"name", "two"}, {"number", 2}});
  run();
  EXPECT_EQ(log_lines(), (std::vector<std::string>{"info one 1", "info two 2"}));
  std::thread([this] { values->give({{"name", "three"}, {"number", 3}}); }).join();
  settle();
  EXPECT_EQ(last_log(), "info three 3");
}

TEST_F(feed_app, says_that_the_task_has_been_ended) {
  run();
  app_->stop([] {});
  settle();
  EXPECT_EQ(last_log(), "info over: cancelled");
  values->give({{"name", "late"}, {"number", 1}});
}

}  // namespace
}  // namespace calluna::bindings
