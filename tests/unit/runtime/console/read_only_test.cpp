// What a console may not change without --write.
#include "console_on_the_sim.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace calluna::runtime {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using read_only_console = test::console_on_the_sim;

constexpr char refused[] = "nil\trefused: read-only console; --write allows it";

TEST_F(read_only_console, asks_a_pbx_only_what_changes_nothing) {
  open();
  EXPECT_THAT(line("ami.action { Action = 'CoreStatus' }"), Not(HasSubstr("refused")));
  EXPECT_EQ(line("ami.action { Action = 'Originate', Channel = 'PJSIP/101' }"), refused);
  EXPECT_EQ(line("ami.action { Action = 'Hangup', Channel = 'x' }"), refused);
  EXPECT_EQ(line("(ari.channels.list())"), "{}");
  EXPECT_THAT(line("ari.channels.originate { endpoint = 'PJSIP/101', app = 'x' }"),
              HasSubstr("read-only console"));
  EXPECT_THAT(line("ari.asterisk.get_global_var { variable = 'A' }"), Not(HasSubstr("refused")));
  EXPECT_EQ(line("ari.asterisk.get_global_var { variable = 'SHELL(touch x)' }"), refused);
}

TEST_F(read_only_console, writes_no_files) {
  open();
  auto const file = (folder / "there").string();
  folder.write("there", "text");
  EXPECT_EQ(line("io.open('" + file + "'):read('*a')"), "\"text\"");
  EXPECT_EQ(line("io.open('" + file + "', 'w')"), refused);
  EXPECT_EQ(line("io.open('" + file + "', 'r+')"), refused);
  EXPECT_EQ(line("io.open('" + file + "', 'a')"), refused);
  EXPECT_EQ(line("io.output('" + file + "')"), refused);
  EXPECT_EQ(line("io.tmpfile()"), refused);
  EXPECT_EQ(line("os.remove('" + file + "')"), refused);
  EXPECT_EQ(line("os.rename('" + file + "', 'x')"), refused);
  EXPECT_EQ(line("os.tmpname()"), refused);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(read_only_console, sends_other_servers_nothing) {
  open();
  EXPECT_EQ(line("http.request { url = 'http://127.0.0.1:1/', method = 'POST' }"), refused);
  EXPECT_THAT(line("http.request { url = 'http://127.0.0.1:1/' }"), StartsWith("nil\toffline"));
}

TEST_F(read_only_console, serves_nobody) {
  for (bool const write : {false, true}) {
    open(write);
    EXPECT_THAT(line("ari.app('x', function() end)"), HasSubstr("serves no Stasis application"));
    EXPECT_THAT(line("http.get('/x', function() end)"), HasSubstr("a console answers no requests"));
    EXPECT_THAT(line("require 'calluna.agi'.serve('x', function() end)"),
                HasSubstr("a console serves no AGI scripts"));
  }
}

TEST_F(read_only_console, may_change_things_if_it_is_told_so) {
  open(true);
  EXPECT_THAT(line("ami.action { Action = 'Hangup', Channel = 'x' }"), Not(HasSubstr("refused")));
  auto const file = (folder / "new").string();
  EXPECT_EQ(line("io.open('" + file + "', 'w'):write('text') and nil"), "nil");
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(line("os.remove('" + file + "')"), "true");
  EXPECT_THAT(line("http.request { url = 'http://127.0.0.1:1/', method = 'POST' }"),
              StartsWith("nil\toffline"));
}

}  // namespace
}  // namespace calluna::runtime
