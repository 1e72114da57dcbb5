#include "app_fixture.hpp"
#include "services_fixture.hpp"

#include <map>

namespace calluna::bindings {
namespace {

/// A PBX in miniature with queues: answers QueueStatus from what the test has set, and the actions.
class app_queue : public app_test {
 protected:
  struct member {
    std::string interface, name, penalty = "0", status = "1", paused = "0", reason = "";
    std::string membership = "static", in_call = "0";
  };
  struct caller {
    std::string id, number, priority = "0", wait = "3";
  };
  struct listed_queue {
    std::vector<member> members;
    std::vector<caller> callers;
    std::string completed = "0";
  };

  app_queue() {
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
    options.services = services_with("[]");
    queues["support"] = {{{"PJSIP/101", "Agent 101"}, {"PJSIP/102", "Agent 102"}}, {}};
    pbx->on_action = [this](ami::encoded_action const& a) { return answer(a); };
  }

  static std::string header(ami::encoded_action const& a, std::string const& key) {
    auto const at = a.bytes.find("\r\n" + key + ": ");
    if (at == std::string::npos) return "";
    auto const from = at + key.size() + 4;
    return a.bytes.substr(from, a.bytes.find("\r\n", from) - from);
  }
  std::size_t asked(std::string const& name) const {
    return static_cast<std::size_t>(std::count_if(pbx->actions.begin(), pbx->actions.end(),
                                                  [&](auto const& a) { return a.name == name; }));
  }
  static result<ami::response> error_answer(std::string const& message) {
    return fail(error_kind::rejected, message);
  }

  result<ami::response> answer(ami::encoded_action const& a) {
    if (!online) return fail(error_kind::offline, a.name + ": no connection", true);
    if (fault) return fail(*fault);
    if (a.name == "QueueStatus") {
      auto list = status(header(a, "Queue"));
      if (while_listing) while_listing();
      return list;
    }
    if (on_verb) return on_verb(a);
    return ami::response{ami::message::copy_of("Response: Success\r\n"), {}};
  }
  result<ami::response> status(std::string const& only) {
    ami::response r{ami::message::copy_of("Response: Success\r\nEventList: start\r\n"), {}};
    auto const item = [&r](std::string const& text) {
      r.items.push_back(ami::message::copy_of(text));
    };
    for (auto const& [name, q] : queues) {
      if (!only.empty() && only != name) continue;
      item("Event: QueueParams\r\nQueue: " + name +
           "\r\nMax: 0\r\nStrategy: leastrecent\r\nCalls: 0\r\nHoldtime: 7\r\nTalkTime: 65\r\n"
           "Completed: " +
           q.completed +
           "\r\nAbandoned: 2\r\nServiceLevel: 20\r\nServicelevelPerf: 75.5\r\nWeight: 1\r\n");
      for (auto const& m : q.members)
        item("Event: QueueMember\r\nQueue: " + name + "\r\nName: " + m.name +
             "\r\nLocation: " + m.interface + fields(m));
      int position = 0;
      for (auto const& c : q.callers)
        item("Event: QueueEntry\r\nQueue: " + name + "\r\nPosition: " + std::to_string(++position) +
             "\r\nChannel: PJSIP/trunk-" + c.id + "\r\nUniqueid: " + c.id +
             "\r\nCallerIDNum: " + c.number + "\r\nCallerIDName: unknown\r\nWait: " + c.wait +
             "\r\nPriority: " + c.priority + "\r\n");
    }
    return r;
  }
  static std::string fields(member const& m) {
    return "\r\nStateInterface: " + m.interface + "\r\nMembership: " + m.membership +
           "\r\nPenalty: " + m.penalty +
           "\r\nCallsTaken: 4\r\nLastCall: 0\r\nInCall: " + m.in_call + "\r\nStatus: " + m.status +
           "\r\nPaused: " + m.paused + "\r\nPausedReason: " + m.reason + "\r\nWrapuptime: 0\r\n";
  }

