#include "call_fixture.hpp"

namespace calluna::bindings {
namespace {

using ari::http_method;

class dial : public call_test {
 protected:
  void run(std::string const& settings = "{ timeout = 20 }",
           std::string const& endpoints = R"({ "PJSIP/1", "PJSIP/2" })") {
    run_app(R"(
      local ari, log = require "calluna.ari", require "calluna.log"
      ari.app("x", function(ch)
        local leg, why = ch:dial()" +
            endpoints + ", " + settings + R"()
        if not leg then log.info("no %s", why.kind) return end
        log.info("leg %s", leg.endpoint)
        log.info("ended by %s", leg:wait_end())
      end))");
  }
  void nothing_left() {
    for (int i = 0; i < 20; ++i) {
      flush();
      advance(10);
    }
    EXPECT_TRUE(channels.empty()) << *channels.begin();
    EXPECT_TRUE(bridges.empty()) << *bridges.begin();
    EXPECT_EQ(app_->count().waiting, 0u);
  }
};

TEST_F(dial, the_first_to_answer_is_connected_and_the_others_stop) {
  run();
  call("c1");
  ASSERT_EQ(legs().size(), 2u);
  EXPECT_EQ(query(*last_request(leg_of["PJSIP/1"]), "callerId"), "+14155550101");
  pick_up(leg_of["PJSIP/2"]);
  EXPECT_EQ(last_log(), "info leg PJSIP/2");
  EXPECT_EQ(hung_up(), std::vector<std::string>{leg_of["PJSIP/1"]});
  EXPECT_EQ(bridged, "c1," + leg_of["PJSIP/2"]);
  flush();
  hang_up(leg_of["PJSIP/2"]);
  EXPECT_EQ(last_log(), "info ended by callee");
  flush();
  nothing_left();
}

// The phone has handed the caller on to somebody outside of Stasis: Asterisk puts one half of a
// Local channel into its place.
TEST_F(dial, a_channel_that_takes_the_place_of_the_leg_is_the_leg) {
  run();
  call("c1");
  auto const leg = leg_of["PJSIP/2"];
  pick_up(leg);
  replace(leg, "half");
  flush();
  EXPECT_EQ(last_log(), "info leg PJSIP/2");
  EXPECT_EQ(legs().size(), 2u);
  EXPECT_EQ(channels, (std::set<std::string>{"c1", "half"}));
  hang_up("half");
  EXPECT_EQ(last_log(), "info ended by callee");
  nothing_left();
}

TEST_F(dial, the_caller_hangs_up_while_it_rings) {
  run();
  call("c1");
  hang_up("c1");
  EXPECT_EQ(last_log(), "info no gone");
  EXPECT_EQ(hung_up().size(), 2u);
  nothing_left();
}

TEST_F(dial, nobody_answers_in_time) {
  run();
  call("c1");
  advance(20);
  EXPECT_EQ(last_log(), "info no noanswer");
  nothing_left();
}

TEST_F(dial, the_cause_says_why) {
  for (auto const& [cause, kind] : std::map<int, std::string>{{17, "busy"},
                                                              {21, "rejected"},
                                                              {19, "noanswer"},
                                                              {20, "offline"},
                                                              {34, "congestion"},
                                                              {38, "congestion"},
                                                              {42, "congestion"}}) {
    run("{}", "'PJSIP/1'");
    call("c1");
    destroyed(leg_of["PJSIP/1"], cause);
    EXPECT_EQ(last_log(), "info no " + kind) << cause;
    nothing_left();
    app_->kill();
  }
}

TEST_F(dial, an_endpoint_that_is_not_there_is_offline) {
  offline = {"PJSIP/1"};
  run("{}", "'PJSIP/1'");
  call("c1");
  EXPECT_EQ(last_log(), "info no offline");
  nothing_left();
}

TEST_F(dial, one_offline_phone_does_not_stop_the_other) {
  offline = {"PJSIP/1"};
  run();
  call("c1");
  pick_up(leg_of["PJSIP/2"]);
  EXPECT_EQ(last_log(), "info leg PJSIP/2");
  hang_up("c1");
  EXPECT_EQ(last_log(), "info ended by caller");
  nothing_left();
}

TEST_F(dial, two_answers_at_once_connect_one) {
  run();
  call("c1");
  auto const first = leg_of["PJSIP/1"], second = leg_of["PJSIP/2"];
  in_stasis = {first, second};
  auto owner = std::make_shared<std::pair<std::string, std::string>>(
      event("StasisStart", {{"args", json::array()}, {"channel", channel_json(first, "Up")}})
          .dump(),
      event("StasisStart", {{"args", json::array()}, {"channel", channel_json(second, "Up")}})
          .dump());
  std::vector<ari::event_view> views(2);
  ASSERT_TRUE(ari::scan_event(owner->first, views[0]) && ari::scan_event(owner->second, views[1]));
  app_->deliver(0, owner, views);
  settle();
  EXPECT_EQ(last_log(), "info leg PJSIP/1");
  auto const ended = hung_up();
  EXPECT_EQ(std::set<std::string>(ended.begin(), ended.end()), std::set<std::string>{second});
  hang_up(first);
  nothing_left();
}

TEST_F(dial, the_script_may_go_on_with_the_caller) {
  run_app(R"(
    local ari, log = require "calluna.ari", require "calluna.log"
    ari.app("x", function(ch)
      local leg = ch:dial("PJSIP/1", { callerid = 'Ann "A" Archer' })
      log.info("ended by %s", leg:wait_end { keep_caller = true })
      log.info("%s", tostring(ch:set_variable("A", 1)))
    end))");
  call("c1");
  EXPECT_EQ(query(*last_request(leg_of["PJSIP/1"]), "callerId"), "\"Ann A Archer\" <+14155550101>");
  pick_up(leg_of["PJSIP/1"]);
  auto const lines = log_lines().size();
  hang_up(leg_of["PJSIP/1"]);
  EXPECT_EQ(log_lines().size(), lines);  // still on its way out of the bridge
  tell("ChannelLeftBridge", "c1");
  EXPECT_EQ(last_log(), "info true");
  nothing_left();
}

struct trouble {
  std::string name;
  error_kind kind;
  int code;
  bool takes_effect;
};

TEST_F(dial, no_failed_request_at_any_step_leaves_anything_behind) {
  for (auto const& failure : {trouble{"500", error_kind::rejected, 500, false},
                              trouble{"404", error_kind::gone, 404, false},
                              trouble{"timeout", error_kind::timeout, 0, false},
                              trouble{"timeout, but done", error_kind::timeout, 0, true},
                              trouble{"offline", error_kind::offline, 0, false},
                              trouble{"offline, but done", error_kind::offline, 0, true}}) {
    for (int step = 1; step <= 12; ++step) {
      SCOPED_TRACE(failure.name + " at step " + std::to_string(step));
      steps = 0;
      auto const fails = [&](int at, ari::request const& r) -> std::optional<error> {
        if (at != step) return std::nullopt;
        if (failure.code == 404 && r.method == http_method::del)
          return std::nullopt;  // Asterisk does not lie
        return error{failure.kind, "broken", false,
                     failure.code != 0 ? io::http_status(failure.code) : std::error_code{}};
      };
      (failure.takes_effect ? refuse_after : refuse) = fails;
      (failure.takes_effect ? refuse : refuse_after) = nullptr;
      pbx->requests.clear();
      leg_of.clear();
      run();
      call("c1");
      if (!legs().empty()) pick_up(legs().front());
      flush();
      hang_up(legs().empty() ? "c1" : legs().front());
      flush();
      hang_up("c1");
      nothing_left();
      app_->kill();
    }
  }
}

// Each side hangs up just before a request is answered, or just after, at every step.
TEST_F(dial, a_hang_up_at_any_step_leaves_nothing_behind) {
  for (bool const before : {true, false}) {
    for (std::string const who : {"caller", "callee", "both"}) {
      for (int step = 1; step <= 12; ++step) {
        SCOPED_TRACE(who + (before ? " before step " : " after step ") + std::to_string(step));
        steps = 0;
        pbx->requests.clear();
        leg_of.clear();
        refuse = [&, done = false](int at, ari::request const&) mutable -> std::optional<error> {
          // The event is on its way together with the answer: before it in the stream, or behind
          // it.
          if (at != step || std::exchange(done, true)) return std::nullopt;
          auto const strike = [this, who] {
            if (who != "callee") hang_up_quietly("c1");
            if (who != "caller" && leg_of.count("PJSIP/1") != 0) hang_up_quietly(leg_of["PJSIP/1"]);
          };
          if (before)
            strike();
          else
            boost::asio::post(loop, [this, strike] { boost::asio::post(loop, strike); });
          return std::nullopt;
        };
        run();
        call("c1");
        if (leg_of.count("PJSIP/1") != 0) pick_up(leg_of["PJSIP/1"]);
        flush();
        if (leg_of.count("PJSIP/1") != 0) hang_up(leg_of["PJSIP/1"]);
        flush();
        hang_up("c1");
        nothing_left();
        app_->kill();
      }
    }
  }
}

}  // namespace
}  // namespace calluna::bindings
