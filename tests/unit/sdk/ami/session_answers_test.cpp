#include "talk.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

namespace calluna::ami {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

struct ami_session : testing::Test {
  static client_options options() {
    client_options o;
    o.auth = auth_method::plain;
    o.server = {.host = "10.0.0.1", .port = 5038};
    return o;
  }
  ami_session() : t(options()) { t.log_in(); }
  talk t;
};

TEST_F(ami_session, matches_answers_by_id_in_any_order) {
  t.submit(action("A"), 901);
  t.submit(action("B"), 902);
  t.feed(
      "Response: Success\r\nActionID: t-902\r\n\r\nEvent: E\r\n\r\n"
      "Response: Success\r\nActionID: t-901\r\nMessage: m\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("B: 0 items", "event E", "A: 0 items"));
  EXPECT_EQ(t.answers[1].head->get("Message"), "m");
  EXPECT_EQ(t.core->pending(), 0U);
}

TEST_F(ami_session, ignores_answers_to_nobody) {
  t.submit(action("A"), 901);
  t.feed(
      "Response: Success\r\nActionID: t-9\r\n\r\nResponse: Success\r\nActionID: other-901\r\n\r\n"
      "Response: Success\r\nActionID: t-901x\r\n\r\nResponse: Success\r\n\r\n\r\n\r\nJunk\r\n\r\n");
  EXPECT_TRUE(t.told.empty());
}

TEST_F(ami_session, tells_missing_rights_from_other_refusals) {
  t.submit(action("A"), 901);
  t.submit(action("B"), 902);
  t.submit(action("Command"), 903);
  t.feed(
      "Response: Error\r\nActionID: t-901\r\nMessage: Permission denied\r\n\r\n"
      "Response: Error\r\nActionID: t-902\r\nMessage: Unable to retrieve endpoint nope\n\r\n\r\n"
      "Response: Error\r\nActionID: t-903\r\nMessage: Command output follows\r\n"
      "Output: No such command\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("refused: A: Permission denied",
                                  "rejected: B: Unable to retrieve endpoint nope",
                                  "rejected: Command: No such command"));
}

TEST_F(ami_session, gives_the_items_of_a_list_to_its_waiter_only) {
  t.submit(action("QueueStatus"), 901);
  t.feed(
      "Response: Success\r\nActionID: t-901\r\nEventList: start\r\nMessage: x\r\n\r\n"
      "Event: Newchannel\r\nChannel: a\r\n\r\n"
      "Event: QueueParams\r\nQueue: q\r\nActionID: t-901\r\n\r\n"
      "Event: OriginateResponse\r\nActionID: t-55\r\n\r\n"
      "Event: QueueMember\r\nActionID: t-901\r\nName: m\r\n\r\n"
      "Event: OddlyNamedEnd\r\nActionID: t-901\r\nEventList: Complete\r\nListItems: 2\r\n\r\n"
      "Event: After\r\nActionID: t-901\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("event Newchannel", "event OriginateResponse",
                                  "QueueStatus: 2 items", "event After"));
  EXPECT_EQ(t.answers[0].items[1]->get("Name"), "m");
}

