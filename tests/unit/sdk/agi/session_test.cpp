#include "talk_file.hpp"

#include <calluna/agi/command.hpp>
#include <calluna/agi/session.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace calluna::agi {
namespace {

constexpr char opening[] =
    "agi_network: yes\n"
    "agi_network_script: caller/na%6de?country=DE&x=a%20b\n"
    "agi_request: agi://127.0.0.1/caller/na%6de?country=DE&x=a%20b\n"
    "agi_channel: PJSIP/101-00000001\n"
    "agi_uniqueid: lab-1.2\n"
    "agi_callerid: unknown\n"
    "agi_calleridname: Ann: \"A\"\n"
    "agi_context: from-phones\n"
    "agi_extension: 100\n"
    "agi_priority: 2\n"
    "agi_something_new: x\n"
    "agi_arg_1: one\n"
    "agi_arg_2: \n"
    "\n";

/// Feeds `bytes` in pieces of `piece`; before each piece that a command should precede, `speak` is
/// asked. Notes all that is told.
std::vector<std::string> told(session& s, std::string_view bytes, std::size_t piece) {
  std::vector<std::string> all;
  for (std::size_t i = 0; i < bytes.size(); i += piece) {
    auto const heard = s.received(bytes.substr(i, piece));
    if (auto const r = s.take_reply())
      all.push_back(std::to_string(r->code) + "|" + r->result + "|" + r->value.value_or("-") + "|" +
                    std::to_string(r->endpos.value_or(-1)) + "|" + r->text);
    if (!heard) {
      all.push_back(to_string(heard.error()));
      break;
    }
  }
  return all;
}

/// The same for every size of pieces; they must agree.
std::vector<std::string> told(std::string_view bytes) {
  std::vector<std::string> first;
  for (std::size_t piece = bytes.size(); piece > 0; --piece) {
    session s;
    EXPECT_TRUE(s.received(opening));
    s.submit("NOOP\n");
    auto const now = told(s, bytes, piece);
    if (piece == bytes.size()) first = now;
    EXPECT_EQ(now, first) << "in pieces of " << piece;
  }
  return first;
}

TEST(agi_session, tells_who_calls_over_every_cut) {
  std::string_view const bytes = opening;
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    session s;
    EXPECT_TRUE(s.received(bytes.substr(0, cut)));
    EXPECT_EQ(s.now_in() == session::phase::environment, cut != bytes.size()) << cut;
    EXPECT_TRUE(s.received(bytes.substr(cut)));
    ASSERT_EQ(s.now_in(), session::phase::idle) << cut;
    auto const& call = s.call();
    EXPECT_EQ(call.script, "caller/name");
    EXPECT_EQ(call.query, "country=DE&x=a%20b");
    EXPECT_EQ(call.channel, "PJSIP/101-00000001");
    EXPECT_EQ(call.uniqueid, "lab-1.2");
    EXPECT_EQ(call.callerid_number, "");
    EXPECT_EQ(call.callerid_name, "Ann: \"A\"");
    EXPECT_EQ(call.priority, "2");
    EXPECT_EQ(call.arguments, (std::vector<std::string>{"one", ""}));
  }
}

TEST(agi_session, reads_the_fields_of_a_query) {
  using fields = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(query_fields("country=DE&x=a%20b+c&y&=z&&bad=%zz%2"),
            (fields{{"country", "DE"}, {"x", "a b c"}, {"y", ""}, {"", "z"}, {"bad", "%zz%2"}}));
  EXPECT_TRUE(query_fields("").empty());
}

TEST(agi_session, sends_one_command_at_a_time) {
  session s;
  s.submit("NOOP\n");
  EXPECT_EQ(s.take_output(), "") << "nobody knows yet who calls";
  ASSERT_TRUE(s.received(opening));
  s.submit("ANSWER\n");
  s.submit("NOOP\n");
  EXPECT_EQ(s.take_output(), "ANSWER\n");
  EXPECT_EQ(s.now_in(), session::phase::waiting);
  ASSERT_TRUE(s.received("200 result=0\n"));
  EXPECT_EQ(s.take_reply()->result, "0");
  EXPECT_EQ(s.now_in(), session::phase::idle);
}

