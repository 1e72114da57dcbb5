#include "talk.hpp"

#include <gmock/gmock.h>

namespace calluna::ami {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

client_options account() {
  client_options o;
  o.server = {.host = "10.0.0.1", .port = 5038};
  o.user = "calluna";
  o.secret = "s3cret";
  return o;
}
client_options plain() {
  auto o = account();
  o.auth = auth_method::plain;
  return o;
}
constexpr std::string_view banner = "Asterisk Call Manager/11.0.0\r\n";

TEST(ami_session_login, answers_the_challenge_with_its_md5_and_waits_for_fully_booted) {
  talk t(account());
  ASSERT_TRUE(t.feed(banner));
  EXPECT_EQ(t.core->protocol_version(), "11.0.0");
  auto const id = t.last_id();
  ASSERT_TRUE(t.feed("Response: Success\r\n" + id + "Challenge: 246719664\r\n\r\n"));
  auto const login = t.output();
  // md5 of "246719664s3cret"
  EXPECT_THAT(login, HasSubstr("Key: 62abf6b7be0f167c66817a8980d36a92\r\n"));
}

TEST(ami_session_login, sends_user_and_secret_when_plain) {
  talk t(plain());
  ASSERT_TRUE(t.feed(banner));
  EXPECT_THAT(t.output(),
              testing::AllOf(HasSubstr("Username: calluna\r\n"), HasSubstr("Secret: s3cret\r\n"),
                             testing::Not(HasSubstr("Events"))));
}

TEST(ami_session_login, is_up_with_fully_booted_and_tells_the_event_too) {
  talk t(plain());
  t.feed(banner);
  auto const id = t.last_id();
  t.feed("Response: Success\r\n" + id + "Message: Authentication accepted\r\n\r\n");
  EXPECT_EQ(t.core->now_in(), session::phase::booting);
  t.feed(
      "Event: Early\r\n\r\nEvent: FullyBooted\r\nStatus: Fully Booted\r\n\r\nEvent: Late\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("event Early", "up", "event FullyBooted", "event Late"));
  EXPECT_EQ(t.core->pending(), 0U);
}

TEST(ami_session_login, asks_with_a_ping_when_fully_booted_does_not_come) {
  talk t(plain());
  t.log_in("");
  ASSERT_TRUE(t.tick(session::boot_grace - 1ms));
  EXPECT_FALSE(t.core->has_output());
  ASSERT_TRUE(t.tick(1ms));
  auto const id = t.last_id();
  t.feed("Response: Success\r\n" + id + "Ping: Pong\r\n\r\n");
  EXPECT_THAT(t.told, ElementsAre("up"));
}

TEST(ami_session_login, names_user_and_place_when_refused_and_never_the_secret) {
  for (auto const at_challenge : {true, false}) {
    talk t(account());
    t.feed(banner);
    if (!at_challenge) t.feed("Response: Success\r\n" + t.last_id() + "Challenge: 1\r\n\r\n");
    EXPECT_FALSE(
        t.feed("Response: Error\r\n" + t.last_id() + "Message: Authentication failed\r\n\r\n"));
    EXPECT_EQ(t.fault.kind, error_kind::refused);
    EXPECT_THAT(t.fault.message, HasSubstr("login of \"calluna\" at 10.0.0.1:5038 refused: "
                                           "Authentication failed"));
    EXPECT_THAT(t.fault.message, testing::Not(HasSubstr("s3cret")));
  }
}

TEST(ami_session_login, refuses_a_line_break_in_the_secret_before_anything_leaves) {
  auto o = plain();
  o.secret = "a\r\nAction: Command";
  talk t(o);
  EXPECT_FALSE(t.feed(banner));
  EXPECT_EQ(t.fault.kind, error_kind::invalid);
  EXPECT_EQ(t.output(), "");
}

TEST(ami_session_login, asks_for_system_events_until_it_is_up_when_the_mask_lacks_them) {
  auto o = plain();
  o.event_mask = "call,agent";
  talk t(o);
  t.feed(banner);
  auto const login = t.output();
  EXPECT_THAT(login, HasSubstr("Events: system,call,agent\r\n"));
  auto const at = login.find("ActionID: ");
  t.feed("Response: Success\r\n" + login.substr(at, login.find("\r\n", at) + 2 - at) + "\r\n");
  EXPECT_EQ(t.output(), "");
  t.feed("Event: FullyBooted\r\n\r\n");
  EXPECT_THAT(t.output(), HasSubstr("EventMask: call,agent\r\n"));
}

TEST(ami_session_login, adds_filters_and_goes_on_when_one_is_refused) {
  auto o = plain();
  o.filters = {"Event: Newchannel", "!bad("};
  talk t(o);
  t.feed(banner);
  t.feed("Response: Success\r\n" + t.last_id() + "\r\n");
  auto const sent = t.output();
  EXPECT_THAT(sent, HasSubstr("Filter: Event: Newchannel\r\n"));
  EXPECT_THAT(sent, HasSubstr("Filter: !bad(\r\n"));
  auto const at = sent.rfind("ActionID: ");
  EXPECT_TRUE(t.feed("Event: FullyBooted\r\n\r\nResponse: Error\r\n" +
                     sent.substr(at, sent.find("\r\n", at) + 2 - at) + "Message: no\r\n\r\n"));
  EXPECT_THAT(t.told, ElementsAre("up", "event FullyBooted"));
}

TEST(ami_session_login, gives_up_at_the_login_deadline_in_each_phase) {
  for (int steps = 0; steps < 3; ++steps) {
    talk t(account());
    if (steps > 0) t.feed(banner);
    if (steps > 1) t.feed("Response: Success\r\n" + t.last_id() + "Challenge: 1\r\n\r\n");
    EXPECT_TRUE(t.tick(9'999ms));
    EXPECT_FALSE(t.tick(1ms)) << steps;
    EXPECT_EQ(t.fault.kind, error_kind::timeout);
    EXPECT_THAT(t.fault.message, HasSubstr("10.0.0.1:5038"));
  }
}

TEST(ami_session_login, says_what_the_end_of_the_connection_meant_in_each_phase) {
  error const eof{error_kind::gone, "the peer closed the connection"};
  talk t(account());
  EXPECT_THAT(t.core->explain_end(eof, "").message, HasSubstr("before its banner"));
  EXPECT_EQ(t.core->explain_end(eof, "220 smtp").kind, error_kind::protocol);
  EXPECT_THAT(t.core->explain_end(eof, "220 smtp").message, HasSubstr("\"220 smtp\""));
  t.feed(banner);
  EXPECT_THAT(t.core->explain_end(eof, "").message, HasSubstr("during login"));
  EXPECT_EQ(t.core->explain_end(eof, "").kind, error_kind::offline);
}

TEST(ami_session_login, refuses_a_peer_that_is_no_asterisk) {
  talk t(account());
  EXPECT_FALSE(t.feed("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_EQ(t.fault.kind, error_kind::protocol);
  EXPECT_THAT(t.fault.message, HasSubstr("HTTP/1.1 400 Bad Request"));
}

}  // namespace
}  // namespace calluna::ami
