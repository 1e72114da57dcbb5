#include "call_fixture.hpp"

namespace calluna::bindings {
namespace {

using ari::http_method;

class queue : public call_test {
 protected:
  /// A caller's number decides on the priority: "VIP" is 10, all others 0.
  void run_queue(std::string const& settings, std::string const& more = "") {
    pbx->requests.clear();
    leg_of.clear();
    run_app(R"(
      local ari, log, queue, task = require "calluna.ari", require "calluna.log", require "calluna.queue", require "calluna.task"
      local q = queue.new("support", )" +
            settings + R"()
      for _, name in ipairs { "abandoned", "timeout", "missed" } do
        q:on(name, function(info) log.info("%s %s %s", name, info.channel.id, tostring(info.kind or info.agent)) end)
      end
      ari.app("x", function(ch)
        local talk, why = q:enter(ch, { priority = ch.caller.number == "VIP" and 10 or 0 })
        if not talk then
          log.info("%s: no %s", ch.id, why.kind)
          if why.kind ~= "gone" then ch:continue_in_dialplan { context = "voicemail" } end
          return
        end
        log.info("%s talks to %s after %.0f", ch.id, talk.agent, talk.waited)
        log.info("%s ended by %s", ch.id, talk:wait_end())
      end)
      )" + more);
  }
  std::string ringing(std::string const& endpoint) const {
    auto const found = leg_of.find(endpoint);
    return found != leg_of.end() && channels.count(found->second) != 0 &&
                   in_stasis.count(found->second) == 0
               ? found->second
               : "";
  }
  void agent_answers(std::string const& endpoint) {
    ASSERT_NE(ringing(endpoint), "") << endpoint << " does not ring";
    pick_up(ringing(endpoint));
    flush();
  }
  void agent_hangs_up(std::string const& endpoint) {
    hang_up(leg_of[endpoint]);
    flush();
  }
  bool said(std::string const& text) const {
    for (auto const& line : log_lines())
      if (line == "info " + text) return true;
    return false;
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

TEST_F(queue, a_caller_waits_in_music_and_is_connected) {
  run_queue("{ members = { 'PJSIP/1' }, moh = 'jazz' }");
  call("c1");
  EXPECT_EQ(query(*last_request("c1/moh"), "mohClass"), "jazz");
  advance(4);
  agent_answers("PJSIP/1");
  EXPECT_EQ(last_log(), "info c1 talks to PJSIP/1 after 4");
  EXPECT_EQ(bridged, "c1," + leg_of["PJSIP/1"]);
  agent_hangs_up("PJSIP/1");
  EXPECT_EQ(last_log(), "info c1 ended by callee");
  nothing_left();
}

TEST_F(queue, a_vip_passes_those_who_wait) {
  run_queue("{ members = { 'PJSIP/1' } }");
  call("c1");
  agent_answers("PJSIP/1");
  call("c2");
  call("c3", "VIP");
  call("c4");
  call("c5", "VIP");
  for (std::string const next : {"c3", "c5", "c2", "c4"}) {
    agent_hangs_up("PJSIP/1");
    agent_answers("PJSIP/1");
    EXPECT_TRUE(said(next + " talks to PJSIP/1 after 0")) << next << ": " << last_log();
  }
  agent_hangs_up("PJSIP/1");
  nothing_left();
}

TEST_F(queue, an_agent_in_a_call_of_their_own_is_left_alone_until_it_ends) {
  run_queue("{ members = { 'PJSIP/1', 'PJSIP/2' }, skip_busy = true }");
  auto const their_call = [](std::string const& endpoint) {
    auto c = std::make_shared<calls::call>();
    c->id = "0-" + endpoint;
    c->announced = true;
    c->legs.emplace_back().endpoint = endpoint;
    return c;
  };
  auto const of_one = their_call("PJSIP/1"), of_two = their_call("PJSIP/2");
  app_->deliver(std::make_shared<live_calls>(live_calls{{0, of_one}, {0, of_two}}));
  settle();
  call("c1");
  EXPECT_EQ(ringing("PJSIP/1") + ringing("PJSIP/2"), "");
  of_two->legs[0].ended_at = of_two->ended_at = calls::moment(calls::span_of_time(1));
  auto ended = std::make_shared<calls::call_news>();
  ended->kind = calls::call_event_kind::ended;
  ended->call = of_two;
  app_->deliver(0, std::move(ended), true);
  settle();
  EXPECT_EQ(ringing("PJSIP/1"), "");
  agent_answers("PJSIP/2");
  EXPECT_TRUE(said("c1 talks to PJSIP/2 after 0")) << last_log();
  agent_hangs_up("PJSIP/2");
  nothing_left();
}

TEST_F(queue, several_callers_ring_several_agents_at_once) {
  run_queue("{ members = { 'PJSIP/1', 'PJSIP/2', 'PJSIP/3' } }");
  call("c1");
  call("c2");
  EXPECT_NE(ringing("PJSIP/1"), "");
  EXPECT_NE(ringing("PJSIP/2"), "");
  EXPECT_EQ(ringing("PJSIP/3"), "");
  agent_answers("PJSIP/2");
  EXPECT_EQ(last_log(), "info c2 talks to PJSIP/2 after 0");
  agent_answers("PJSIP/1");
  EXPECT_EQ(last_log(), "info c1 talks to PJSIP/1 after 0");
  hang_up("c1");
  hang_up("c2");
  nothing_left();
}

TEST_F(queue, ring_all_rings_all_and_stops_the_others) {
  run_queue("{ members = { 'PJSIP/1', 'PJSIP/2' }, strategy = 'ring_all' }");
  call("c1");
  call("c2");
  EXPECT_NE(ringing("PJSIP/1"), "");
  auto const first = ringing("PJSIP/2");
  ASSERT_NE(first, "");
  agent_answers("PJSIP/1");
  EXPECT_EQ(last_log(), "info c1 talks to PJSIP/1 after 0");
  EXPECT_EQ(channels.count(first), 0u);
  EXPECT_NE(ringing("PJSIP/2"), "");  // now for the next caller
  EXPECT_NE(ringing("PJSIP/2"), first);
  agent_answers("PJSIP/2");
  EXPECT_EQ(last_log(), "info c2 talks to PJSIP/2 after 0");
  agent_hangs_up("PJSIP/1");
  agent_hangs_up("PJSIP/2");
  nothing_left();
}

TEST_F(queue, least_recent_and_round_robin_take_turns) {
  for (std::string const strategy : {"least_recent", "round_robin"}) {
    run_queue("{ members = { 'PJSIP/1', 'PJSIP/2' }, strategy = '" + strategy + "' }");
    for (int i = 0; i < 4; ++i) {
      auto const endpoint = i % 2 == 0 ? "PJSIP/1" : "PJSIP/2";
      call("c1");
      agent_answers(endpoint);
      agent_hangs_up(endpoint);
    }
    nothing_left();
    app_->kill();
  }
}

TEST_F(queue, an_agent_who_misses_a_call_is_tried_after_the_others) {
  run_queue("{ members = { 'PJSIP/1', 'PJSIP/2' }, ring_timeout = 10, retry = 5 }");
  call("c1");
  destroyed(ringing("PJSIP/1"), 21);
  EXPECT_TRUE(said("missed c1 rejected"));
  EXPECT_NE(ringing("PJSIP/2"), "");  // at once
  call("c2");
  EXPECT_EQ(ringing("PJSIP/1"), "");
  advance(5);
  EXPECT_NE(ringing("PJSIP/1"), "");  // left alone for a while, then for c2
  advance(5);
  flush();
  EXPECT_TRUE(said("missed c1 noanswer"));
  agent_answers("PJSIP/1");
  EXPECT_EQ(last_log(), "info c2 talks to PJSIP/1 after 10");
  advance(5);
  agent_answers("PJSIP/2");
  EXPECT_EQ(last_log(), "info c1 talks to PJSIP/2 after 15");
  hang_up("c1");
  hang_up("c2");
  nothing_left();
}

TEST_F(queue, an_agent_who_has_handed_a_caller_on_is_free_while_they_talk) {
  run_queue("{ members = { 'PJSIP/1' } }");
  call("c1");
  agent_answers("PJSIP/1");
  call("c2");
  EXPECT_EQ(ringing("PJSIP/1"), "");
  auto const leg = leg_of["PJSIP/1"];  // soon there is another
  replace(leg, "half");
  flush();
  EXPECT_NE(ringing("PJSIP/1"), "");
  EXPECT_FALSE(said("c1 ended by callee"));
  hang_up("half");
  EXPECT_TRUE(said("c1 ended by callee"));
  hang_up("c2");
  nothing_left();
}

TEST_F(queue, wrap_up_and_pause_keep_an_agent_free) {
  run_queue("{ members = { 'PJSIP/1' }, wrap_up = 5 }",
            "ari.on('ChannelUserevent', function(ev) if ev.eventname == 'pause' then "
            "q:pause('PJSIP/1') else q:unpause('PJSIP/1') end end)");
  call("c1");
  agent_answers("PJSIP/1");
  call("c2");
  agent_hangs_up("PJSIP/1");
  EXPECT_EQ(ringing("PJSIP/1"), "");
  advance(5);
  agent_answers("PJSIP/1");
  call("c3");
  ari_event(event("ChannelUserevent", {{"eventname", "pause"}, {"userevent", json::object()}}));
  agent_hangs_up("PJSIP/1");
  advance(20);
  EXPECT_EQ(ringing("PJSIP/1"), "");
  ari_event(event("ChannelUserevent", {{"eventname", "unpause"}, {"userevent", json::object()}}));
  agent_answers("PJSIP/1");
  hang_up("c3");
  nothing_left();
}

TEST_F(queue, a_full_queue_refuses_and_a_long_wait_ends) {
  run_queue("{ members = { 'PJSIP/1' }, max_callers = 1, max_wait = 30, ring_timeout = 12 }");
  call("c1");
  call("c2");
  EXPECT_TRUE(said("c2: no rejected"));
  advance(12);
  advance(6);
  advance(12);
  EXPECT_TRUE(said("c1: no timeout"));
  EXPECT_TRUE(said("timeout c1 nil"));
  EXPECT_EQ(query(*last_request("c1/continue"), "context"), "voicemail");
  nothing_left();
}

TEST_F(queue, a_caller_who_gives_up_stops_the_phones) {
  run_queue("{ members = { 'PJSIP/1', 'PJSIP/2' }, strategy = 'ring_all' }");
  call("c1");
  hang_up("c1");
  flush();
  EXPECT_EQ(ringing("PJSIP/1") + ringing("PJSIP/2"), "");
  EXPECT_TRUE(said("abandoned c1 nil"));
  EXPECT_TRUE(said("c1: no gone"));
  nothing_left();
}

TEST_F(queue, the_position_is_announced_and_a_pick_up_cuts_it_short) {
  run_queue(
      "{ members = { 'PJSIP/1' }, announce_position = true, announce_every = 10, ring_timeout = 60 "
      "}");
  call("c1");
  call("c2");
  advance(10);
  std::vector<std::string> media;
  std::map<std::string, std::string> playback_of;
  for (auto const& r : pbx->requests) {
    if (r.path.find("/play/") == std::string::npos) continue;
    media.push_back(query(r, "media"));
    playback_of[split(r.path)[1]] = split(r.path)[3];
  }
  EXPECT_EQ(media,
            (std::vector<std::string>{"sound:queue-youarenext",
                                      "sound:queue-thereare,number:2,sound:queue-callswaiting"}));
  playback_finished(playback_of["c2"]);
  EXPECT_NE(last_request("c2/moh"), nullptr);
  agent_answers("PJSIP/1");
  EXPECT_EQ(asked(http_method::del, "playbacks/"), std::vector<std::string>{playback_of["c1"]});
  playback_finished(playback_of["c1"]);
  EXPECT_TRUE(said("c1 talks to PJSIP/1 after 10"));
  advance(10);
  hang_up("c1");
  hang_up("c2");
  nothing_left();
}

TEST_F(queue, an_agent_who_hangs_up_in_the_moment_of_answering_costs_the_caller_nothing) {
  run_queue("{ members = { 'PJSIP/1', 'PJSIP/2' } }");
  bool struck = false;
  refuse = [&](int, ari::request const& r) -> std::optional<error> {
    if (r.method == http_method::post && r.path.rfind("bridges/", 0) == 0 &&
        !std::exchange(struck, true))
      hang_up_quietly(leg_of["PJSIP/1"]);
    return std::nullopt;
  };
  call("c1");
  agent_answers("PJSIP/1");
  agent_answers("PJSIP/2");
  EXPECT_EQ(last_log(), "info c1 talks to PJSIP/2 after 0");
  hang_up("c1");
  nothing_left();
}

TEST_F(queue, a_hang_up_or_a_failed_request_at_any_step_leaves_nothing_behind_and_the_agents_free) {
  for (std::string const what : {"caller", "callee", "500", "timeout", "timeout, but done"}) {
    for (int step = 1; step <= 14; ++step) {
      SCOPED_TRACE(what + " at step " + std::to_string(step));
      steps = 0;
      auto const strike = [&](int at, ari::request const& r) -> std::optional<error> {
        if (at != step) return std::nullopt;
        if (what == "500")
          return error{error_kind::rejected, "broken", false, io::http_status(500)};
        if (what[0] == 't') return error{error_kind::timeout, "broken", false, {}};
        if (what == "caller") hang_up_quietly("c1");
        if (what == "callee" && leg_of.count("PJSIP/1") != 0) hang_up_quietly(leg_of["PJSIP/1"]);
        (void)r;
        return std::nullopt;
      };
      (what == "timeout, but done" ? refuse_after : refuse) = strike;
      (what == "timeout, but done" ? refuse : refuse_after) = nullptr;
      run_queue("{ members = { 'PJSIP/1' }, retry = 1, ring_timeout = 5 }");
      call("c1");
      for (int i = 0; i < 3 && channels.count("c1") != 0; ++i) {
        if (!ringing("PJSIP/1").empty()) pick_up(ringing("PJSIP/1"));
        flush();
        advance(1);
      }
      hang_up("c1");
      for (int i = 0; i < 5; ++i) flush(), advance(12);
      refuse = refuse_after = nullptr;
      call("c2");
      agent_answers("PJSIP/1");
      EXPECT_TRUE(said("c2 talks to PJSIP/1 after 0")) << last_log();
      hang_up("c2");
      nothing_left();
      app_->kill();
    }
  }
}

TEST_F(queue, members_may_be_a_function) {
  run_queue("{ members = function() return { 'PJSIP/7' } end }");
  call("c1");
  agent_answers("PJSIP/7");
  EXPECT_EQ(last_log(), "info c1 talks to PJSIP/7 after 0");
  hang_up("c1");
  nothing_left();
}

TEST_F(queue, wrong_options_are_told_where_they_stand) {
  auto const loaded = load(
      "local queue = require 'calluna.queue'\nqueue.new('a', { members = {'PJSIP/1'}, strategy = "
      "'least_recently' })\n");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("init.lua:2: queue.new: there is no strategy "
                                        "'least_recently' (did you mean 'least_recent'?)"),
            std::string::npos)
      << loaded.error().message;
}

}  // namespace
}  // namespace calluna::bindings
