// AGI() of the offline PBX: what a server hears of a call, and what becomes of its commands.
#include "../agi/talk_file.hpp"
#include "fakes/run_until.hpp"
#include "told.hpp"

#include <calluna/agi/command.hpp>
#include <calluna/agi/server.hpp>
#include <calluna/sim/pbx.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace calluna::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// An office whose extension "agi" asks a server that is played here.
struct sim_agi : testing::Test, test::office {
  sim_agi() : front(pbx) {
    EXPECT_TRUE(pbx.plan().read(R"(
[from-trunk]
exten => agi,1,AGI(agi://127.0.0.1/caller/name?x=1,${CALLERID(num)},two words,)
 same => n,UserEvent(Back,Status: ${AGISTATUS})
 same => n,Hangup()
[elsewhere]
exten => s,1,NoOp()
 same => n(there),UserEvent(There)
)"));
    front.on_request = [this](agi_request const& r) {
      talk = std::make_unique<agi_talk>(front, r, [this](std::string const& b) { said += b; });
      talk->begin();
    };
  }
  std::string ask(std::string const& command, double wait = 0) {
    said.clear();
    talk->take(command + "\n");
    pass(wait);
    return said;
  }
  channel* arrive() {
    auto* const c = call("agi");
    pass(0);
    return c;
  }

  agi_front front;
  std::unique_ptr<agi_talk> talk;
  std::string said;
};

TEST_F(sim_agi, tells_who_calls_and_goes_on_when_the_server_lets_go) {
  auto const* c = arrive();
  EXPECT_THAT(said, HasSubstr("agi_network_script: caller/name?x=1\n"));
  EXPECT_THAT(said, HasSubstr("agi_callerid: +493012345\n"));
  EXPECT_THAT(said, HasSubstr("agi_calleridname: unknown\n"));
  EXPECT_THAT(said, HasSubstr("agi_uniqueid: " + c->id + "\n"));
  EXPECT_THAT(said, HasSubstr("agi_arg_1: +493012345\nagi_arg_2: two words\nagi_arg_3: \n\n"));
  talk->close();
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "user_event Back", "soft_hangup", "ended 16"));
}

TEST_F(sim_agi, without_a_server_the_dialplan_goes_on) {
  front.on_request = nullptr;
  std::string status;
  pbx.listen([&](event const& e) {
    if (e.kind == event_kind::channel_variable && e.name == "AGISTATUS") status = e.value;
  });
  arrive();
  EXPECT_EQ(status, "FAILURE");
  EXPECT_THAT(pbx.channels(), IsEmpty());
}

TEST_F(sim_agi, keys_end_what_waits_for_them) {
  auto const serial = arrive()->serial;
  EXPECT_EQ(ask("ANSWER"), "200 result=0\n");
  EXPECT_EQ(ask("STREAM FILE hello-world \"12\"", 0.5), "");
  pbx.device_presses(serial, "31");
  pass(1);
  EXPECT_EQ(said.substr(0, 22), "200 result=49 endpos=8") << said;
  ask("GET DATA enter 3000 4");
  pbx.device_presses(serial, "12#");
  pass(2);
  EXPECT_EQ(said, "200 result=12\n");
  ask("GET DATA enter 3000 2");
  pbx.device_presses(serial, "123");
  pass(3);
  EXPECT_EQ(said, "200 result=12\n");
  EXPECT_EQ(ask("WAIT FOR DIGIT 1000", 2), "200 result=0\n");
}

TEST_F(sim_agi, a_channel_that_hangs_up_stays_until_the_server_lets_go) {
  auto const serial = arrive()->serial;
  ask("WAIT FOR DIGIT -1");
  pbx.device_hangs_up(serial);
  EXPECT_EQ(said, "200 result=-1\nHANGUP\n");
  pass(60);
  EXPECT_NE(pbx.alive(serial), nullptr);
  EXPECT_EQ(ask("SET VARIABLE A b"), "200 result=1\n");
  EXPECT_THAT(ask("STREAM FILE x \"\""), HasSubstr("511 "));
  EXPECT_EQ(ask("EXEC Wait 5"), "200 result=-1\n");
  talk->close();
  EXPECT_EQ(pbx.alive(serial), nullptr);
  EXPECT_THAT(heard.of["PJSIP/trunk"],
              ElementsAre("created", "hangup_request", "soft_hangup", "ended 127"));
}

