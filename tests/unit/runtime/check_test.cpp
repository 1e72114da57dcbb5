#include "add_app.hpp"
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
    test::add_app(settings, folder, name, source);
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

/// Mistakes that are found without running the code they are in.
class check_of_sources : public check_of_routes {
 protected:
  std::string mistakes(std::string const& source, int expected = 1) {
    settings.apps.clear();
    app("a", source);
    auto told = check(expected);
    auto const folder_name = settings.apps[0].path.string() + "/";
    for (std::size_t at; (at = told.find(folder_name)) != std::string::npos;)
      told.erase(at, folder_name.size());
    return told;
  }
};

TEST_F(check_of_sources, a_global_that_no_app_has_is_told_wherever_it_stands) {
  EXPECT_EQ(
      mistakes(
          "local function seldom(x)\n  if x then return function() return prnit(x) end end\nend\n"
          "return { start = seldom }\n"),
      "init.lua:2: undefined global 'prnit' (did you mean 'print'?)\n");
  EXPECT_EQ(mistakes("return { stop = function() count = 1 end }\n"),
            "init.lua:1: assignment to global 'count' (missing 'local'?)\n");
  EXPECT_EQ(mistakes("return { stop = function() return debug.traceback(), os.time(), "
                     "string.rep('a', 2) end }\n",
                     0),
            "");
}

TEST_F(check_of_sources, option_keys_that_are_written_out_are_told) {
  EXPECT_EQ(mistakes(R"(local ari, popup = require "calluna.ari", require "calluna.popup"
ari.app("x", function(ch)
  ch:play("hello", { lnag = "de" })
  ch:dial({ "PJSIP/1", "PJSIP/2" }, { timeuot = 3,
    moh = "default", ringbakc = true })
  popup.show("ann", { key = "a", titel = "x" })
end)
)"),
            "init.lua:3: ch:play: unknown option 'lnag' (did you mean 'lang'?)\n"
            "init.lua:4: ch:dial: unknown option 'timeuot' (did you mean 'timeout'?)\n"
            "init.lua:5: ch:dial: unknown option 'ringbakc' (did you mean 'ringback'?)\n"
            "init.lua:6: popup.show: unknown option 'titel' (did you mean 'title'?)\n");
}

TEST_F(check_of_sources, what_is_no_option_of_the_librarys_is_left_alone) {
  EXPECT_EQ(mistakes(R"(local ari, json = require "calluna.ari", require "calluna.json"
local mine = {}
function mine:play(what, opts) return self, what, opts end
ari.app("x", function(ch)
  mine:play("hello", { lnag = "de" })
  json.encode({ lnag = "de" })
  local opts = { lang = "de" }
  ch:play({ "a", "b" }, opts)
  ch:play("c", opts.nested and { ["lang"] = "de" } or nil)
  -- ch:play("hello", { lnag = "de" })
  ch:set_variable("A", [[ ch:play("hello", { lnag = "de" }) ]])
end)
)",
                     0),
            "");
}

TEST_F(check_of_sources, all_files_of_the_app_are_looked_at) {
  folder.write("a/lib/more.lua", "return function() return tpye end\n");
  folder.write("a/test.lua", "if then\n");
  folder.write("a/.hidden/x.lua", "if then\n");
  EXPECT_EQ(mistakes("return {}\n"),
            "lib/more.lua:1: undefined global 'tpye' (did you mean 'type'?)\n"
            "test.lua:1: unexpected symbol near 'then'\n");
}

TEST_F(check_of_sources, what_a_grant_allows_is_there) {
  std::string const source = "return { start = function() return package.loadlib end }\n";
  EXPECT_THAT(mistakes(source), HasSubstr("undefined global 'package'"));
  settings.apps.clear();
  app("a", source);
  settings.apps[0].grants = {"loadlib"};
  EXPECT_EQ(check(0), "");
}

TEST_F(check_of_sources, luacheck_is_asked_if_it_is_there) {
  EXPECT_EQ(mistakes("local unused = 1\nreturn {}\n"), "init.lua:1:7: unused variable 'unused'\n");
  {
    auto const broken =
        folder.write("bin/luacheck", "#!/bin/sh\necho no such option >&2\nexit 3\n", 0700);
    test::environment_variable const first("PATH", broken.parent_path().c_str());
    EXPECT_EQ(mistakes("return {}\n"), "luacheck failed: no such option\n");
  }
  test::environment_variable const nowhere("PATH", "/nonexistent");
  EXPECT_EQ(mistakes("local unused = 1\nreturn {}\n", 0),
            "note: luacheck is not installed, so it was not asked\n");
}

}  // namespace
}  // namespace calluna::runtime