TEST(agi_session, reads_every_form_of_a_reply) {
  using lines = std::vector<std::string>;
  EXPECT_EQ(told("200 result=0\n"), (lines{"200|0|-|-1|"}));
  EXPECT_EQ(told("200 result=1 (a value)\r\n"), (lines{"200|1|a value|-1|"}));
  EXPECT_EQ(told("200 result=1 ()\n"), (lines{"200|1||-1|"}));
  EXPECT_EQ(told("200 result= (timeout)\n"), (lines{"200||timeout|-1|"}));
  EXPECT_EQ(told("200 result=35 endpos=3520\n"), (lines{"200|35|-|3520|"}));
  EXPECT_EQ(told("200 result=0 (hangup) endpos=12\n"), (lines{"200|0|hangup|12|"}));
  EXPECT_EQ(told("200 result=1 (; , \" ' \\ ) endpos=1 (x) ${X})\n"),
            (lines{"200|1|; , \" ' \\ ) endpos=1 (x) ${X}|-1|"}));
  EXPECT_EQ(told("200 result=1 (one\ntwo\n\n(three))\n"), (lines{"200|1|one\ntwo\n\n(three)|-1|"}));
  EXPECT_EQ(told("510 Invalid or unknown command\n"),
            (lines{"510||-|-1|Invalid or unknown command"}));
  EXPECT_EQ(told("520-Invalid.  Usage:\nSAY\n520 End\n"),
            (lines{"520||-|-1|Invalid.  Usage: SAY 520 End"}));
  EXPECT_EQ(told("520 Invalid command syntax.\n"), (lines{"520||-|-1|Invalid command syntax."}));
}

TEST(agi_session, ends_with_what_is_no_agi) {
  for (auto const* bytes : {"GET / HTTP/1.1\n", "\n", "agi\n", "\x16\x03\x01\n", "other: x\n"}) {
    session s;
    auto const heard = s.received(bytes);
    ASSERT_FALSE(heard) << bytes;
    EXPECT_EQ(heard.error().kind, error_kind::protocol);
    EXPECT_EQ(s.now_in(), session::phase::closed);
    EXPECT_TRUE(s.received(opening)) << "it listens no more";
    EXPECT_EQ(s.now_in(), session::phase::closed);
  }
  for (auto const* bytes : {"hello\n", "20 result=0\n", "2000 x\n", "200\n", "\n"})
    EXPECT_EQ(told(bytes).back().substr(0, 8), "protocol") << bytes;
}

TEST(agi_session, takes_nothing_that_follows_a_reply_for_another_ones) {
  session s;
  ASSERT_TRUE(s.received(opening));
  s.submit("GET VARIABLE X\n");
  EXPECT_FALSE(s.received("200 result=1 (a)\n200 result=1 (b)\n"));
  EXPECT_EQ(s.now_in(), session::phase::closed);
}

TEST(agi_session, hears_a_hang_up_before_and_after_a_reply) {
  session s;
  ASSERT_TRUE(s.received(opening));
  s.submit("WAIT FOR DIGIT 1\n");
  ASSERT_TRUE(s.received("200 result=-1\nHANG"));
  EXPECT_FALSE(s.hung_up());
  EXPECT_EQ(s.take_reply()->result, "-1");
  ASSERT_TRUE(s.received("UP\n"));
  EXPECT_TRUE(s.hung_up());
  EXPECT_EQ(s.now_in(), session::phase::idle);
  s.submit("ANSWER\n");
  ASSERT_TRUE(s.received("511 Command Not Permitted on a dead channel\n"));
  EXPECT_EQ(failure_of(*s.take_reply())->kind, error_kind::gone);

  session late;
  ASSERT_TRUE(late.received(opening));
  late.submit("NOOP\n");
  ASSERT_TRUE(late.received("HANGUP\n200 result=0\n"));
  EXPECT_TRUE(late.hung_up());
  EXPECT_EQ(late.take_reply()->result, "0");
}