  void member_event(std::string const& event, member const& m,
                    std::string const& queue = "support") {
    ami_event("Event: QueueMember" + event + "\r\nQueue: " + queue + "\r\nMemberName: " + m.name +
              "\r\nInterface: " + m.interface + fields(m) + "Ringinuse: 1\r\n");
  }
  void caller_event(std::string const& event, caller const& c, int position,
                    std::string const& more = "") {
    ami_event(caller_text(event, c, position, more));
  }
  /// Priority is the dialplan's, as Asterisk has it.
  static std::string caller_text(std::string const& event, caller const& c, int position,
                                 std::string const& more = "") {
    return "Event: " + event + "\r\nChannel: PJSIP/trunk-" + c.id + "\r\nCallerIDNum: " + c.number +
           "\r\nCallerIDName: <unknown>\r\nPriority: 3\r\nUniqueid: " + c.id +
           "\r\nQueue: support\r\nPosition: " + std::to_string(position) + "\r\n" + more;
  }
  /// The same from inside of the loop: on its way.
  void quietly(std::string text) {
    auto owner = std::make_shared<std::string>(std::move(text));
    app_->deliver(0, owner, std::vector{ami::message_view(*owner)});
  }
  void link(std::string const& to) {
    online = to == "up";
    ami_event("Event: CallunaLink\r\nState: " + to + "\r\n");
  }

  /// Does what it is told and says so by events.
  void obey() {
    static std::map<std::string, std::string> const events{{"QueuePause", "Pause"},
                                                           {"QueuePenalty", "Penalty"},
                                                           {"QueueAdd", "Added"},
                                                           {"QueueRemove", "Removed"}};
    on_verb = [this](ami::encoded_action const& a) -> result<ami::response> {
      member m{header(a, "Interface"), "Anna"};
      m.paused = header(a, "Paused") == "true" ? "1" : "0";
      m.reason = header(a, "Reason");
      if (auto const penalty = header(a, "Penalty"); !penalty.empty()) m.penalty = penalty;
      quietly("Event: QueueMember" + events.at(a.name) +
              "\r\nQueue: support\r\nInterface: " + m.interface + fields(m));
      return ami::response{ami::message::copy_of("Response: Success\r\n"), {}};
    };
  }

