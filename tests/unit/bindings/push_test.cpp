#include "app_fixture.hpp"

namespace calluna::bindings {
namespace {

/// Writes down what it is asked, and answers as the test says.
class scripted_hub : public push_hub {
 public:
  outcome set(std::string_view topic, std::string_view key, std::string json,
              std::optional<std::chrono::milliseconds> keep) override {
    note("set", topic, key, json + (keep ? " " + std::to_string(keep->count()) : ""));
    return answer;
  }
  outcome clear(std::string_view topic, std::string_view key) override {
    note("clear", topic, key, "");
    return answer;
  }
  std::size_t clear_all(std::string_view prefix, std::string_view key,
                        std::string_view except) override {
    note("clear_all", prefix, key, except);
    return 3;
  }
  outcome send(std::string_view topic, std::string json) override {
    note("send", topic, "", json);
    return answer;
  }
  std::size_t listeners(std::string_view topic) const override { return topic.size(); }

  std::vector<std::string> asked;
  outcome answer{2, false};

 private:
  void note(char const* what, std::string_view a, std::string_view b, std::string_view c) {
    asked.push_back(std::string(what) + "|" + std::string(a) + "|" + std::string(b) + "|" +
                    std::string(c));
  }
};

class push_app : public app_test {
 protected:
  std::shared_ptr<scripted_hub> hub = std::make_shared<scripted_hub>();
};

TEST_F(push_app, values_are_set_cleared_and_sent_as_json) {
  options.services.push = hub;
  run_app(R"(
    local push, log = require "calluna.push", require "calluna.log"
    log.info("%s", push.set("user/anna", "call", { title = "Ann", list = { 1 } }, { ttl = 1.5 }))
    push.set("user/anna", "flag", false)
    log.info("%s", push.clear("user/anna", "call"))
    log.info("%s", push.clear_all("user/", "call", { except = "user/bob" }))
    log.info("%s", push.send("news", "text"))
    log.info("%s", push.listeners("abc")))");
  EXPECT_EQ(hub->asked,
            (std::vector<std::string>{R"(set|user/anna|call|{"list":[1],"title":"Ann"} 1500)",
                                      "set|user/anna|flag|false", "clear|user/anna|call|",
                                      "clear_all|user/|call|user/bob", R"(send|news||"text")"}));
  EXPECT_EQ(log_lines(),
            (std::vector<std::string>{"info 2", "info 2", "info 3", "info 2", "info 3"}));
}

TEST_F(push_app, a_full_hub_is_an_error_value) {
  options.services.push = hub;
  hub->answer = {0, true};
  run_app(R"(
    local push, log = require "calluna.push", require "calluna.log"
    local listeners, err = push.set("a", "b", 1)
    log.info("%s %s", tostring(listeners), err.kind))");
  EXPECT_EQ(last_log(), "info nil refused");
}

TEST_F(push_app, nothing_is_pushed_by_what_may_only_read) {
  options.services.push = hub;
  options.read_only = true;
  run_app(R"(
    local push, log = require "calluna.push", require "calluna.log"
    for _, outcome in ipairs {
      { push.set("a", "b", 1) }, { push.clear("a", "b") }, { push.clear_all("a", "b") }, { push.send("a", 1) },
    } do
      log.info("%s %s", tostring(outcome[1]), outcome[2].kind)
    end
    log.info("%s", push.listeners("abc")))");
  auto expected = std::vector<std::string>(4, "info nil refused");
  expected.push_back("info 3");
  EXPECT_EQ(log_lines(), expected);
  EXPECT_TRUE(hub->asked.empty());
}

TEST_F(push_app, misuse_is_raised_at_the_apps_line) {
  options.services.push = hub;
  run_app(R"(
    local push, log = require "calluna.push", require "calluna.log"
    local function try(fn, ...)
      local args = { ... }
      local _, problem = pcall(function() fn(unpack(args, 1, 4)) return 1 end)
      log.info("%s", (tostring(problem)))
    end
    try(push.set, "a", "b", nil)
    try(push.set, "a", 7, 1)
    try(push.set, "", "b", 1)
    try(push.set, "a", "b", print)
    try(push.set, "a", "b", 1, { tll = 1 })
    try(push.set, "a", "b", 1, { ttl = -1 })
    try(push.clear_all, "a", "b", { exept = "c" }))");
  char const* const expected[] = {"the value is nil",
                                  "argument 2 is a number; it takes a string",
                                  "argument 1 is an empty text",
                                  "function",
                                  "did you mean 'ttl'",
                                  "at most a week, not -1",
                                  "did you mean 'except'"};
  ASSERT_EQ(log_lines().size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_NE(log_lines()[i].find(expected[i]), std::string::npos) << log_lines()[i];
    EXPECT_NE(log_lines()[i].find("init.lua:5: "), std::string::npos) << log_lines()[i];
  }
  EXPECT_TRUE(hub->asked.empty());
}

TEST_F(push_app, without_a_server_it_says_so) {
  auto const loaded = load(R"(require "calluna.push".set("a", "b", 1))");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("init.lua:1: push.set: no [http] is configured"),
            std::string::npos)
      << loaded.error().message;
}

}  // namespace
}  // namespace calluna::bindings
