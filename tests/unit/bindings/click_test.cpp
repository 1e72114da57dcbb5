#include "app_fixture.hpp"

#include <calluna/bindings/click_memory.hpp>

#include <map>
#include <set>

namespace calluna::bindings {
namespace {

/// A PBX in miniature: knows what was originated, and tells what an Asterisk would.
class ami_pbx_test : public app_test {
 protected:
  using headers = std::map<std::string, std::string>;

  ami_pbx_test() {
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
    pbx->on_action = [this](ami::encoded_action const& a) { return answer(a); };
  }

  static headers headers_of(ami::encoded_action const& a) {
    headers found;
    std::string_view rest = a.bytes;
    for (auto end = rest.find("\r\n"); end != 0 && end != std::string_view::npos;
         end = rest.find("\r\n")) {
      auto const colon = rest.find(": ");
      auto& value = found[std::string(rest.substr(0, colon))];
      if (!value.empty()) value += "\n";  // Variable comes several times
      value += rest.substr(colon + 2, end - colon - 2);
      rest.remove_prefix(end + 2);
    }
    return found;
  }
  static result<ami::response> says(std::string const& text) {
    return ami::response{ami::message::copy_of(text), {}};
  }
  result<ami::response> answer(ami::encoded_action const& a) {
    sent.push_back(headers_of(a));
    int const step = static_cast<int>(sent.size());
    if (step == fails_at) return fail(*trouble);
    auto& h = sent.back();
    if (h["Action"] == "Originate") {
      ids[h["Channel"]] = h["ChannelId"];
      alive.insert(h["ChannelId"]);
    }
    if (h["Action"] == "Hangup" || h["Action"] == "Redirect") {
      if (alive.count(h["Channel"]) == 0)
        return fail(error{error_kind::rejected, "Hangup: No such channel", false, {}});
      if (h["Action"] == "Hangup") dying.push_back(h["Channel"]);
    }
    if (h["Action"] == "Getvar" && !h["Channel"].empty() && alive.count(h["Channel"]) == 0)
      return fail(error{error_kind::rejected, "Getvar: No such channel", false, {}});
    if (h["Action"] == "Getvar") return says("Response: Success\r\nValue: " + variable + "\r\n");
    return says("Response: Success\r\n");
  }
  /// Lets hang-ups happen that were asked for.
  void flush() {
    while (!dying.empty()) {
      auto const id = dying.front();
      dying.erase(dying.begin());
      ended(id, 16);
    }
  }
  void event(std::string const& name, std::string const& id, std::string const& more = {}) {
    ami_event("Event: " + name + "\r\nUniqueid: " + id + "\r\n" + more);
  }
  void rings(std::string const& device) {
    event("Newchannel", ids[device], "Channel: " + device + "-00000001\r\n");
  }
  void picks_up(std::string const& device) {
    event("OriginateResponse", ids[device],
          "Response: Success\r\nReason: 4\r\nChannel: " + device + "-00000001\r\n");
  }
  void ended(std::string const& id, int cause) {
    if (alive.erase(id) != 0) event("Hangup", id, "Cause: " + std::to_string(cause) + "\r\n");
  }
  void dials(std::string const& id, std::string const& status = {}) {
    std::string const far = "Channel: x\r\nDestChannel: PJSIP/trunk-2\r\nDestUniqueid: far\r\n";
    if (status.empty()) return event("DialBegin", id, far);
    event("DialEnd", id, far + "DialStatus: " + status + "\r\n");
  }
  std::vector<std::string> of(std::string const& action, std::string const& header) {
    std::vector<std::string> values;
    for (auto& h : sent)
      if (h["Action"] == action) values.push_back(h[header]);
    return values;
  }
  void nothing_left() {
    for (int i = 0; i < 15; ++i) {
      flush();
      advance(10);
    }
    EXPECT_TRUE(alive.empty()) << *alive.begin();
    EXPECT_EQ(app_->count().waiting, 0u);
  }

