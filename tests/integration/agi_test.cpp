// Calls that a dialplan hands over by FastAGI.
#include "support/lab_test.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace calluna::integration {
namespace {

class agi_app : public lab_test {
 protected:
  runtime& start(std::string const& more = {}) {
    auto& program = run({.apps = {{"agi", test_app("agi")}},
                         .sections = "[agi]\nlisten = \"127.0.0.1:0\"\n" + more});
    port_ = program.status()["agi"]["port"];
    return program;
  }
  /// The lab's extension `agi` hands a call to the script of that name.
  void dial(std::string const& script, std::string const& arguments = {}) {
    ami::action originate("Originate");
    originate.set("Channel", "Local/agi@load")
        .set("Application", "Wait")
        .set("Data", "60")
        .set("Async", "true")
        .set("CallerID", "\"Ann \\\"A\\\" O'Neil\" <+4930123>")
        .variable("LAB_AGI", fmt::format("agi://127.0.0.1:{}/{}", port_, script));
    if (!arguments.empty()) originate.variable("LAB_AGI_ARG", arguments);
    ASSERT_TRUE(ami().send(originate));
  }
  /// What the dialplan says afterwards.
  bool went_on(std::string const& status, ami_view::headers more = {}, std::size_t times = 1) {
    more["UserEvent"] = "LabAgi";
    more["Status"] = status;
    return ami().wait_for("UserEvent", more, 10s, times, from_);
  }
  void SetUp() override {
    lab_test::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) from_ = ami().position();
  }

  std::uint16_t port_ = 0;
  std::size_t from_ = 0;
};
CALLUNA_WITH_BOTH(agi_app);

std::size_t descriptors(process& of) {
  std::size_t count = 0;
  for ([[maybe_unused]] auto const& each :
       std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", of.pid())))
    ++count;
  return count;
}

TEST_P(agi_app, reads_and_sets_variables_whatever_is_in_them) {
  start("[directory]\nfile = \"" + folder().write("partners.csv", "id,name,numbers\n").string() +
        "\"\n");
  dial("variables?country=DE", "one");
  EXPECT_TRUE(logged("call: variables DE one  load"));
  EXPECT_TRUE(logged("caller: Ann \"A\" O'Neil \\+4930123"));
  EXPECT_TRUE(logged("pbx: main"));
  EXPECT_TRUE(logged("hostile values kept: 8"));
  EXPECT_TRUE(logged("line end: invalid: "));
  EXPECT_TRUE(logged("too long: invalid: "));
  EXPECT_TRUE(logged("longest: true"));
  EXPECT_TRUE(logged("its length: 2000"));
  EXPECT_TRUE(logged("unset: nil"));
  EXPECT_TRUE(logged("callerid: Ann, A/\\+4930"));
  EXPECT_TRUE(logged("call known: true"));
  EXPECT_TRUE(logged("database: v"));
  EXPECT_TRUE(logged("database gone: nil"));
  EXPECT_TRUE(went_on("SUCCESS", {{"Result", "done"}}));
}

TEST_P(agi_app, plays_executes_and_tells_what_fails) {
  start();
  dial("media");
  EXPECT_TRUE(logged("answer: true"));
  EXPECT_TRUE(logged("status: up"));
  EXPECT_TRUE(logged("stream: $"));
  EXPECT_TRUE(logged("missing: rejected: "));
  EXPECT_TRUE(logged("digits: $"));
  EXPECT_TRUE(logged("number: $"));
  EXPECT_TRUE(logged("no key: timeout: "));
  EXPECT_TRUE(logged("no data: timeout: "));
  EXPECT_TRUE(logged("exec: true"));
  EXPECT_TRUE(logged("no application: invalid: "));
  EXPECT_TRUE(logged("system: refused: "));
  EXPECT_TRUE(logged("nonsense: invalid: 510"));
  EXPECT_TRUE(logged("verbose: true"));
  EXPECT_TRUE(went_on("FAILURE")) << "as one of the commands has failed";
}

TEST_P(agi_app, says_where_the_dialplan_goes_on) {
  start();
  dial("place");
  EXPECT_TRUE(ami().wait_for("UserEvent", {{"UserEvent", "LabAgiPlace"}}, 10s, 1, from_));
}

TEST_P(agi_app, ends_its_waits_when_the_caller_hangs_up) {
  auto& runtime = start();
  dial("hangup");
  ASSERT_TRUE(logged("waiting on "));
  ami::action hangup("Hangup");
  hangup.set("Channel", last_log().last("waiting on (.*)$"));
  ASSERT_TRUE(ami().send(hangup));
  EXPECT_TRUE(logged("wait: gone: ", 3s));
  EXPECT_TRUE(logged("sleep: gone: ", 1s));
  EXPECT_TRUE(logged("stream: gone: ", 1s));
  EXPECT_TRUE(logged("gone: true", 1s));
  EXPECT_TRUE(eventually([&] { return runtime.status()["agi"]["open"] == 0; }, 5s));
}

TEST_P(agi_app, lets_the_dialplan_go_on_at_once_where_nobody_serves) {
  auto& runtime = start();
  dial("nobody");
  dial("nobody");
  EXPECT_TRUE(went_on("SUCCESS", {}, 2));
  EXPECT_TRUE(logged("no app serves 'nobody'"));
  EXPECT_EQ(last_log().count("no app serves"), 1u) << "told once";
  EXPECT_EQ(runtime.status()["agi"]["unserved"], 2);
}

TEST_P(agi_app, that_raises_an_error_lets_the_dialplan_go_on) {
  start();
  dial("error");
  EXPECT_TRUE(went_on("SUCCESS"));
  EXPECT_TRUE(logged("a mistake in the script"));
}

TEST_P(agi_app, serves_500_calls_at_once_and_leaks_nothing) {
  auto& runtime = start();
  dial("place");  // what is opened once
  ASSERT_TRUE(ami().wait_for("UserEvent", {{"UserEvent", "LabAgiPlace"}}, 10s, 1, from_));
  ASSERT_TRUE(nothing_left());
  auto const before = descriptors(runtime.program());
  for (int i = 0; i < 500; ++i) dial("load");
  EXPECT_TRUE(logged("load: all 500 are there, 0 wrong", 60s));
  EXPECT_TRUE(logged("load: all 500 ended", 30s));
  EXPECT_TRUE(went_on("SUCCESS", {}, 500));
  auto const agi = runtime.status()["agi"];
  EXPECT_EQ(agi["sessions"], 501);
  EXPECT_EQ(agi["malformed"], 0);
  EXPECT_EQ(agi["rejected"], 0);
  EXPECT_TRUE(eventually([&] { return runtime.status()["agi"]["open"] == 0; }, 10s));
  EXPECT_TRUE(eventually([&] { return runtime.app_status("agi")["visits"] == 0; }, 10s));
  EXPECT_TRUE(eventually([&] { return descriptors(runtime.program()) <= before; }, 10s))
      << before << " before, " << descriptors(runtime.program()) << " after";
  EXPECT_TRUE(nothing_left(30s));
}

}  // namespace
}  // namespace calluna::integration