TEST_F(ami_session, recognises_a_list_that_was_not_announced_as_one) {
  t.submit(action("NewFangledThings"), 901);
  t.feed(
      "Response: Success\r\nActionID: t-901\r\nEventList: start\r\n\r\n"
      "Event: Thing\r\nActionID: t-901\r\n\r\n"
      "Event: Done\r\nEventList: Complete\r\nActionID: t-901\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("NewFangledThings: 1 items"));
}

TEST_F(ami_session, keeps_two_lists_at_once_apart) {
  t.submit(action("Status"), 901);
  t.submit(action("Agents"), 902);
  t.feed(
      "Response: Success\r\nActionID: t-901\r\nEventList: start\r\n\r\n"
      "Response: Success\r\nActionID: t-902\r\nEventList: start\r\n\r\n"
      "Event: Agents\r\nActionID: t-902\r\n\r\nEvent: Status\r\nActionID: t-901\r\n\r\n"
      "Event: AgentsComplete\r\nActionID: t-902\r\nEventList: Complete\r\n\r\n"
      "Event: Status\r\nActionID: t-901\r\n\r\n"
      "Event: StatusComplete\r\nActionID: t-901\r\nEventList: Complete\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("Agents: 1 items", "Status: 2 items"));
}

TEST_F(ami_session, ends_a_list_of_an_old_asterisk_by_its_name) {
  t.submit(action("QueueStatus"), 901);
  t.feed(
      "Response: Success\r\nActionID: t-901\r\nMessage: Queue status will follow\r\n\r\n"
      "Event: QueueParams\r\nActionID: t-901\r\n\r\n"
      "Event: QueueStatusComplete\r\nActionID: t-901\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("QueueStatus: 1 items"));
}

TEST_F(ami_session, takes_an_error_that_means_no_items_for_an_empty_list) {
  t.submit(action("ConfbridgeList"), 901);
  t.submit(action("PJSIPShowContacts"), 902);
  t.submit(action("Redirect"), 903);
  t.feed(
      "Response: Error\r\nActionID: t-901\r\nMessage: No active conferences.\r\n\r\n"
      "Response: Error\r\nActionID: t-902\r\nMessage: No Contacts found\n\r\n\r\n"
      "Response: Error\r\nActionID: t-903\r\nMessage: No channel found\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("ConfbridgeList: 0 items", "PJSIPShowContacts: 0 items",
                                  "rejected: Redirect: No channel found"));
}

TEST_F(ami_session, fails_a_list_that_asterisk_breaks_off) {
  t.submit(action("Status"), 901);
  t.feed(
      "Response: Success\r\nActionID: t-901\r\nEventList: start\r\n\r\n"
      "Event: StatusComplete\r\nActionID: t-901\r\nEventList: cancelled\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("rejected: Status: Asterisk broke the list off (retryable)"));
}

TEST_F(ami_session, keeps_the_late_items_of_a_list_that_timed_out_from_the_events) {
  t.submit(action("Status"), 901, 100ms);
  t.feed("Response: Success\r\nActionID: t-901\r\nEventList: start\r\n\r\n");
  EXPECT_TRUE(t.tick(100ms));
  t.feed(
      "Event: Status\r\nActionID: t-901\r\n\r\n"
      "Event: StatusComplete\r\nActionID: t-901\r\nEventList: Complete\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("timeout: Status: no answer within 100 ms (retryable)"));
  EXPECT_EQ(t.core->pending(), 0U);
}

TEST_F(ami_session, bounds_a_list_and_stays_usable) {
  t.submit(action("Status"), 901);
  t.feed("Response: Success\r\nActionID: t-901\r\nEventList: start\r\n\r\n");
  std::string const item =
      "Event: Status\r\nActionID: t-901\r\nX: " + std::string(900'000, 'x') + "\r\n\r\n";
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(t.feed(item));
  ASSERT_EQ(t.told.size(), 1U);
  EXPECT_THAT(t.told[0], HasSubstr("rejected: Status: the list is longer than"));
}

TEST_F(ami_session, takes_command_output_of_new_and_old_asterisk_for_the_same) {
  t.submit(action("Command"), 901);
  t.submit(action("Command"), 902);
  t.feed(
      "Response: Success\r\nActionID: t-901\r\nMessage: Command output follows\r\n"
      "Output: one\r\nOutput: \r\nOutput:   three: x\r\n\r\n"
      "Response: Follows\r\nPrivilege: Command\r\nActionID: t-902\r\none\n\n  three: x\n"
      "--END COMMAND--\r\n\r\n");
  ASSERT_THAT(t.told, ElementsAre("Command: 0 items", "Command: 0 items"));
  for (auto const& answer : t.answers) {
    std::vector<std::string> lines;
    answer.head->for_each([&](std::string_view key, std::string_view value) {
      if (key == "Output") lines.emplace_back(value);
    });
    EXPECT_THAT(lines, ElementsAre("one", "", "  three: x"));
    EXPECT_EQ(answer.head->get("Response"), "Success");
  }
}

TEST_F(ami_session, says_truthfully_whether_a_lost_action_may_be_repeated) {
  t.submit(action("Originate"), 901);
  t.submit(action("Ping"), 902);
  EXPECT_THAT(t.output(), HasSubstr("t-902"));
  t.submit(action("Hangup"), 903);
  t.close("cut");
  EXPECT_THAT(t.told, testing::UnorderedElementsAre("offline: Originate: not answered: cut",
                                                    "offline: Ping: not answered: cut (retryable)",
                                                    "offline: Hangup: not sent: cut (retryable)"));
}

TEST_F(ami_session, pings_into_silence_and_gives_up_when_it_lasts) {
  EXPECT_TRUE(t.tick(14'999ms));
  EXPECT_FALSE(t.core->has_output());
  EXPECT_TRUE(t.tick(1ms));
  EXPECT_THAT(t.output(), HasSubstr("Action: Ping"));
  EXPECT_TRUE(t.tick(14'999ms));
  t.feed("Event: E\r\n\r\n");  // any byte is a sign of life
  EXPECT_TRUE(t.tick(14'999ms));
  EXPECT_FALSE(t.core->has_output());
  EXPECT_TRUE(t.tick(1ms));
  EXPECT_TRUE(t.core->has_output());
  EXPECT_FALSE(t.tick(15'000ms));
  EXPECT_EQ(t.fault.kind, error_kind::offline);
  EXPECT_THAT(t.fault.message, HasSubstr("no answer to a Ping within 15000 ms"));
}

TEST_F(ami_session, waits_without_end_when_asked_to) {
  t.submit(action("A"), 901, std::chrono::milliseconds::max());
  t.core->tick(t.now + 24h);
  EXPECT_EQ(t.told.size(), 0U);
}

TEST_F(ami_session, refuses_an_endless_block) {
  std::string const part = "X: " + std::string(60'000, 'x') + "\r\n";
  bool fine = t.feed("Event: E\r\n\r\nEvent: F\r\n");
  for (int i = 0; i < 40 && fine; ++i) fine = t.feed(part);
  EXPECT_FALSE(fine);
  EXPECT_EQ(t.fault.kind, error_kind::protocol);
  EXPECT_THAT(t.told, ElementsAre("event E"));
  EXPECT_THAT(t.fault.message, HasSubstr("Event: F"));
}

// --- recorded from real servers ------------------------------------------------------------------

std::string replace_all(std::string text, std::string const& from, std::string const& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

/// What was submitted when the stream was recorded, from ActionID rec-3 on.
std::vector<std::string> const recorded_actions = {"Ping",
                                                   "CoreShowChannels",
                                                   "Command",
                                                   "Command",
                                                   "PJSIPShowEndpoint",
                                                   "PJSIPShowEndpoint",
                                                   "ConfbridgeList",
                                                   "Originate",
                                                   "CoreShowChannels",
                                                   "QueueStatus",
                                                   "Events",
                                                   "Status",
                                                   "Hangup",
                                                   "NoSuchAction",
                                                   "Logoff"};

/// Replays a recording cut at `cut`; what was told.
std::vector<std::string> replay(std::string const& bytes, std::size_t boot_end, std::size_t cut) {
  client_options o;
  talk t(o);
  auto const own = fresh_action_id();
  auto const login = replace_all(replace_all(bytes.substr(0, boot_end), "ActionID: rec-1\r",
                                             fmt::format("ActionID: t-{}\r", own + 1)),
                                 "ActionID: rec-2\r", fmt::format("ActionID: t-{}\r", own + 2));
  EXPECT_TRUE(t.feed(login));
  action_id id = 900'003;
  for (auto const& name : recorded_actions) t.submit(action(name), id++);
  auto const rest = replace_all(bytes.substr(boot_end), "ActionID: rec-", "ActionID: t-9000");
  EXPECT_TRUE(t.feed(std::string_view(rest).substr(0, cut)));
  EXPECT_TRUE(t.feed(std::string_view(rest).substr(std::min(cut, rest.size()))));
  EXPECT_TRUE(t.unread().empty());
  return t.told;
}

class ami_recording : public testing::TestWithParam<char const*> {};

TEST_P(ami_recording, is_understood_the_same_at_every_split) {
  std::ifstream file(std::string(CALLUNA_SOURCE_DIR "/tests/wire/ami/") + GetParam(),
                     std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  ASSERT_FALSE(bytes.empty());
  for (int i = 3; i < 10; ++i)  // two digits for all
    bytes = replace_all(bytes, fmt::format("rec-{}\r", i), fmt::format("rec-0{}\r", i));
  auto const boot_end = bytes.find("\r\n\r\n", bytes.find("Event: FullyBooted")) + 4;
  auto const whole = replay(bytes, boot_end, 0);
  auto const count = [&](std::string const& what) {
    return std::count_if(whole.begin(), whole.end(),
                         [&](std::string const& line) { return line.starts_with(what); });
  };
  EXPECT_EQ(count("CoreShowChannels: "), 2);
  EXPECT_EQ(count("CoreShowChannels: 2 items"), 1);
  EXPECT_EQ(count("QueueStatus: 3 items"), 1);
  EXPECT_EQ(count("Hangup: 2 items"), 1);
  EXPECT_EQ(count("ConfbridgeList: 0 items"), 1);
  EXPECT_EQ(count("rejected: PJSIPShowEndpoint: Unable to retrieve endpoint nope"), 1);
  EXPECT_EQ(count("rejected: Command: No such command"), 1);
  EXPECT_EQ(count("rejected: NoSuchAction"), 1);
  EXPECT_EQ(count("event OriginateResponse"), 1);
  EXPECT_EQ(count("event CoreShowChannel"), 0);
  EXPECT_EQ(count("Logoff: 0 items"), 1);
  EXPECT_FALSE(count("up") == 0);
  for (std::size_t cut = 1; cut < bytes.size() - boot_end; ++cut)
    ASSERT_EQ(replay(bytes, boot_end, cut), whole) << "cut at " << cut;
}

INSTANTIATE_TEST_SUITE_P(real, ami_recording,
                         testing::Values("asterisk-22.wire", "asterisk-16.wire"),
                         [](auto const& each) {
                           return each.index == 0 ? "asterisk_22" : "asterisk_16";
                         });

}  // namespace
}  // namespace calluna::ami