TEST(agi_session, bounds_what_it_keeps) {
  session lines;
  std::string many;
  for (std::size_t i = 0; i <= session::most_lines; ++i) many += "agi_arg_1: x\n";
  EXPECT_FALSE(lines.received(many));

  for (std::size_t const piece : {std::size_t{1000}, std::size_t{100'000}}) {
    session bytes;
    result<void> heard;
    for (std::size_t i = 0; i < 200 && heard; ++i) heard = bytes.received(std::string(piece, 'x'));
    ASSERT_FALSE(heard);
    EXPECT_NE(heard.error().message.find("before the empty line"), std::string::npos)
        << heard.error().message;
  }

  for (auto const* piece :
       {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "xxxxxxxxxxxxxxxxxxxxxxxxxxxx\n"}) {
    session reply;
    ASSERT_TRUE(reply.received(opening));
    reply.submit("NOOP\n");
    result<void> heard = reply.received("200 result=1 (");
    for (std::size_t i = 0; i < 100'000 && heard; ++i) heard = reply.received(piece);
    ASSERT_FALSE(heard);
    EXPECT_NE(heard.error().message.find("a reply of more than"), std::string::npos);
  }
}

TEST(agi_session, may_end_at_every_byte) {
  std::string const bytes = std::string(opening) + "200 result=1 (a\nb)\nHANGUP\n";
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    session s;
    for (std::size_t i = 0; i < cut; ++i) {
      if (s.now_in() == session::phase::idle && !s.hung_up()) s.submit("NOOP\n");
      ASSERT_TRUE(s.received(bytes.substr(i, 1)));
    }
    s.close();
    EXPECT_EQ(s.now_in(), session::phase::closed);
    EXPECT_TRUE(s.received("200 result=0\n"));
  }
}

// -- recorded talks with real servers

class agi_recording : public testing::TestWithParam<char const*> {
 protected:
  /// Plays a talk, Asterisk's bytes between two commands in pieces of `piece`. Each reply as
  /// "result (value)" or its code, hang-ups as "HANGUP".
  static std::vector<std::string> play(std::string const& name, std::size_t piece) {
    talk_file const file(name + "/" + GetParam());
    EXPECT_FALSE(file.steps.empty());
    session s;
    std::vector<std::string> all;
    std::string bytes;
    auto const feed = [&] {
      bool hung_up = s.hung_up();
      for (std::size_t i = 0; i < bytes.size(); i += piece) {
        auto const heard = s.received(std::string_view(bytes).substr(i, piece));
        if (auto const r = s.take_reply()) {
          if (r->code != 200) all.push_back(std::to_string(r->code));
          if (r->code == 200) all.push_back(r->result + (r->value ? " (" + *r->value + ")" : ""));
        }
        if (s.hung_up() && !std::exchange(hung_up, true)) all.emplace_back("HANGUP");
        if (!heard) return all.push_back(to_string(heard.error()));
      }
      bytes.clear();
    };
    for (auto const& step : file.steps) {
      if (!step.ours) {
        bytes += step.line;
        continue;
      }
      feed();
      s.submit(step.line + "\n");
    }
    feed();
    return all;
  }
  static std::vector<std::string> play(std::string const& name) {
    auto const whole = play(name, 1'000'000);
    for (std::size_t piece = 1; piece < 40; ++piece) EXPECT_EQ(play(name, piece), whole) << piece;
    return whole;
  }
};
INSTANTIATE_TEST_SUITE_P(real, agi_recording,
                         testing::Values("asterisk-22.wire", "asterisk-16.wire"),
                         [](auto const& each) {
                           return each.index == 0 ? "asterisk_22" : "asterisk_16";
                         });

TEST_P(agi_recording, of_variables_is_read) {
  auto const all = play("variables");
  ASSERT_GT(all.size(), 12u);
  EXPECT_EQ(all[3], "1 (a value)");
  EXPECT_EQ(all[5], "1 (; , \" ' \\ ) endpos=1 (x) \xf0\x9f\x92\xa1 ${PLAIN})");
  EXPECT_EQ(all[6], "0");
  EXPECT_EQ(all[8], "1 ()");
  EXPECT_EQ(all[9], "1 (+4930123/en)");
  // A line of the value ends as a reply does: the talk is broken off, nothing is mistaken.
  EXPECT_EQ(all[12], "1 (one\ntwo)");
  EXPECT_EQ(all[13].substr(0, 8), "protocol");
}

TEST_P(agi_recording, of_media_is_read) {
  EXPECT_EQ(play("media"), (std::vector<std::string>{"0", "0", "-1", " (timeout)", "0", "0", "0",
                                                     "0", "-2", "0"}));
}

TEST_P(agi_recording, of_mistakes_is_read) {
  EXPECT_EQ(play("errors"),
            (std::vector<std::string>{"510", "520", "520", "0", "1", "1 (2024)", "520", "-1"}));
}

TEST_P(agi_recording, of_a_hang_up_is_read) {
  EXPECT_EQ(play("hangup"), (std::vector<std::string>{"0", "-1", "HANGUP", "511", "1", "1 (x)", "0",
                                                      "511", "511"}));
  EXPECT_EQ(play("hangup_idle"), (std::vector<std::string>{"0", "HANGUP", "0"}));
  EXPECT_EQ(play("own_hangup"), (std::vector<std::string>{"0", "1", "HANGUP", "0"}));
}

}  // namespace
}  // namespace calluna::agi