  std::vector<headers> sent;
  std::map<std::string, std::string> ids;  // dial string -> our channel id
  std::set<std::string> alive;
  std::vector<std::string> dying;
  std::string variable;
  int fails_at = 0;
  std::optional<error> trouble;
};

class click : public ami_pbx_test {
 protected:
  void run(std::string const& settings = R"(to = "0555", devices = { "PJSIP/1", "PJSIP/2" })") {
    run_app(R"(
      local click, log, ami = require "calluna.click".click, require "calluna.log", require "calluna.ami"
      ami.on("UserEvent", function()
        local call, err = click { context = "inside", )" +
            settings + R"( }
        log.info("%s", call and "talks" or err.kind .. " " .. tostring(err.side))
      end))");
    ask();
  }
  void ask() { ami_event("Event: UserEvent\r\n"); }
};

TEST_F(click, the_first_device_to_answer_dials_and_the_others_stop) {
  run();
  ASSERT_EQ(of("Originate", "Application"), (std::vector<std::string>{"Wait", "Wait"}));
  rings("PJSIP/1");
  rings("PJSIP/2");
  picks_up("PJSIP/2");
  EXPECT_EQ(of("Redirect", "Channel"), std::vector<std::string>{ids["PJSIP/2"]});
  EXPECT_EQ(of("Redirect", "Exten"), std::vector<std::string>{"0555"});
  EXPECT_EQ(of("Redirect", "Context"), std::vector<std::string>{"inside"});
  EXPECT_EQ(of("Hangup", "Channel"), std::vector<std::string>{ids["PJSIP/1"]});
  EXPECT_EQ(of("Hangup", "Cause"), std::vector<std::string>{"26"});
  flush();
  dials(ids["PJSIP/2"]);
  dials(ids["PJSIP/2"], "ANSWER");
  EXPECT_EQ(last_log(), "info talks");
  ended(ids["PJSIP/2"], 16);
  nothing_left();
}

TEST_F(click, a_second_answer_is_hung_up_and_does_not_dial) {
  run();
  rings("PJSIP/1");
  rings("PJSIP/2");
  picks_up("PJSIP/1");
  picks_up("PJSIP/2");
  EXPECT_EQ(of("Redirect", "Channel"), std::vector<std::string>{ids["PJSIP/1"]});
  EXPECT_EQ(of("Hangup", "Channel").front(), ids["PJSIP/2"]);
  ended(ids["PJSIP/1"], 16);
  nothing_left();
}

TEST_F(click, a_leg_that_ended_while_ami_was_away_is_found_out) {
  run_app(R"(
    local leg, log, ami = require "calluna.ami_leg", require "calluna.log", require "calluna.ami"
    ami.on("UserEvent", function()
      local one = leg.answered("PJSIP/1", { application = "Wait", data = "9", timeout = 20 }, "test")
      one.ended:wait(false, "test")
      log.info("ended")
    end))");
  ask();
  rings("PJSIP/1");
  picks_up("PJSIP/1");
  ami_event("Event: CallunaLink\r\nState: up\r\n");
  EXPECT_EQ(last_log(), "") << "it lives";
  alive.clear();
  ami_event("Event: CallunaLink\r\nState: up\r\n");
  EXPECT_EQ(last_log(), "info ended");
  nothing_left();
}

TEST_F(click, the_number_shown_is_not_the_users_own) {
  run(R"(to = "0555", devices = "PJSIP/1", callerid = '"Ann" <+4930>', outbound_callerid = "+49309")");
  auto const variables = of("Originate", "Variable").front();
  for (auto const* one :
       {"CONNECTEDLINE(num,i)=+4930", "CONNECTEDLINE(name,i)=Ann", "CALLERID(num)=+49309"})
    EXPECT_NE(variables.find(one), std::string::npos) << variables;
  EXPECT_EQ(of("Originate", "CallerID").front(), "");
  ended(ids["PJSIP/1"], 16);
  nothing_left();
}

TEST_F(click, what_the_own_phones_say_is_told_of_the_one_who_says_most) {
  run();
  rings("PJSIP/1");
  ended(ids["PJSIP/1"], 21);
  event("OriginateResponse", ids["PJSIP/1"], "Response: Failure\r\nReason: 0\r\n");
  alive.erase(ids["PJSIP/2"]);  // there is no such phone: no channel ever
  event("OriginateResponse", ids["PJSIP/2"], "Response: Failure\r\nReason: 0\r\n");
  EXPECT_EQ(last_log(), "info rejected user");
  nothing_left();
}

TEST_F(click, the_dial_status_says_what_became_of_the_far_side) {
  for (auto const& [status, kind] :
       std::map<std::string, std::string>{{"BUSY", "busy"},
                                          {"NOANSWER", "noanswer"},
                                          {"CONGESTION", "congestion"},
                                          {"CHANUNAVAIL", "offline"}}) {
    SCOPED_TRACE(status);
    run(R"(to = "0555", devices = "PJSIP/1")");
    picks_up("PJSIP/1");
    dials(ids["PJSIP/1"]);
    dials(ids["PJSIP/1"], status);
    variable = status;
    EXPECT_TRUE(dying.empty()) << "another trunk may be tried";
    advance(4);
    EXPECT_EQ(last_log(), "info " + kind + " remote");
    nothing_left();
    app_->kill();
  }
}

TEST_F(click, a_second_trunk_may_answer) {
  run(R"(to = "0555", devices = "PJSIP/1")");
  picks_up("PJSIP/1");
  dials(ids["PJSIP/1"]);
  dials(ids["PJSIP/1"], "CONGESTION");
  dials(ids["PJSIP/1"]);
  advance(4);
  dials(ids["PJSIP/1"], "ANSWER");
  EXPECT_EQ(last_log(), "info talks");
  ended(ids["PJSIP/1"], 16);
  nothing_left();
}

TEST_F(click, a_queue_that_rings_its_agents_in_turn_is_left_alone) {
  run(R"(to = "sales", devices = "PJSIP/1")");
  picks_up("PJSIP/1");
  for (int i = 0; i < 3; ++i) {
    dials(ids["PJSIP/1"]);
    dials(ids["PJSIP/1"], "NOANSWER");
    advance(5);
  }
  dials(ids["PJSIP/1"]);
  dials(ids["PJSIP/1"], "ANSWER");
  EXPECT_EQ(last_log(), "info talks");
  ended(ids["PJSIP/1"], 16);
  nothing_left();
}

TEST_F(click, the_user_may_give_up) {
  run(R"(to = "0555", devices = "PJSIP/1")");
  picks_up("PJSIP/1");
  dials(ids["PJSIP/1"]);
  event("HangupRequest", ids["PJSIP/1"], "Cause: 16\r\n");
  dials(ids["PJSIP/1"], "CANCEL");
  ended(ids["PJSIP/1"], 16);
  EXPECT_EQ(last_log(), "info cancelled user");
  nothing_left();
}

TEST_F(click, one_id_is_one_call_however_often_it_is_asked_for) {
  run(R"(to = "0555", devices = "PJSIP/1", id = "once")");
  ask();
  picks_up("PJSIP/1");
  dials(ids["PJSIP/1"]);
  dials(ids["PJSIP/1"], "ANSWER");
  ask();
  EXPECT_EQ(std::count(log_lines().begin(), log_lines().end(), "info talks"), 3);
  EXPECT_EQ(of("Originate", "Channel").size(), 1u);
  ended(ids["PJSIP/1"], 16);
  for (int i = 0; i < 70; ++i) advance(10);
  ask();
  EXPECT_EQ(of("Originate", "Channel").size(), 2u) << "it is forgotten after ten minutes";
  ended(ids["PJSIP/1"], 16);
  nothing_left();
}

TEST_F(click, one_id_is_one_call_in_the_generation_after_this_one_too) {
  options.services.clicks = std::make_shared<click_memory>();
  auto const once = R"(to = "0555", devices = "PJSIP/1", id = "once")";
  run(once);
  picks_up("PJSIP/1");
  dials(ids["PJSIP/1"]);
  dials(ids["PJSIP/1"], "ANSWER");
  ended(ids["PJSIP/1"], 16);
  nothing_left();
  run(once);
  EXPECT_EQ(last_log(), "info talks");
  EXPECT_EQ(of("Originate", "Channel").size(), 1u);
  run(R"(to = "0555", devices = "PJSIP/1", id = "another")");
  EXPECT_EQ(of("Originate", "Channel").size(), 2u);
  ended(ids["PJSIP/1"], 17);
  run(R"(to = "0555", devices = "PJSIP/1", id = "another")");
  EXPECT_EQ(last_log(), "info busy user") << "as it ended";
  EXPECT_EQ(of("Originate", "Channel").size(), 2u);
  for (int i = 0; i < 70; ++i) advance(10);
  ask();
  EXPECT_EQ(of("Originate", "Channel").size(), 3u) << "it is forgotten after ten minutes";
  ended(ids["PJSIP/1"], 16);
  nothing_left();
}

TEST_F(click, nothing_rings_if_anything_is_wrong) {
  for (std::string const settings :
       {R"(to = "0555\r\nAction: x", devices = "PJSIP/1")", R"(to = "1,2", devices = "PJSIP/1")",
        R"(to = "1", devices = "PJSIP/1&PJSIP/2")",
        R"(to = "1", devices = { "PJSIP/1", "PJSIP/2 x" })",
        R"(to = "1", devices = "PJSIP/1", auto_answer = "yealnk")",
        R"(to = "1", devices = "PJSIP/1", auto_answer = "Call-Info: x\r\nEvil: y")",
        R"(to = "1", devices = "Local/1@x", auto_answer = "snom")",
        R"(to = "1", devices = "PJSIP/1", callerid = "a\r\nb")",
        R"(to = "1", devices = "PJSIP/1", dtmf_after_answer = "1&2")",
        R"(to = "1", devices = "PJSIP/1", variables = { ["A=1\r\nB"] = 2 })",
        R"(to = "1", devices = "PJSIP/1", id = "")", R"(to = "", devices = "PJSIP/1")",
        R"(to = "1", user = "nobody")", R"(to = "1", devices = "PJSIP/1", context = "a,b")"}) {
    SCOPED_TRACE(settings);
    run(settings);
    EXPECT_EQ(last_log(), "info invalid nil");
    EXPECT_TRUE(of("Originate", "Channel").empty());
    app_->kill();
  }
}

TEST_F(click, no_failed_action_at_any_step_leaves_anything_behind) {
  for (auto const kind :
       {error_kind::rejected, error_kind::timeout, error_kind::offline, error_kind::refused}) {
    for (int step = 1; step <= 6; ++step) {
      SCOPED_TRACE(std::to_string(static_cast<int>(kind)) + " at step " + std::to_string(step));
      sent.clear();
      ids = {{"PJSIP/1", "none"}, {"PJSIP/2", "none"}};
      fails_at = step;
      trouble = error{kind, "broken", false, {}};
      run();
      for (auto const* device : {"PJSIP/1", "PJSIP/2"})
        if (alive.count(ids[device]) != 0) rings(device);
      for (auto const* device : {"PJSIP/2", "PJSIP/1"})
        if (alive.count(ids[device]) != 0) picks_up(device);
      flush();
      for (auto const* device : {"PJSIP/1", "PJSIP/2"}) ended(ids[device], 16);
      nothing_left();
      app_->kill();
    }
  }
}

TEST_F(click, the_end_of_the_one_who_asked_hangs_up_everything) {
  run_app(R"(
    local click, log, task = require "calluna.click".click, require "calluna.log", require "calluna.task"
    local asked = {}
    return { start = function()
      for i = 1, 2 do
        asked[i] = task.spawn(click, { to = "1", context = "c", devices = { "PJSIP/1", "PJSIP/2" }, id = "one" })
      end
      require "calluna.ami".on("UserEvent", function() table.remove(asked):cancel() end)
    end })");
  rings("PJSIP/1");
  rings("PJSIP/2");
  ami_event("Event: UserEvent\r\n");
  EXPECT_TRUE(of("Hangup", "Channel").empty()) << "another one still waits for it";
  ami_event("Event: UserEvent\r\n");
  EXPECT_EQ(of("Hangup", "Channel").size(), 2u);
  nothing_left();
}

}  // namespace
}  // namespace calluna::bindings
