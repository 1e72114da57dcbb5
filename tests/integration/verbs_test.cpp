// The verbs on a call, with real phones: on channels in the dialplan (AMI) and in Stasis (ARI).
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class verbs : public lab_test {
 protected:
  using headers = ami_view::headers;

  void SetUp() override {
    lab_test::SetUp();
    if (!HasFatalFailure() && !IsSkipped()) run_app("verbs");
  }
  struct channel {
    std::string id, name;
  };
  /// Of an event's channel; role "Dest" for the one that is dialled.
  static channel channel_of(ami::message_view const& event, std::string const& role = {}) {
    return {std::string(event.get(role + "Uniqueid")), std::string(event.get(role + "Channel"))};
  }
  /// The caller's and the called phone's channel of a talk that is up.
  struct talk {
    party* caller;
    channel outside, phone;
  };
  /// Somebody from outside calls 101 through the dialplan.
  talk in_dialplan(std::vector<std::string> const& options = {}) {
    return call_101("101", options);
  }
  /// The same, led by the application.
  talk in_stasis(std::vector<std::string> const& options = {}) {
    auto const t = call_101("app-verbs", options);
    EXPECT_TRUE(logged("dial: answered", 10s, ++dialed_));
    return t;
  }
  talk call_101(std::string const& extension, std::vector<std::string> const& options) {
    auto const from = ami().position();
    talk t{};
    t.caller = &call(extension, options);
    EXPECT_TRUE(ami().wait_for("BridgeEnter", {}, 10s, 2, from)) << "nobody talks";
    for (auto const& event : ami().events("BridgeEnter", {}, from)) {
      auto const c = channel_of(*event);
      (c.name.find("/101-") != std::string::npos ? t.phone : t.outside) = c;
    }
    return t;
  }
  /// Waits for what apps/verbs says of the verb: "done", "refused ...".
  testing::AssertionResult verb(std::string const& name, channel const& on, std::string const& said,
                                headers more = {}) {
    more.insert({{"Verb", name}, {"Chan", on.name}, {"Id", on.id}});
    auto const kind = more.extract("Event");
    auto const from = last_log().size();
    ami().user_event(kind ? kind.mapped() : "Verb", more);
    if (last_log().wait_for(name + ": " + said, 15s, 1, from)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << name << ": " << last_log().text().substr(from);
  }
  /// The same on a channel of the application.
  testing::AssertionResult ari_verb(std::string const& name, channel const& on,
                                    std::string const& said, headers more = {}) {
    more["Led"] = "verbs";
    return verb(name, on, said, std::move(more));
  }
  /// The same by the call of that channel.
  testing::AssertionResult call_verb(std::string const& name, channel const& on,
                                     std::string const& said, headers more = {}) {
    more["Event"] = "CallVerb";
    return verb(name, on, said, std::move(more));
  }
  bool event(std::string const& name, headers const& wanted, std::size_t times = 1) {
    return ami().wait_for(name, wanted, 10s, times);
  }
  std::filesystem::path recording(std::string const& name) {
    return pbx().folder() / "pbx" / "spool" / name;
  }
  /// Waits until `count` digits have gone out as RTP while `send` runs; no event tells of them.
  template <class Send>
  testing::AssertionResult digits_on_the_wire(std::size_t count, Send send) {
    log_file const log(pbx().folder() / "pbx" / "log" / "full");
    pbx().cli("rtp set debug on");
    auto const from = log.size();
    testing::AssertionResult done = send();
    // Six packets for each.
    if (done && !log.wait_for("Sent RTP DTMF packet", 5s, 6 * count, from))
      done = testing::AssertionFailure() << "nothing was sent";
    pbx().cli("rtp set debug off");
    return done;
  }
  static inline std::vector<std::string> const answers{"answer", "--audio", "yes"};

 private:
  std::size_t dialed_ = 0;
};
CALLUNA_WITH_BOTH(verbs);

// -- in the dialplan

TEST_P(verbs, hangs_up_a_channel_in_the_dialplan_with_a_reason) {
  auto& phone_101 = phone("101", answers);
  auto const t = in_dialplan();
  EXPECT_TRUE(verb("hangup", t.phone, "done", {{"Reason", "busy"}}));
  EXPECT_TRUE(phone_101.saw("ended", 5s));
  EXPECT_TRUE(event("Hangup", {{"Uniqueid", t.phone.id}, {"Cause", "17"}}));
  EXPECT_TRUE(verb("hangup", t.phone, "gone the channel has ended"));
}

TEST_P(verbs, transfers_blindly_in_the_dialplan) {
  phone("101", answers);
  auto& other = phone("102", {"answer", "--hangup-after", "300"});
  auto const t = in_dialplan();
  EXPECT_TRUE(verb("transfer", t.phone, "done", {{"To", "102"}}));
  EXPECT_TRUE(event("BlindTransfer", {{"TransfererUniqueid", t.phone.id}}));
  EXPECT_TRUE(other.saw("answered", 5s));
}

TEST_P(verbs, sends_a_caller_who_talks_to_nobody_elsewhere) {
  auto& other = phone("102", {"answer", "--hangup-after", "300"});
  call("hang");
  ASSERT_TRUE(event("Newstate", {{"Exten", "hang"}, {"ChannelStateDesc", "Up"}}));
  auto const c = channel_of(*ami().events("Newstate", {{"Exten", "hang"}}).back());
  EXPECT_TRUE(verb("transfer", c, "done", {{"To", "102"}, {"Where", "from-phones"}}));
  EXPECT_TRUE(other.saw("answered", 5s));
}

TEST_P(verbs, transfers_after_asking_in_the_dialplan) {
  auto& own = phone("101", answers);
  auto& other = phone("102", {"answer", "--audio", "yes", "--hangup-after", "4000"});
  auto const t = in_dialplan({"--audio", "yes"});
  EXPECT_TRUE(verb("consult", t.phone, "done", {{"To", "102"}}));
  EXPECT_TRUE(verb("complete", t.phone, "done"));
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_TRUE(event("AttendedTransfer", {{"Result", "Success"}}));
  EXPECT_FALSE(other.saw("ended", 1s)) << "the caller talks to 102";
  EXPECT_TRUE(other.saw("hung up|ended", 10s));
}

TEST_P(verbs, takes_the_caller_back_after_asking_in_the_dialplan) {
  phone("101", {"answer", "--audio", "yes", "--hangup-after", "4000"});
  auto& other = phone("102", answers);
  auto const t = in_dialplan({"--audio", "yes"});
  EXPECT_TRUE(verb("consult", t.phone, "done", {{"To", "102"}}));
  EXPECT_TRUE(verb("cancel", t.phone, "done"));
  EXPECT_TRUE(other.saw("ended", 5s));
  EXPECT_TRUE(verb("complete", t.phone, "refused"));
  EXPECT_TRUE(verb("hangup", t.outside, "done"));
}

TEST_P(verbs, tells_why_nobody_could_be_asked) {
  phone("101", answers);
  phone("102", {"busy"});
  auto const t = in_dialplan();
  EXPECT_TRUE(verb("consult", t.phone, "busy", {{"To", "102"}}));
  EXPECT_TRUE(verb("hangup", t.outside, "done"));
}

TEST_P(verbs, refuses_to_ask_where_the_dialplan_does_not_allow_it) {
  phone("101", answers);
  phone("102", answers);
  // Bridge() without the options t and T.
  ami::action first{"Originate"}, second{"Originate"};
  first.set("Channel", "PJSIP/101").set("ChannelId", "verbs-1").set("Async", "true");
  first.set("Context", "load").set("Exten", "hang").set("Priority", "1");
  EXPECT_TRUE(ami().send(first));
  ASSERT_TRUE(event("OriginateResponse", {{"Uniqueid", "verbs-1"}}));
  second.set("Channel", "PJSIP/102").set("ChannelId", "verbs-2").set("Async", "true");
  second.set("Application", "Bridge").set("Data", "verbs-1");
  EXPECT_TRUE(ami().send(second));
  ASSERT_TRUE(event("BridgeEnter", {{"Uniqueid", "verbs-2"}}));
  channel const c{"verbs-2", "PJSIP/102-00000000"};
  EXPECT_TRUE(verb("consult", c, "refused .*features.conf", {{"To", "103"}}));
  EXPECT_TRUE(verb("hangup", c, "done"));
  EXPECT_TRUE(verb("consult", c, "gone", {{"To", "103"}}));
  verb("hangup", {"verbs-1", ""}, "");
}

TEST_P(verbs, asks_the_phone_to_hold_in_the_dialplan) {
  auto& own = phone("101", {"obey", "--audio", "yes"});
  auto const t = in_dialplan({"--audio", "yes"});
  EXPECT_TRUE(verb("hold", t.phone, "done"));
  EXPECT_TRUE(own.saw("held", 1s));
  EXPECT_TRUE(event("MusicOnHoldStart", {{"Uniqueid", t.outside.id}}));
  EXPECT_TRUE(verb("resume", t.phone, "done"));
  EXPECT_TRUE(event("MusicOnHoldStop", {{"Uniqueid", t.outside.id}}));
  EXPECT_TRUE(verb("hold", t.outside, "refused the phone .* does not obey"));
  EXPECT_TRUE(verb("hangup", t.outside, "done"));
}

TEST_P(verbs, parks_and_takes_back_in_the_dialplan) {
  phone("101", answers);
  auto& other = phone("103", {"answer", "--hangup-after", "500"});
  auto const t = in_dialplan();
  EXPECT_TRUE(verb("park", t.outside, "70\\d", {{"Parker", t.phone.name}}));
  auto const space = last_log().last("park: (\\d+)");
  EXPECT_TRUE(verb("unpark", t.outside, "done", {{"Space", space}, {"Device", "PJSIP/103"}}));
  EXPECT_TRUE(event("UnParkedCall", {{"ParkeeUniqueid", t.outside.id}}));
  EXPECT_TRUE(other.saw("ended", 10s));
}

TEST_P(verbs, picks_up_a_ringing_phone) {
  phone("101", {"noanswer"});
  auto& other = phone("103", {"answer", "--hangup-after", "500"});
  call("101");
  ASSERT_TRUE(event("DialState", {{"DialStatus", "RINGING"}}));
  auto const c = channel_of(*ami().events("DialState", {{"DialStatus", "RINGING"}}).back(), "Dest");
  EXPECT_TRUE(verb("pickup", c, "done", {{"Device", "PJSIP/103"}}));
  EXPECT_TRUE(event("Pickup", {}));
  EXPECT_TRUE(other.saw("ended", 10s));
}

TEST_P(verbs, listens_whispers_and_barges_in_either_place) {
  phone("101", answers);
  auto& supervisor = phone("103", {"answer", "--answer-after", "50"});
  std::size_t times = 0;
  for (bool const stasis : {false, true}) {
    auto const t = stasis ? in_stasis() : in_dialplan();
    for (std::string const mode : {"listen", "whisper", "barge"}) {
      SCOPED_TRACE(mode + (stasis ? " in Stasis" : ""));
      ++times;
      EXPECT_TRUE(verb("spy", t.phone, "done", {{"Device", "PJSIP/103"}, {"Mode", mode}}));
      EXPECT_TRUE(event("ChanSpyStart", {}, times));
      EXPECT_TRUE(supervisor.log().wait_for("^Call-Info: .*answer-after=0", 1s, times));
      if (mode == "barge") break;  // ends with the call
      EXPECT_TRUE(verb("stop_spy", t.phone, "done"));
      EXPECT_TRUE(supervisor.saw("ended", 5s, times));
    }
    EXPECT_TRUE(verb("hangup", t.outside, "done"));
    EXPECT_TRUE(supervisor.saw("ended", 5s, times)) << "spies on what is no more";
  }
}

TEST_P(verbs, records_pauses_and_stops_in_the_dialplan) {
  phone("101", answers);
  auto const t = in_dialplan({"--audio", "yes"});
  EXPECT_TRUE(verb("record", t.phone, "calls/one.wav", {{"File", "calls/one"}}));
  EXPECT_TRUE(event("MixMonitorStart", {{"Uniqueid", t.phone.id}}));
  EXPECT_TRUE(verb("pause", t.phone, "done"));
  EXPECT_TRUE(event("MixMonitorMute", {{"State", "1"}}));
  EXPECT_TRUE(verb("go_on", t.phone, "done"));
  EXPECT_TRUE(verb("stop", t.phone, "done"));
  EXPECT_TRUE(event("MixMonitorStop", {{"Uniqueid", t.phone.id}}));
  EXPECT_TRUE(verb("record", t.phone, "invalid", {{"File", "../etc/x"}}));
  EXPECT_TRUE(verb("record", t.phone, "invalid", {{"File", "a,b"}}));
  EXPECT_TRUE(verb("hangup", t.outside, "done"));
}

TEST_P(verbs, plays_to_a_channel_in_the_dialplan) {
  phone("101", answers);
  auto const t = in_dialplan({"--audio", "yes"});
  EXPECT_TRUE(verb("play", t.phone, "done"));
  EXPECT_TRUE(verb("play", t.phone, "done", {{"To", "both"}}));
  EXPECT_TRUE(verb("play", t.phone, "invalid", {{"Media", "no-such-sound"}}));
  EXPECT_TRUE(verb("hangup", t.outside, "done"));
}

TEST_P(verbs, sends_digits_and_sets_variables_in_the_dialplan) {
  phone("101", answers);
  auto const t = in_dialplan({"--audio", "yes"});
  EXPECT_TRUE(digits_on_the_wire(2, [&] {
    return verb("send_dtmf", t.outside, "done", {{"Digits", "1w#"}});
  }));
  EXPECT_TRUE(verb("send_dtmf", t.outside, "invalid", {{"Digits", "1,2"}}));
  EXPECT_TRUE(verb("set_variable", t.phone, "done", {{"Name", "LAB_V"}, {"Text", "a,b (c)"}}));
  EXPECT_TRUE(event("VarSet", {{"Variable", "LAB_V"}, {"Value", "a,b (c)"}}));
  EXPECT_TRUE(verb("dial", t.outside, "refused", {{"Device", "PJSIP/102"}}));
  EXPECT_TRUE(verb("hangup", t.outside, "done"));
}

// -- by the call

TEST_P(verbs, a_call_chooses_its_legs_itself) {
  phone("101", answers);
  auto& supervisor = phone("103", {"answer", "--hangup-after", "4000"});
  auto& other = phone("102", {"answer", "--hangup-after", "500"});
  auto const t = in_dialplan({"--audio", "yes"});
  EXPECT_TRUE(call_verb("spy", t.outside, "done", {{"Device", "PJSIP/103"}}));
  EXPECT_TRUE(event("ChanSpyStart", {{"SpyeeUniqueid", t.phone.id}}));
  EXPECT_TRUE(verb("stop_spy", t.phone, "done"));
  EXPECT_TRUE(supervisor.saw("ended", 5s));
  EXPECT_TRUE(call_verb("record", t.outside, "by-call.wav", {{"File", "by-call"}}));
  EXPECT_TRUE(event("MixMonitorStart", {{"Uniqueid", t.phone.id}}));
  EXPECT_TRUE(call_verb("set_variable", t.phone, "done", {{"Name", "LAB_V"}, {"Text", "x"}}));
  EXPECT_TRUE(event("VarSet", {{"Variable", "LAB_V"}, {"Uniqueid", t.outside.id}}));
  EXPECT_TRUE(call_verb("park", t.phone, "70\\d"));
  ASSERT_TRUE(event("ParkedCall", {{"ParkeeUniqueid", t.outside.id}}));
  EXPECT_TRUE(call_verb("pickup", t.outside, "done", {{"Device", "PJSIP/103"}}));
  ASSERT_TRUE(event("UnParkedCall", {{"ParkeeUniqueid", t.outside.id}}));
  EXPECT_TRUE(call_verb("transfer", t.outside, "done", {{"To", "102"}}));
  EXPECT_TRUE(other.saw("ended", 10s)) << other.log().text();
}

TEST_P(verbs, a_call_hangs_up_all_its_legs) {
  auto& own = phone("101", answers);
  auto const t = in_stasis();
  EXPECT_TRUE(call_verb("hangup", t.phone, "done"));
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_TRUE(t.caller->saw("ended", 5s));
}

// -- in Stasis

TEST_P(verbs, hangs_up_a_channel_in_stasis) {
  phone("101", answers);
  auto const t = in_stasis();
  EXPECT_TRUE(ari_verb("hangup", t.phone, "done"));
  EXPECT_TRUE(logged("ended by: callee"));
}

TEST_P(verbs, transfers_blindly_out_of_stasis) {
  auto& own = phone("101", answers);
  auto& other = phone("102", {"answer", "--hangup-after", "300"});
  auto const t = in_stasis();
  EXPECT_TRUE(ari_verb("transfer", t.phone, "done", {{"To", "102"}}));
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_TRUE(other.saw("answered", 5s));
}

TEST_P(verbs, transfers_after_asking_in_stasis) {
  auto& own = phone("101", answers);
  auto& other = phone("102", {"answer", "--hangup-after", "2500"});
  auto const t = in_stasis();
  EXPECT_TRUE(ari_verb("consult", t.phone, "done", {{"To", "102"}}));
  EXPECT_TRUE(ari_verb("complete", t.phone, "done"));
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_FALSE(t.caller->saw("ended", 1s)) << "the caller talks to 102";
  EXPECT_TRUE(other.saw("ended", 10s));
  EXPECT_TRUE(logged("ended by: callee"));
  EXPECT_TRUE(t.caller->saw("ended", 5s));
}

TEST_P(verbs, takes_the_caller_back_after_asking_in_stasis) {
  auto& own = phone("101", answers);
  auto& other = phone("102", answers);
  auto const t = in_stasis();
  EXPECT_TRUE(ari_verb("consult", t.phone, "done", {{"To", "102"}}));
  EXPECT_TRUE(ari_verb("cancel", t.phone, "done"));
  EXPECT_TRUE(other.saw("ended", 5s));
  EXPECT_FALSE(own.saw("ended", 500ms));
  EXPECT_TRUE(ari_verb("hangup", t.outside, "done"));
}

TEST_P(verbs, tells_why_nobody_could_be_asked_in_stasis) {
  phone("101", answers);
  phone("102", {"busy"});
  auto const t = in_stasis();
  EXPECT_TRUE(ari_verb("consult", t.phone, "busy|congestion|noanswer", {{"To", "102"}}));
  EXPECT_TRUE(ari_verb("hangup", t.outside, "done"));
}

TEST_P(verbs, holds_and_takes_back_in_stasis) {
  phone("101", answers);
  auto const t = in_stasis();
  EXPECT_TRUE(ari_verb("hold", t.phone, "done"));
  EXPECT_TRUE(event("MusicOnHoldStart", {{"Uniqueid", t.outside.id}}));
  EXPECT_TRUE(ari_verb("resume", t.phone, "done"));
  EXPECT_TRUE(event("MusicOnHoldStop", {{"Uniqueid", t.outside.id}}));
  EXPECT_TRUE(ari_verb("resume", t.phone, "refused"));
  EXPECT_TRUE(ari_verb("hangup", t.outside, "done"));
}

TEST_P(verbs, parks_and_takes_back_out_of_stasis) {
  phone("101", answers);
  auto& other = phone("103", {"answer", "--hangup-after", "500"});
  auto const t = in_stasis();
  EXPECT_TRUE(ari_verb("park", t.outside, "70\\d"));
  auto const space = last_log().last("park: (\\d+)");
  EXPECT_TRUE(ari_verb("unpark", t.outside, "done", {{"Space", space}, {"Device", "PJSIP/103"}}));
  EXPECT_TRUE(other.saw("ended", 10s));
}

TEST_P(verbs, records_pauses_and_stops_in_stasis) {
  phone("101", answers);
  auto const t = in_stasis({"--audio", "yes"});
  auto const name = "two-" + std::to_string(::getpid());
  EXPECT_TRUE(ari_verb("record", t.phone, name + ".wav", {{"File", name}}));
  EXPECT_TRUE(ari_verb("pause", t.phone, "done"));
  EXPECT_TRUE(ari_verb("go_on", t.phone, "done"));
  EXPECT_TRUE(ari_verb("stop", t.phone, "done"));
  EXPECT_TRUE(ari_verb("hangup", t.outside, "done"));
}

TEST_P(verbs, plays_sends_digits_sets_variables_and_dials_in_stasis) {
  phone("101", answers);
  auto const t = in_stasis({"--audio", "yes"});
  EXPECT_TRUE(ari_verb("play", t.phone, "done"));
  EXPECT_TRUE(ari_verb("play", t.phone, "done", {{"To", "both"}}));
  EXPECT_TRUE(digits_on_the_wire(1, [&] {
    return ari_verb("send_dtmf", t.outside, "done", {{"Digits", "4"}});
  }));
  EXPECT_TRUE(ari_verb("set_variable", t.phone, "done", {{"Name", "LAB_V"}, {"Text", "x"}}));
  EXPECT_TRUE(event("VarSet", {{"Variable", "LAB_V"}, {"Value", "x"}}));
  phone("102", {"busy"});
  EXPECT_TRUE(ari_verb("dial", t.outside, "busy", {{"Device", "PJSIP/102"}}));
  EXPECT_TRUE(ari_verb("hangup", t.outside, "done"));
}

}  // namespace
}  // namespace calluna::integration