TEST_F(sim_agi, applications_run_until_they_end) {
  people.set_behaviour("PJSIP/101", {behaviour::kind::answer, 1s, 5s});
  auto const serial = arrive()->serial;
  EXPECT_EQ(ask("EXEC Dial PJSIP/101,20", 3), "");
  EXPECT_FALSE(pbx.alive(serial)->bridge.empty());
  pass(5);
  EXPECT_EQ(said, "200 result=-1\n") << "without g it does not go on";
  EXPECT_EQ(ask("EXEC Playback hello", 3), "200 result=0\n");
  EXPECT_EQ(ask("EXEC NoSuchApplication"), "200 result=-2\n");
  EXPECT_EQ(front.unsupported().count("EXEC NoSuchApplication"), 1U);
}

TEST_F(sim_agi, a_redirect_waits_until_the_server_lets_go) {
  auto* const c = arrive();
  pbx.redirect(*c, "elsewhere", "s", 1);
  pass(0);
  EXPECT_EQ(said.substr(said.size() - 7), "HANGUP\n");
  EXPECT_EQ(heard.of["PJSIP/trunk"].back(), "created");
  talk->close();
  EXPECT_THAT(heard.of["PJSIP/trunk"], testing::Contains("user_event There"));
}

TEST_F(sim_agi, a_channel_that_is_about_to_hang_up_leaves_what_agi_has_it_in) {
  auto* const c = arrive();
  EXPECT_EQ(ask("EXEC ConfBridge blue"), "");
  pbx.hang_up(*c, 16);
  talk->close();
  pass(0);
  EXPECT_THAT(pbx.channels(), IsEmpty());
  EXPECT_THAT(pbx.bridges(), IsEmpty());
}

TEST_F(sim_agi, the_server_says_where_the_dialplan_goes_on) {
  arrive();
  EXPECT_EQ(ask("SET CONTEXT elsewhere"), "200 result=0\n");
  EXPECT_EQ(ask("SET EXTENSION s"), "200 result=0\n");
  EXPECT_THAT(ask("SET PRIORITY nowhere"), HasSubstr("520-"));
  EXPECT_EQ(ask("SET PRIORITY there"), "200 result=0\n");
  talk->close();
  EXPECT_THAT(heard.of["PJSIP/trunk"], testing::Contains("user_event There"));
}

TEST_F(sim_agi, a_server_that_ends_with_the_pbx_hurts_nobody) {
  arrive();
  talk.reset();
}

// -- over sockets

struct sim_agi_pbx : testing::Test {
  sim_agi_pbx() : pbx(loop.get_executor(), {}) {
    pbx.machine().add_endpoint({"PJSIP/trunk", "from-trunk", {}});
    EXPECT_TRUE(pbx.listen());
  }
  template <class Done>
  bool until(Done done) {
    return fakes::run_until(loop, done, 10s);
  }
  boost::asio::io_context loop;
  sim::pbx pbx;
};
TEST_F(sim_agi_pbx, a_dialplan_hands_a_call_to_a_server_over_a_socket) {
  std::shared_ptr<agi::connection> session;
  agi::server_options options;
  options.port = 0;
  options.allow = {*io::network::read("127.0.0.0/8")};
  auto const server =
      agi::server::listen(loop.get_executor(), options, logger{},
                          [&](std::shared_ptr<agi::connection> one) { session = std::move(one); });
  ASSERT_TRUE(server) << server.error().message;
  auto& m = pbx.machine();
  ASSERT_TRUE(
      m.plan().read(fmt::format("[from-trunk]\nexten => agi,1,AGI(agi://127.0.0.1:{}/caller,x)\n"
                                " same => n,Wait(100)\n",
                                (*server)->port())));
  auto const serial = m.arrive({"PJSIP/trunk", {"+49301", "Ann"}, "agi"})->serial;
  pbx.settle();
  ASSERT_TRUE(until([&] { return session != nullptr; }));
  EXPECT_EQ(session->call().script, "caller");
  EXPECT_EQ(session->call().callerid_name, "Ann");
  EXPECT_THAT(session->call().arguments, ElementsAre("x"));
  std::optional<std::string> said;
  session->submit(*agi::encode({"GET", "VARIABLE", "CALLERID(num)"}),
                  [&](result<agi::reply> r) { said = r ? r->value.value_or("-") : "failed"; });
  ASSERT_TRUE(until([&] { return said.has_value(); }));
  EXPECT_EQ(*said, "+49301");
  session.reset();
  ASSERT_TRUE(until([&] { return m.alive(serial)->place.app == "Wait"; }));
  EXPECT_EQ(m.variable(*m.alive(serial), "AGISTATUS"), "SUCCESS");
}

