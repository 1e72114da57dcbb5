#include "temporary_folder.hpp"

#include <calluna/runtime/service.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace calluna::runtime {
namespace {

using testing::HasSubstr;

class check_of_routes : public testing::Test {
 protected:
  void app(std::string const& name, std::string const& source) {
    app_config made;
    made.name = name;
    made.path = folder.write(name + "/init.lua", source).parent_path();
    settings.apps.push_back(made);
  }
  std::string check(int expected) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(service::check(settings), expected);
    return testing::internal::GetCapturedStderr();
  }

  check_of_routes() {
    settings.file = "calluna.toml";
    settings.http.emplace();
  }
  test::temporary_folder folder;
  config settings;
};

TEST_F(check_of_routes, good_ones_are_good) {
  app("a",
      R"(require "calluna.http".get("/a/{id}", { rate = "10/min", allow = "::1" }, function() end)
              require "calluna.push".set("a", "b", 1))");
  app("b", R"(require "calluna.http".get("/b", function() end))");
  EXPECT_EQ(check(0), "");
}

TEST_F(check_of_routes, mistakes_are_told_with_the_apps_line) {
  app("a", "local http = require 'calluna.http'\nhttp.get('a', function() end)\n");
  app("b", "local http = require 'calluna.http'\nhttp.get('/a', { rate = '1' }, function() end)\n");
  auto const told = check(1);
  EXPECT_THAT(told, HasSubstr("a/init.lua:2: http.get: 'a' is no path"));
  EXPECT_THAT(told, HasSubstr("b/init.lua:2: http.get: rate is"));
}

TEST_F(check_of_routes, two_apps_with_one_path_are_found) {
  app("a", R"(require "calluna.http".get("/v1/{id}", function() end))");
  app("b", R"(require "calluna.http".get("/v1/{name}", function() end))");
  EXPECT_THAT(check(1), HasSubstr("app b: route GET '/v1/{name}': 'a' serves it already"));
}

TEST_F(check_of_routes, without_the_section_there_can_be_none) {
  settings.http.reset();
  app("a", R"(require "calluna.http".get("/v1", function() end))");
  EXPECT_EQ(check(1), "app a: it answers GET /v1, but calluna.toml has no [http]\n");
}

TEST_F(check_of_routes, scripts_of_agi_are_looked_at_likewise) {
  app("a", R"(require "calluna.agi".serve("x", function() end))");
  app("b", R"(require "calluna.agi".serve("/x", function() end))");
  EXPECT_EQ(check(1),
            "app a: it serves the AGI script 'x', but calluna.toml has no [agi]\n"
            "app b: it serves the AGI script 'x', but calluna.toml has no [agi]\n");
  settings.agi.emplace();
  EXPECT_EQ(check(1), "app b: the AGI script 'x' is served by app 'a' already\n");
}

}  // namespace
}  // namespace calluna::runtime
