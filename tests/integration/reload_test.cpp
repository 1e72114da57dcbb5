// A script is saved again and again while 200 calls are up and others keep coming.
#include "support/lab_test.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <iostream>

namespace calluna::integration {
namespace {

enum class text_kind { good, syntax_error, start_error };

std::string script(int version, text_kind kind) {
  std::string text =
      "local ari, log = require \"calluna.ari\", require \"calluna.log\"\n"
      "local version = " +
      std::to_string(version) + "\n";
  if (kind == text_kind::syntax_error) text += "if version then then\n";
  text += R"(
ari.app("t-load", function(ch)
  log.info("call of version %d: %s", version, ch.id)
  ch:set_variable("LAB_SCRIPT", version)
  ch:answer()
  ch:wait_end()
  log.info("ended in version %d: %s", version, ch.id)
end, { fallback = "fallback,s,1" })
)";
  text += "return { start = function()\n";
  if (kind == text_kind::start_error) text += "  error(\"no start today\")\n";
  return text + "end }\n";
}

class hot_reload : public lab_test {
 protected:
  void save(int version, text_kind kind) {
    saved_at_ = last_log_size();
    folder().write("load/init.lua", script(version, kind));
  }
  std::size_t last_log_size() const { return started_ ? last_log().size() : 0; }

  /// The next calls run `version`, and once one did, none runs another.
  void expect_calls_of(int version) {
    auto const mine = "call of version " + std::to_string(version) + ":";
    ASSERT_TRUE(last_log().wait_for(mine, 5s, 1, saved_at_)) << "no call runs version " << version;
    auto const first = last_log().size();
    ASSERT_TRUE(last_log().wait_for("call of version ", 5s, 3, first));
    EXPECT_EQ(last_log().count("call of version ", first), last_log().count(mine, first));
  }

  void save_good(int version) {
    save(version, text_kind::good);
    ASSERT_TRUE(last_log().wait_for("app:load: generation \\d+ serves", 5s, 1, saved_at_));
    expect_calls_of(version);
  }

  /// The log says where the mistake is, and calls go on as in `serving`.
  void save_bad(int version, text_kind kind, int serving) {
    save(version, kind);
    auto const where = kind == text_kind::syntax_error
                           ? std::string{"load/init\\.lua:3: .*'then'"}
                           : std::string{"load/init\\.lua:\\d+: no start today"};
    ASSERT_TRUE(last_log().wait_for(
        "error app:load: not loaded, the running script stays: .*" + where, 5s, 1, saved_at_));
    expect_calls_of(serving);
  }

  bool started_ = false;
  std::size_t saved_at_ = 0;
};
CALLUNA_WITH_BOTH(hot_reload);

TEST_P(hot_reload, harms_no_call_and_serves_each_new_one_with_the_newest_good_script) {
  save(0, text_kind::good);
  auto& program = run({.apps = {{"load", folder().path() / "load"}}});
  started_ = true;

  auto& long_calls = call("app-t-load", {"--count", "200", "--rate", "100"});
  ASSERT_TRUE(long_calls.saw("answered", 20s, 200));
  ASSERT_TRUE(eventually([&] { return program.app_status("load").at("channels") == 200; }, 5s));
  auto& new_calls = call("app-t-load", {"--from", "+4940####", "--count", "1000", "--rate", "20",
                                        "--hangup-after", "200"});

  int serving = 0;
  for (int version = 1; version <= 20; ++version) {
    if (version % 4 == 2)
      save_bad(version, text_kind::syntax_error, serving);
    else if (version % 4 == 0)
      save_bad(version, text_kind::start_error, serving);
    else
      save_good(serving = version);
    if (HasFatalFailure()) return;
  }
  EXPECT_EQ(long_calls.log().count("^(ended|hung up) "), 0U) << "all long calls are up";
  auto const app = program.app_status("load");
  EXPECT_EQ(app.at("reloads"), 11);
  EXPECT_EQ(app.at("failures"), 10);
  ASSERT_FALSE(app.at("draining").empty());
  EXPECT_EQ(app.at("draining").at(0).at("channels"), 200) << "where they began: " << app.dump();

  new_calls.program().signal(SIGUSR1);  // SIPp: no new calls, end when the last one has ended
  EXPECT_EQ(new_calls.program().wait_end(10s), 0) << "each new call went as planned";
  for (auto const& id : ari().channels()) ari().remove("/channels/" + id);
  EXPECT_EQ(long_calls.program().wait_end(10s), 0) << "each long call went as planned";
  EXPECT_TRUE(last_log().wait_for("ended in version 0:", 10s, 200));
  EXPECT_TRUE(eventually([&] { return program.app_status("load").at("draining").empty(); }, 20s))
      << program.app_status("load").dump();
  EXPECT_EQ(last_log().count("generation \\d+ is closed"), 10U);
  EXPECT_EQ(program.app_status("load").at("task_errors"), 0);
}

}  // namespace
}  // namespace calluna::integration