TEST_F(sim_agi_pbx, a_dialplan_goes_on_without_a_server) {
  auto& m = pbx.machine();
  ASSERT_TRUE(m.plan().read(
      "[from-trunk]\nexten => agi,1,AGI(agi://127.0.0.1:1/x)\n same => n,Wait(100)\n"));
  auto const serial = m.arrive({"PJSIP/trunk", {"+49301", {}}, "agi"})->serial;
  pbx.settle();
  ASSERT_TRUE(until([&] { return m.alive(serial)->place.app == "Wait"; }));
  EXPECT_EQ(m.variable(*m.alive(serial), "AGISTATUS"), "FAILURE");
}

/// What a real Asterisk 22 answered to each command (tests/wire/agi), and what it differs in here.
struct recorded_talk {
  char const* name;
  std::vector<std::string> differs;
  friend std::ostream& operator<<(std::ostream& out, recorded_talk const& t) {
    return out << t.name;
  }
};

struct sim_agi_beside_asterisk : sim_agi, testing::WithParamInterface<recorded_talk> {};

TEST_P(sim_agi_beside_asterisk, each_command_has_the_same_answer) {
  agi::talk_file const recorded(std::string(GetParam().name) + "/asterisk-22.wire");
  EXPECT_TRUE(pbx.plan().read("[load]\nexten => hang,1,NoOp()\n"));
  auto* const c = pbx.arrive({"PJSIP/trunk", {"+4930123", "Ann \"A\" O'Neil"}, "agi"});
  pass(0);
  said.clear();
  std::size_t i = 0;
  while (i < recorded.steps.size() && recorded.steps[i].line != "\n") ++i;
  for (++i; i < recorded.steps.size();) {
    std::string command;
    if (recorded.steps[i].ours) command = recorded.steps[i++].line;
    std::string answer;
    while (i < recorded.steps.size() && !recorded.steps[i].ours) answer += recorded.steps[i++].line;
    auto const is = [&](auto const& one) { return command.find(one) != std::string::npos; };
    auto const& known = GetParam().differs;
    if (!command.empty()) talk->take(command + "\n");
    // The recording's caller hangs up where it is told of.
    bool const hangs_up = answer.find("HANGUP") != std::string::npos;
    if (hangs_up && command.rfind("HANGUP", 0) != 0) pbx.device_hangs_up(c->serial);
    pass(5);
    auto const ours = std::exchange(said, {});
    // How it is used is in Asterisk's words.
    if (answer.rfind("520-", 0) == 0) {
      EXPECT_EQ(ours.substr(0, 4), "520-") << command;
    } else if (std::none_of(known.begin(), known.end(), is)) {
      EXPECT_EQ(ours, answer) << command;
    } else {
      EXPECT_NE(ours, answer) << command << ": no difference any more";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, sim_agi_beside_asterisk,
                         testing::Values(recorded_talk{"errors", {"LEN("}},
                                         // Every sound exists, and lasts two seconds.
                                         recorded_talk{"media", {"\"beep\" \"#\"", "no-such-file"}},
                                         recorded_talk{"hangup", {}},
                                         recorded_talk{"hangup_idle", {}},
                                         recorded_talk{"own_hangup", {}},
                                         recorded_talk{"variables", {"URIDECODE("}}),
                         [](auto const& of) { return std::string(of.param.name); });

}  // namespace
}  // namespace calluna::sim