  /// An app that tells every event, and shows the queue when asked by a UserEvent; `more` goes on
  /// in `start`, with `q`.
  void run_queue(std::string const& more = "") {
    run_app(R"(
      local ami, app_queue, log = require "calluna.ami", require "calluna.app_queue", require "calluna.log"
      local task, users = require "calluna.task", require "calluna.users"
      app_queue.on({ "caller_joined", "caller_left", "abandoned", "connected", "completed", "ring_no_answer", "member_added",
        "member_removed", "member_paused", "member_status", "member_penalty" }, function(info)
        local m, c = info.member, info.caller
        log.info("%s %s %s%s", info.event, info.queue.name, c and c.number or m.interface, info.synthetic and " synthetic" or "")
      end)
      local function tell(what, value, err) log.info("%s: %s", what, value and tostring(value) or err.kind .. ": " .. err.message) end
      local function show(q)
        local members, callers = {}, {}
        for interface, m in pairs(q.members) do
          members[#members + 1] = interface .. "=" .. m.status .. (m.paused and "/" .. (m.pause_reason or "paused") or "")
            .. (m.penalty > 0 and "/" .. m.penalty or "")
        end
        table.sort(members)
        for i, c in ipairs(q.callers) do callers[i] = c.position .. ":" .. c.number .. (c.priority and "/" .. c.priority or "") end
        log.info("%s [%s] [%s]%s", q.name, table.concat(members, " "), table.concat(callers, " "), q.stale and " stale" or "")
      end
      ami.on("Show", function(ev) show(assert(app_queue.get(ev.Queue or "support"))) end)
      return { start = function()
      )" + more +
            "\nend }");
    ASSERT_TRUE(started);
    ASSERT_TRUE(*started) << started->error().message;
  }
  std::string shown(std::string const& queue = "support") {
    ami_event("Event: Show\r\nQueue: " + queue + "\r\n");
    return last_log();
  }
  std::vector<std::string> told() const {
    std::vector<std::string> lines;
    for (auto const& line : log_lines())
      if (line.rfind("info support [", 0) != 0) lines.push_back(line.substr(line.find(' ') + 1));
    return lines;
  }
  bool said(std::string const& text) const {
    for (auto const& line : log_lines())
      if (line.find(text) != std::string::npos) return true;
    return false;
  }

  std::map<std::string, listed_queue> queues;
  bool online = true;
  std::optional<error> fault;
  std::function<void()> while_listing;
  std::function<result<ami::response>(ami::encoded_action const&)> on_verb;
};

using lines = std::vector<std::string>;

TEST_F(app_queue, reads_the_queues_when_they_are_first_wanted_and_tells_nothing_of_it) {
  queues["support"].callers = {{"1.1", "+4911", "5"}, {"1.2", "+4922"}};
  run_queue(R"(
    local q = assert(app_queue.get("support"))
    log.info("%s %s %d %d %d %d %d %g", q.pbx, q.strategy, q.calls, q.completed, q.abandoned, q.holdtime, q.talktime, q.servicelevel_percent)
    log.info("%s %d", q.callers[1].channel, q.callers[1].waited)
    log.info("%s", tostring(q == app_queue.get("support")))
  )");
  EXPECT_EQ(told(), (lines{"main leastrecent 2 0 2 7 65 75.5", "PJSIP/trunk-1.1 3", "true"}));
  EXPECT_EQ(shown(),
            "info support [PJSIP/101=not_in_use PJSIP/102=not_in_use] [1:+4911/5 2:+4922/0]");
  EXPECT_EQ(asked("QueueStatus"), 1U);
}

TEST_F(app_queue, follows_callers_who_join_leave_and_give_up) {
  run_queue();
  caller_event("QueueCallerJoin", {"1.1", "+4911"}, 1);
  caller_event("QueueCallerJoin", {"1.2", "+4922"}, 1);
  caller_event("QueueCallerAbandon", {"1.1", "+4911"}, 2, "HoldTime: 9\r\n");
  queues["support"].callers = {{"1.2", "+4922", "4"}};
  caller_event("QueueCallerLeave", {"1.1", "+4911"}, 2);
  EXPECT_EQ(told(), (lines{"caller_joined support +4911", "caller_joined support +4922",
                           "abandoned support +4911", "caller_left support +4911"}));
  EXPECT_TRUE(shown().find("[1:+4922]") != std::string::npos) << last_log();
  advance(1.1);
  EXPECT_TRUE(shown().find("[1:+4922/4]") != std::string::npos)
      << "read after a second, with the priority: " << last_log();
}

TEST_F(app_queue, tells_who_talked_to_whom) {
  run_queue(R"(
    app_queue.on({ "connected", "completed", "ring_no_answer" }, function(info)
      log.info("%s: %s %s %s %s %s", info.event, info.member.interface, tostring(info.waited), tostring(info.ring_seconds),
        tostring(info.talk_seconds), tostring(info.reason))
    end, { queue = "support" }))");
  auto const agent = std::string("Interface: PJSIP/101\r\n");
  caller_event("AgentRingNoAnswer", {"1.1", "+4911"}, 1, agent + "RingTime: 2500\r\n");
  caller_event("AgentConnect", {"1.1", "+4911"}, 1, agent + "HoldTime: 4\r\nRingTime: 2\r\n");
  caller_event("AgentComplete", {"1.1", "+4911"}, 1,
               agent + "HoldTime: 4\r\nTalkTime: 61\r\nReason: agent\r\n");
  EXPECT_TRUE(said("ring_no_answer: PJSIP/101 nil 2.5 nil nil"));
  EXPECT_TRUE(said("connected: PJSIP/101 4 2 nil nil"));
  EXPECT_TRUE(said("completed: PJSIP/101 4 nil 61 agent"));
}

TEST_F(app_queue, tells_each_change_of_a_member_once) {
  run_queue();
  member_event("Status", {"PJSIP/101", "Agent 101", "0", "6"});
  member_event("Status", {"PJSIP/101", "Agent 101", "0", "6"});
  member_event("Pause", {"PJSIP/101", "Agent 101", "0", "6", "1", "lunch"});
  member_event("Penalty", {"PJSIP/101", "Agent 101", "3", "6", "1", "lunch"});
  member_event("Added", {"PJSIP/105", "Anna"});
  member_event("Removed", {"PJSIP/102", "Agent 102"});
  EXPECT_EQ(told(), (lines{"member_status support PJSIP/101", "member_paused support PJSIP/101",
                           "member_penalty support PJSIP/101", "member_added support PJSIP/105",
                           "member_removed support PJSIP/102"}));
  EXPECT_EQ(shown(), "info support [PJSIP/101=ringing/lunch/3 PJSIP/105=not_in_use] []");
}

TEST_F(app_queue, reads_again_after_a_gap_and_tells_what_it_has_missed) {
  queues["support"].callers = {{"1.1", "+4911"}, {"1.2", "+4922"}};
  run_queue();
  shown();
  link("down");
  queues["support"].members = {{"PJSIP/102", "Agent 102", "2", "2", "1", "tea"},
                               {"PJSIP/103", "Agent 103"}};
  queues["support"].callers = {{"1.3", "+4933", "9"}, {"1.2", "+4922"}};
  EXPECT_EQ(shown(),
            "info support [PJSIP/101=not_in_use PJSIP/102=not_in_use] [1:+4911/0 2:+4922/0] stale");
  link("up");
  EXPECT_EQ(
      told(),
      (lines{
          "member_removed support PJSIP/101 synthetic", "member_paused support PJSIP/102 synthetic",
          "member_penalty support PJSIP/102 synthetic", "member_status support PJSIP/102 synthetic",
          "member_added support PJSIP/103 synthetic", "caller_joined support +4933 synthetic",
          "caller_left support +4911 synthetic"}));
  EXPECT_EQ(shown(),
            "info support [PJSIP/102=in_use/tea/2 PJSIP/103=not_in_use] [1:+4933/9 2:+4922/0]");
}

TEST_F(app_queue, leaves_to_events_what_they_touched_while_the_list_was_on_its_way) {
  queues["support"].callers = {{"1.1", "+4911"}};
  while_listing = [this] {
    // The list has been made; these come before it, or after, or are older than it.
    quietly(caller_text("QueueCallerJoin", {"1.2", "+4922"}, 2));
    quietly(caller_text("QueueCallerLeave", {"1.1", "+4911"}, 1));
    quietly(
        "Event: QueueMemberPause\r\nQueue: support\r\nMemberName: Agent 101\r\nInterface: "
        "PJSIP/101" +
        fields({"PJSIP/101", "", "0", "1", "1", "tea"}));
    quietly("Event: QueueMemberRemoved\r\nQueue: support\r\nMemberName: x\r\nInterface: PJSIP/102" +
            fields({"PJSIP/102", ""}));
    while_listing = nullptr;
  };
  run_queue();
  EXPECT_EQ(shown(), "info support [PJSIP/101=not_in_use/tea] [1:+4922]");
}

TEST_F(app_queue, believes_a_difference_without_an_event_only_when_it_stays) {
  run_queue();
  caller_event("QueueCallerJoin", {"1.1", "+4911"}, 1);
  // Lists are ahead of their events for a moment.
  queues["support"].callers = {{"1.1", "+4911"}, {"1.2", "+4922"}};
  queues["support"].members[0].paused = "1";
  advance(1.1);
  EXPECT_EQ(told(), (lines{"caller_joined support +4911"}));
  caller_event("QueueCallerJoin", {"1.2", "+4922"}, 2);
  advance(1.1);
  EXPECT_EQ(told(), (lines{"caller_joined support +4911", "caller_joined support +4922",
                           "member_paused support PJSIP/101 synthetic"}));
}

TEST_F(app_queue, waits_for_a_pbx_that_is_away) {
  online = false;
  run_app(R"(
    local app_queue, log = require "calluna.app_queue", require "calluna.log"
    return { start = function()
      local q, err = app_queue.get("support", { timeout = 5 })
      log.info("%s", q and q.name or err.kind)
      q, err = app_queue.get("support")
      log.info("%s", q and q.name or err.kind)
    end })");
  advance(5.5);
  EXPECT_EQ(last_log(), "info offline");
  link("up");
  EXPECT_EQ(last_log(), "info support");
}

TEST_F(app_queue, asks_again_with_growing_pauses_when_a_list_is_lost) {
  fault = error{error_kind::timeout, "QueueStatus: no answer", true, {}};
  run_queue();
  EXPECT_EQ(asked("QueueStatus"), 1U);
  advance(1.1);
  EXPECT_EQ(asked("QueueStatus"), 2U);
  advance(1.1);
  EXPECT_EQ(asked("QueueStatus"), 2U);
  fault.reset();
  advance(1.0);
  EXPECT_EQ(asked("QueueStatus"), 3U);
  EXPECT_EQ(shown(), "info support [PJSIP/101=not_in_use PJSIP/102=not_in_use] []");
}

TEST_F(app_queue, reads_once_more_when_the_link_is_lost_between_list_and_end) {
  bool lost = false;
  while_listing = [&] {
    if (std::exchange(lost, true)) return;
    quietly("Event: CallunaLink\r\nState: down\r\n");
    quietly("Event: CallunaLink\r\nState: up\r\n");
    queues["support"].members.pop_back();
  };
  run_queue();
  EXPECT_EQ(asked("QueueStatus"), 2U);
  EXPECT_EQ(shown(), "info support [PJSIP/101=not_in_use] []");
}

TEST_F(app_queue, tells_that_there_is_no_such_queue) {
  run_queue(R"(
    tell("get", app_queue.get("suport"))
    tell("list", app_queue.list()[1].name))");
  EXPECT_TRUE(
      said("get: invalid: app_queue.get: main has no queue 'suport' (did you mean 'support'?)"))
      << last_log();
  EXPECT_TRUE(said("list: support"));
  queues["suport"] = {};  // made since
  EXPECT_EQ(shown("suport"), "info suport [] []");
}

TEST_F(app_queue, a_queue_that_the_pbx_has_no_more_is_gone_and_may_come_back) {
  queues["sales"] = {{{"PJSIP/101", "Agent 101"}}, {}};
  run_queue(R"(
    local q = assert(app_queue.get("sales"))
    app_queue.on("member_removed", function() log.info("gone: %s, %d queues", tostring(q.gone), #app_queue.list()) end)
    app_queue.on("member_added", function() log.info("gone: %s", tostring(q.gone)) end))");
  auto const sales = queues["sales"];
  queues.erase("sales");
  ami_event("Event: Reload\r\nModule: app_queue\r\nStatus: 0\r\n");
  EXPECT_EQ(last_log(), "info gone: true, 1 queues");
  queues["sales"] = sales;
  ami_event("Event: Reload\r\nModule: app_queue\r\nStatus: 0\r\n");
  EXPECT_EQ(last_log(), "info gone: nil");
}

TEST_F(app_queue, does_what_it_is_told_and_shows_it_before_it_returns) {
  obey();
  run_queue(R"(
    local q = assert(app_queue.get("support"))
    tell("pause", q:pause("PJSIP/101", "lunch"))
    log.info("%s", q.members["PJSIP/101"].pause_reason)
    tell("unpause", q:unpause(q.members["PJSIP/101"]))
    log.info("%s", tostring(q.members["PJSIP/101"].paused))
    tell("penalty", q:set_penalty("PJSIP/101", 7))
    log.info("%d", q.members["PJSIP/101"].penalty)
    tell("add", q:add("PJSIP/105", { penalty = 2, paused = true, name = "Eve", state_interface = "PJSIP/105" }))
    log.info("%d", q.members["PJSIP/105"].penalty)
    tell("remove", q:remove("PJSIP/105"))
    log.info("%s", tostring(q.members["PJSIP/105"])))");
  EXPECT_TRUE(said("lunch"));
  EXPECT_EQ(last_log(), "info nil");
  for (auto const* verb : {"pause", "unpause", "penalty", "add", "remove"})
    EXPECT_TRUE(said(std::string(verb) + ": true")) << verb;
  auto const& add = pbx->actions[pbx->actions.size() - 2];
  ASSERT_EQ(add.name, "QueueAdd");
  EXPECT_EQ(header(add, "MemberName"), "Eve");
  EXPECT_EQ(header(add, "Paused"), "true");
  EXPECT_EQ(header(add, "StateInterface"), "PJSIP/105");
}

TEST_F(app_queue, a_user_stands_for_the_devices_that_are_members) {
  obey();
  queues["support"].members = {
      {"PJSIP/201", "Anna"}, {"Local/101@agents", "Anna too"}, {"PJSIP/102", "B"}};
  run_queue(R"(
    local q, anna = assert(app_queue.get("support")), users.get("anna")
    tell("pause", q:pause(anna, "lunch"))
    tell("everywhere", app_queue.pause(anna))
    tell("add", q:add(anna)))");
  std::vector<std::string> sent;
  for (auto const& a : pbx->actions)
    if (a.name != "QueueStatus")
      sent.push_back(a.name + " " + header(a, "Queue") + " " + header(a, "Interface") + " " +
                     header(a, "MemberName"));
  EXPECT_EQ(sent, (lines{"QueuePause support Local/101@agents ", "QueuePause support PJSIP/201 ",
                         "QueuePause  Local/101@agents ", "QueuePause  PJSIP/201 ",
                         "QueueAdd support PJSIP/101 Anna"}));
}

TEST_F(app_queue, tells_what_asterisk_refused_and_why) {
  std::string message;
  on_verb = [&](ami::encoded_action const&) { return error_answer(message); };
  run_queue(R"(
    local q = assert(app_queue.get("support"))
    ami.on("Try", function()
      tell("pause", q:pause("PJSIP/199"))
      tell("priority", q:set_priority("PJSIP/trunk-9", 5))
    end))");
  message = "QueuePause: Interface not found";
  ami_event("Event: Try\r\n");
  EXPECT_TRUE(said(
      "pause: invalid: app_queue:pause: PJSIP/199 in support: QueuePause: Interface not found"));
  message = "Unable to change priority caller on queue: No such caller";
  ami_event("Event: Try\r\n");
  EXPECT_TRUE(said("priority: gone: app_queue:set_priority: PJSIP/trunk-9 in support"));
  message = "Member not dynamic";
  ami_event("Event: Try\r\n");
  EXPECT_TRUE(said("pause: rejected: "));
  fault = error{error_kind::refused, "QueuePause: Permission denied", false, {}};
  ami_event("Event: Try\r\n");
  EXPECT_TRUE(said("pause: refused: QueuePause: Permission denied"));
  online = false;
  ami_event("Event: Try\r\n");
  EXPECT_TRUE(said("pause: offline: "));
}

TEST_F(app_queue, changes_a_callers_priority_and_reads_the_new_order) {
  queues["support"].callers = {{"1.1", "+4911"}, {"1.2", "+4922"}};
  bool moves = true;
  on_verb = [&](ami::encoded_action const& a) -> result<ami::response> {
    EXPECT_EQ(header(a, "Caller"), "PJSIP/trunk-1.2");
    auto& callers = queues["support"].callers;
    callers[1].priority = header(a, "Priority");
    if (moves) std::swap(callers[0], callers[1]);
    return ami::response{ami::message::copy_of("Response: Success\r\n"), {}};
  };
  run_queue(R"(
    local q = assert(app_queue.get("support"))
    ami.on("Try", function() tell("priority", q:set_priority(q.state:caller("1.2"), 5)) end))");
  moves = false;
  ami_event("Event: Try\r\n");
  EXPECT_TRUE(said("priority: refused: ")) << last_log();
  moves = true;
  ami_event("Event: Try\r\n");
  EXPECT_EQ(last_log(), "info priority: true");
  EXPECT_TRUE(shown().find("[1:+4922/5 2:+4911/0]") != std::string::npos) << last_log();
}

TEST_F(app_queue, mistakes_are_told_at_the_apps_line) {
  run_queue(R"(
    local q = assert(app_queue.get("support"))
    local function try(fn) log.info("%s", select(2, pcall(fn))) end
    try(function() q:pause("anna") end)
    try(function() q:pause(7) end)
    try(function() q:set_penalty("PJSIP/101", -1) end)
    try(function() q:add("PJSIP/105", { penality = 1 }) end)
    try(function() return q.membres end)
    try(function() return q.members["PJSIP/101"].pausd end)
    try(function() q:on("caller_join", print) end)
    try(function() app_queue.on("connected", print, { pbx = "other" }) end)
    try(function() app_queue.get("support", { pbx = "other" }) end)
    try(function() app_queue.pause("PJSIP/101", 7) end))");
  auto const place = "info " + folder_.string() + "/init.lua:";
  std::vector<std::string> const expected{
      "app_queue:pause: 'anna' is no interface",
      "app_queue:pause: argument 1 is a number; it takes a string or table",
      "app_queue:set_penalty: -1 is no whole number from 0",
      "app_queue:add: unknown option 'penality' (did you mean 'penalty'?)",
      "a queue has no field 'membres' (did you mean 'members'?)",
      "a queue's member has no field 'pausd' (did you mean 'paused'?)",
      "app_queue:on: there is no event 'caller_join' (did you mean 'caller_joined'?)",
      "app_queue.on: no PBX of this app has AMI: other",
      "app_queue.get: no PBX of this app has AMI: other",
      "app_queue.pause: argument 2 is a number"};
  ASSERT_EQ(log_lines().size(), expected.size()) << last_log();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(log_lines()[i].rfind(place, 0), 0U) << log_lines()[i];
    EXPECT_NE(log_lines()[i].find(expected[i]), std::string::npos) << log_lines()[i];
  }
}

TEST_F(app_queue, a_handler_that_is_off_hears_nothing_more) {
  run_queue(R"(
    local q = assert(app_queue.get("support"))
    local handle
    handle = q:on("caller_joined", function(info) log.info("heard %s", info.caller.number) handle:off() end))");
  caller_event("QueueCallerJoin", {"1.1", "+4911"}, 1);
  caller_event("QueueCallerJoin", {"1.2", "+4922"}, 2);
  EXPECT_TRUE(said("heard +4911"));
  EXPECT_FALSE(said("heard +4922"));
}

TEST_F(app_queue,
       of_a_generation_that_is_replaced_hears_nothing_more_and_still_does_what_it_is_told) {
  run_queue(R"(
    local q = assert(app_queue.get("support"))
    require "calluna.timer".after(10, function()
      log.info("%s", tostring(q.stale))
      tell("pause", q:pause("PJSIP/101"))
      tell("again", q:pause("PJSIP/101"))
      log.info("%s", tostring(q.members["PJSIP/101"].paused))
    end))");
  app_->retire();
  on_verb = [this](ami::encoded_action const&) -> result<ami::response> {
    queues["support"].members[0].paused = "1";
    return ami::response{ami::message::copy_of("Response: Success\r\n"), {}};
  };
  member_event("Added", {"PJSIP/105", "Anna"});
  advance(10);
  EXPECT_EQ(told(), (lines{"true", "pause: true", "again: true", "true"}));
}

}  // namespace
}  // namespace calluna::bindings
