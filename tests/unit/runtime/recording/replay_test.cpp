// What a live runtime's PBX said, recorded, and played to the apps again.
#include "../../../../runtime/src/testing/replay.hpp"

#include "../../../../runtime/src/recording/record_desk.hpp"
#include "../on_the_sim.hpp"

#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/testing/test_run.hpp>

#include <gmock/gmock.h>

#include <sstream>

namespace calluna::runtime {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class replay : public test::on_the_sim {
 protected:
  json ask(char const* what) {
    std::optional<json> told;
    desk->answer({{"command", "record"}, {"do", what}}, [&](result<json> answer) {
      told = answer ? std::move(*answer) : json{{"error", answer.error().message}};
    });
    EXPECT_TRUE(fakes::run_until(loop, [&] { return told.has_value(); }));
    return told.value_or(json());
  }
  void begin() {
    desk = std::make_unique<recording::record_desk>(loop.get_executor(), *apps_,
                                                    logger(log, "record"));
    keep(ask("begin"));
  }
  void keep(json const& answer) {
    for (auto const& line : answer.value("lines", json::array()))
      text += line.get<std::string>() + "\n";
  }
  void end() {
    keep(ask("end"));
    folder.write("incident.jsonl", text);
  }
  void TearDown() override {
    desk.reset();
    on_the_sim::TearDown();
  }
  std::string played(int expected = exit_done) {
    std::ostringstream out, err;
    EXPECT_EQ(testing::replay(settings, {folder / "incident.jsonl", "", false}, out, err), expected)
        << out.str() << err.str();
    return out.str() + err.str();
  }
  void record_a_call_to_the_queue() {
    dialplan("[from-trunk]\nexten => 100,1,Stasis(vip-queue)\n same => n,Hangup()\n");
    pbx.actors().set_behaviour("PJSIP/101", {sim::behaviour::kind::answer, 2s, 10s});
    ASSERT_NO_FATAL_FAILURE(run("[app.vip_queue]\npath = \"" CALLUNA_SOURCE_DIR
                                "/examples/apps/vip_queue\"\n[app.vip_queue.config]\n"
                                "members = [\"PJSIP/101\"]\nwrap_up = 0\n"));
    begin();
    call("100", "+14155550101");
    ASSERT_TRUE(logged(" talks to PJSIP/101")) << everything();
    ASSERT_TRUE(nothing_left()) << everything();
    // The runtime learns of the end a little later.
    while (text.find("DELETE bridges/") == std::string::npos) keep(ask("more"));
    end();
  }

  std::unique_ptr<recording::record_desk> desk;
  std::string text;
};

TEST_F(replay, lets_an_app_do_again_what_it_did) {
  ASSERT_NO_FATAL_FAILURE(record_a_call_to_the_queue());
  auto const told = played();
  EXPECT_THAT(told, AllOf(HasSubstr("+14155550101 talks to PJSIP/101"), HasSubstr(", 0 not in it"),
                          HasSubstr("answered by PJSIP/101"), Not(HasSubstr("has no answer"))));
}

TEST_F(replay, is_a_case_of_a_test) {
  ASSERT_NO_FATAL_FAILURE(record_a_call_to_the_queue());
  folder.write("app/init.lua", R"(
    local calls, log = require "calluna.calls", require "calluna.log"
    calls.on("ended", function(call)
      log.info("%s: %s, partner %s", call.remote_number, call.status, call.partner and call.partner.name)
    end)
  )");
  folder.write("app/incident.jsonl", text);
  folder.write("app/test.lua", R"(
    local t = require "calluna.test"
    t.replay("a recorded call ends as it did", { file = "incident.jsonl" }, function(pbx)
      pbx:partner { number = "+14155550101", name = "Ann" }
      pbx:play()
      t.expect(pbx):logged("+14155550101: answered, partner Ann")
      t.expect_not(pbx):asked("channels/")
    end)
    t.replay("nobody can call in the past", { file = "incident.jsonl" }, function(pbx)
      pbx:call { from = "+14155550199", to = "100" }
    end)
    t.replay("a file that is not there", { file = "other.jsonl" }, function(pbx) pbx:play() end)
  )");
  std::ostringstream out, err;
  testing::test_run_options options;
  options.targets = {folder / "app"};
  options.jobs = 1;
  options.verbose = true;
  EXPECT_EQ(testing::run_tests(options, out, err), exit_failure);
  EXPECT_THAT(out.str(),
              AllOf(HasSubstr("2 of 3 cases failed"), HasSubstr("'call': this PBX is a recording"),
                    HasSubstr("other.jsonl: cannot be read")));
}

TEST_F(replay, says_what_is_not_in_the_recording) {
  ASSERT_NO_FATAL_FAILURE(record_a_call_to_the_queue());
  auto const app = folder.write("other/init.lua", R"(
    local ari, log = require "calluna.ari", require "calluna.log"
    ari.app("vip-queue", function(ch)
      ch:answer()
      local said, err = ch:play("never-recorded")
      log.info("%s", err)
    end)
  )");
  settings.apps[0].path = app.parent_path();
  EXPECT_THAT(played(), AllOf(HasSubstr("the recording has no answer to: POST channels/"),
                              HasSubstr("never-recorded"), HasSubstr("protocol: ")));
}

TEST_F(replay, of_a_runtime_that_says_more_than_is_fetched_ends) {
  ASSERT_NO_FATAL_FAILURE(run(""));
  begin();
  EXPECT_THAT(ask("begin")["error"].get<std::string>(), HasSubstr("goes on already"));
  EXPECT_THAT(ask("what")["error"].get<std::string>(), HasSubstr("begin, more or end"));
  EXPECT_EQ(ask("end")["ended"], true);
}

}  // namespace
}  // namespace calluna::runtime
