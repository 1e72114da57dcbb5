// What a user gets wrong is told in one line that says what and where.
#include "support/lab_test.hpp"

#include <regex>

namespace calluna::integration {
namespace {

class mistakes : public lab_test {
 protected:
  runtime_settings settings() const { return {.apps = {{"stop", test_app("stop")}}}; }

  /// One line of warning or error says it, and no other does.
  void expect_only(std::string const& line) {
    EXPECT_TRUE(logged(" (warning|error) .*" + line, 5s)) << line;
    for (auto const& other : last_log().lines(" (warning|error) "))
      EXPECT_TRUE(std::regex_search(other, std::regex{line})) << "also: " << other;
    EXPECT_FALSE(logged(" ready: ", 0ms));
  }
};
CALLUNA_WITH_BOTH(mistakes);

TEST_P(mistakes, a_wrong_manager_secret) {
  auto with = settings();
  with.ami_secret = "quite-wrong-but-long-enough";
  begin(with);
  expect_only("ami:main.*127\\.0\\.0\\.1:" + pbx().setting("AMI_PORT") +
              ".*(refused|login|failed)");
}

TEST_P(mistakes, a_wrong_ari_password) {
  auto with = settings();
  with.ari_password = "quite-wrong-but-long-enough";
  begin(with);
  expect_only("ari:main.*(401|password|refused)");
}

TEST_P(mistakes, a_wrong_manager_port) {
  auto with = settings();
  with.ami = {{"port", "1"}};
  begin(with);
  expect_only("ami:main.*127\\.0\\.0\\.1:1\\b.*refused");
}

TEST_P(mistakes, the_manager_port_given_for_ari) {
  auto with = settings();
  with.ari = {{"url", "\"http://127.0.0.1:" + pbx().setting("AMI_PORT") + "/ari\""}};
  begin(with);
  expect_only("ari:main.*127\\.0\\.0\\.1:" + pbx().setting("AMI_PORT"));
}

TEST_P(mistakes, a_syntax_error_in_a_script) {
  folder().write("broken/init.lua", "local x = 1\nif x then\n  x = = 2\nend\n");
  begin({.apps = {{"broken", folder().path() / "broken"}}});
  expect_only("app:broken: not loaded.*broken/init\\.lua:3: ");
}

TEST_P(mistakes, an_error_in_start) {
  folder().write("broken/init.lua",
                 "return {\n  start = function()\n    local t = nil\n    t.x = 1\n  end,\n}\n");
  begin({.apps = {{"broken", folder().path() / "broken"}}});
  expect_only("app:broken: not loaded.*broken/init\\.lua:4: ");
}

TEST_P(mistakes, an_unknown_key_of_the_configuration) {
  auto with = settings();
  with.ami = {{"usr", "\"calluna\""}};
  auto& program = begin(with);
  EXPECT_EQ(program.program().wait_end(5s), 2);
  EXPECT_EQ(program.log().count("."), 1U) << program.log().text();
  EXPECT_EQ(program.log().count("calluna\\.toml:\\d+:\\d+: pbx\\.main\\.ami: unknown key 'usr'"),
            1U)
      << program.log().text();
}

}  // namespace
}  // namespace calluna::integration
