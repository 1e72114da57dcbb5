// What a console may not change without --write.
#include "../../../../runtime/src/console/read_only.hpp"

#include "../../../../runtime/src/testing/offline_erp.hpp"
#include "console_on_the_sim.hpp"

#include <gmock/gmock.h>

#include <filesystem>

namespace calluna::runtime {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

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

/// What a business system that is read only says to what it is asked.
TEST(read_only, asks_a_business_system_only_what_changes_nothing) {
  boost::asio::io_context loop;
  auto const time = std::make_shared<manual_clock>();
  auto const office = std::make_shared<runtime::testing::offline_erp>(loop.get_executor(), time);
  office->slowness = {};
  auto const partner = office->put("res.partner", {{"name", "Ann"}});
  bindings::app_options options;
  options.services.erps["main"] = office;
  console::make_read_only(options, loop.get_executor());
  auto& system = *options.services.erps.at("main");

  std::vector<std::string> told;
  auto const note = [&told](auto const& outcome) {
    told.push_back(outcome ? "done" : to_string(outcome.error()));
  };
  system.submit({.model = "res.partner", .method = "search_count", .positional = "[[]]"}, {}, note);
  system.search_read("res.partner", {}, {}, note);
  system.read("res.partner", {partner}, {"name"}, {}, note);
  time->advance(std::chrono::seconds(1));
  fakes::run_until(loop, [&] { return told.size() == 3; });
  EXPECT_EQ(told, std::vector<std::string>(3, "done"));

  told.clear();
  system.submit({.model = "res.partner", .method = "unlink", .ids = {{partner}}}, {}, note);
  system.submit({.model = "res.partner", .method = "action_confirm"}, {}, note);
  system.upsert("res.partner", "{}", "{}", {}, note);
  system.attach({}, {}, note);
  system.note("res.partner", partner, "text", false, {}, note);
  system.rotate_key("key", note);
  EXPECT_TRUE(told.empty()) << "never from inside";
  fakes::run_until(loop, [&] { return told.size() == 6; });
  EXPECT_EQ(told, std::vector<std::string>(6, "refused: read-only console; --write allows it"));
  EXPECT_EQ(office->records("res.partner").size(), 1U);
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
