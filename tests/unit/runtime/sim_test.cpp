// Apps on the offline PBX, against real sockets without an Asterisk.
#include "on_the_sim.hpp"

namespace calluna::runtime {
namespace {

using namespace std::chrono_literals;
using test::on_the_sim;

std::string vip_queue(std::string const& more) {
  return "[app.vip_queue]\npath = \"" CALLUNA_SOURCE_DIR
         "/examples/apps/vip_queue\"\n[app.vip_queue.config]\nmembers = [\"PJSIP/101\"]\nwrap_up = "
         "0\n" +
         more +
         "[directory]\nfile = \"" CALLUNA_SOURCE_DIR "/examples/apps/vip_queue/partners.csv\"\n";
}

TEST_F(on_the_sim, a_vip_passes_the_ordinary_callers) {
  dialplan("[from-trunk]\nexten => 100,1,Stasis(vip-queue)\n same => n,Hangup()\n");
  pbx.actors().set_behaviour("PJSIP/101", {sim::behaviour::kind::answer, 2s, 10s});
  ASSERT_NO_FATAL_FAILURE(run(vip_queue("")));
  call("100", "+4930000");
  ASSERT_TRUE(logged("+4930000 talks to PJSIP/101")) << everything();
  call("100", "+4930111");
  ASSERT_TRUE(logged("+4930111: ")) << everything();
  call("100", "+4930222");
  ASSERT_TRUE(logged("+4930222: ")) << everything();
  call("100", "+14155550101");
  ASSERT_TRUE(logged("+14155550101: Ann Archer (Archer Ltd), VIP")) << everything();
  ASSERT_TRUE(logged(" talks to PJSIP/101", 4)) << everything();
  auto const lines = log->with(" talks to ");
  std::vector<std::string> const order{"+4930000", "+14155550101", "+4930111", "+4930222"};
  ASSERT_EQ(lines.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    EXPECT_NE(lines[i].find(order[i]), std::string::npos) << "place " << i << ": " << lines[i];
  EXPECT_TRUE(nothing_left()) << everything();
  EXPECT_TRUE(pbx.ari().unsupported().empty()) << pbx.ari().unsupported().begin()->first;
  EXPECT_TRUE(pbx.ami().unsupported().empty()) << pbx.ami().unsupported().begin()->first;
}

TEST_F(on_the_sim, who_has_waited_too_long_goes_on_in_the_dialplan) {
  dialplan(
      "[from-trunk]\nexten => 100,1,Stasis(vip-queue)\n same => n,Hangup()\n"
      "[voicemail]\nexten => support,1,UserEvent(Voicemail)\n same => n,Hangup()\n");
  std::vector<std::string> heard;
  pbx.machine().listen([&](sim::event const& e) {
    if (e.kind == sim::event_kind::user_event) heard.push_back(e.name);
  });
  pbx.actors().set_behaviour("PJSIP/101", {sim::behaviour::kind::noanswer});
  ASSERT_NO_FATAL_FAILURE(run(vip_queue("max_wait = 1\n")));
  call("100", "+4930000");
  EXPECT_TRUE(fakes::run_until(loop, [&] { return !heard.empty(); })) << everything();
  EXPECT_EQ(heard, std::vector<std::string>{"Voicemail"});
  EXPECT_TRUE(nothing_left()) << everything();
}

TEST_F(on_the_sim, an_app_hears_what_calls_the_pbx_has) {
  dialplan("[from-trunk]\nexten => 101,1,Dial(PJSIP/101,20)\n same => n,Hangup()\n");
  pbx.actors().set_behaviour("PJSIP/101", {sim::behaviour::kind::answer, 2s, 10s});
  folder.write("watch/init.lua", R"(
    local calls, log = require "calluna.calls", require "calluna.log"
    calls.on({ "started", "ringing", "answered", "ended" }, function(call)
      log.info("%s %s from %s", call.event or "?", call.direction, call.remote_number or "?")
    end)
    calls.on("ended", function(call) log.info("over: %s after %d s", call.status, call.talk_seconds) end)
  )");
  ASSERT_NO_FATAL_FAILURE(run("[app.watch]\npath = \"" + (folder / "watch").string() + "\"\n"));
  call("101", "+4930000");
  EXPECT_TRUE(logged("over: answered after ")) << everything();
}

}  // namespace
}  // namespace calluna::runtime
