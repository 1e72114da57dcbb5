#include "temporary_folder.hpp"

#include <calluna/runtime/config.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace calluna::runtime {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class agi_section : public testing::Test {
 protected:
  tl::expected<config, config_problems> parse(std::string const& lines) {
    folder.write("app/init.lua", "");
    return parse_config(
        "[app.app]\npath = \"app\"\n[pbx.main.ami]\nuser = \"c\"\nsecret_env = "
        "\"CALLUNA_TEST_SECRET\"\n" +
            lines,
        folder / "calluna.toml");
  }
  agi::server_options good(std::string const& lines) {
    auto const all = parse("[agi]\n" + lines);
    EXPECT_TRUE(all) << (all ? "" : all.error().front());
    return all ? *all->agi : agi::server_options{};
  }
  std::string problem(std::string const& lines) {
    auto const all = parse("[agi]\n" + lines);
    return all ? "" : all.error().front();
  }
  static bool may(agi::server_options const& o, char const* address) {
    return io::any_contains(o.allow, address);
  }
  test::temporary_folder folder;
  test::environment_variable secret{"CALLUNA_TEST_SECRET", "correct horse"};
};

TEST_F(agi_section, is_off_unless_given) {
  EXPECT_FALSE(parse("")->agi);
}

TEST_F(agi_section, serves_this_machine_alone_unless_told_otherwise) {
  auto const o = good("");
  EXPECT_EQ(o.address, "127.0.0.1");
  EXPECT_EQ(o.port, 4573);
  EXPECT_EQ(o.max_sessions, 1000u);
  EXPECT_TRUE(may(o, "127.0.0.1"));
  EXPECT_TRUE(may(o, "::1"));
  EXPECT_FALSE(may(o, "10.0.0.1"));
}

TEST_F(agi_section, is_read) {
  auto const o =
      good("listen = \"[::]:4580\"\nallow = [\"10.0.0.0/8\", \"fd00::7\"]\nmax_sessions = 7");
  EXPECT_EQ(o.address, "::");
  EXPECT_EQ(o.port, 4580);
  EXPECT_EQ(o.max_sessions, 7u);
  EXPECT_TRUE(may(o, "::ffff:10.1.2.3"));
  EXPECT_TRUE(may(o, "fd00::7"));
  EXPECT_FALSE(may(o, "127.0.0.1"));
  EXPECT_EQ(good("listen = \"127.0.0.1:0\"").port, 0) << "any that is free";
}

TEST_F(agi_section, has_mistakes_told_with_their_place) {
  for (auto const* listen : {"4573", "127.0.0.1", "localhost:4573", "127.0.0.1:70000", "::1:4573",
                             "[127.0.0.1]:4573", ":4573", "127.0.0.1:4573x"})
    EXPECT_THAT(problem("listen = \"" + std::string(listen) + "\""),
                HasSubstr("calluna.toml:7:10: agi: 'listen' is an address and a port"))
        << listen;
  EXPECT_THAT(problem("allow = [\"pbx\"]"),
              HasSubstr("calluna.toml:7:9: agi: 'allow': 'pbx' is no network"));
  EXPECT_THAT(problem("allow = []"), HasSubstr("nobody could hand a call over"));
  EXPECT_THAT(problem("max_sessions = 0"), HasSubstr("'max_sessions' must be from 1"));
  EXPECT_THAT(problem("alow = \"::1\""), HasSubstr("unknown key 'alow' (did you mean 'allow'?)"));
}

TEST_F(agi_section, that_serves_anybody_is_warned_of) {
  EXPECT_THAT(parse("[agi]\nallow = [\"0.0.0.0/0\"]")->warnings,
              ElementsAre(HasSubstr("FastAGI has no login")));
}

}  // namespace
}  // namespace calluna::runtime
