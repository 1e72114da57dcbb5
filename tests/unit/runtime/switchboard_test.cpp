#include "../../../runtime/src/call_reports.hpp"
#include "../../../runtime/src/recording/recorder.hpp"
#include "fakes/ami_server.hpp"
#include "temporary_folder.hpp"

#include <calluna/runtime/pbx.hpp>
#include <calluna/runtime/switchboard.hpp>

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <mutex>

namespace calluna::runtime {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;

/// Keeps what it hears as text.
class listener : public call_receiver {
 public:
  bool on_call_news(std::shared_ptr<calls::call_news const> const& news) override {
    if (!news->kind) {
      heard.push_back("state " + news->call->id);
      return false;
    }
    heard.push_back(std::string(to_string(*news->kind)) + (news->call ? " " + news->call->id : "") +
                    (news->synthetic ? " synthetic" : ""));
    if (news->kind == calls::call_event_kind::gap) gaps.push_back(news->at - news->from);
    return false;
  }
  void on_live_calls(std::vector<std::shared_ptr<calls::call const>> const& all) override {
    std::string text = "live";
    for (auto const& c : all) text += " " + c->id;
    heard.push_back(text);
  }
  bool has(std::string const& what) const {
    return std::find(heard.begin(), heard.end(), what) != heard.end();
  }
  std::vector<std::string> heard;
  std::vector<calls::span_of_time> gaps;
};

/// A switchboard with one PBX, a small AMI server.
class switchboard_test : public testing::Test {
 protected:
  switchboard_test() {
    for (auto const* name : {"CoreShowChannels", "BridgeList", "QueueStatus", "ParkedCalls"})
      server_.on(name, [this, name = std::string(name)](fakes::ami_server::peer& peer,
                                                        fakes::ami_request const& request) {
        peer.send(answer(name, request.id_line()));
      });
    start();
  }
  ~switchboard_test() override {
    if (pbx_) pbx_->stop();
    if (board_) board_->stop();
  }

  void start() {
    board_ = std::make_unique<switchboard>(loop_.get_executor(), calls::call_model_options{},
                                           folder_.path() / "calls.db", logger{});
    pbx_config settings;
    settings.name = "main";
    ami::client_options ami;
    ami.server.port = server_.port();
    ami.server.host = "127.0.0.1";
    ami.user = "calluna";
    ami.secret = "a secret";
    ami.backoff = {1ms, 5ms, 0};
    settings.ami = ami;
    pbx_ = std::make_unique<pbx>(loop_.get_executor(), 0, settings, router_, *board_, "observer",
                                 std::make_shared<recording::recorder>(), logger{});
    pbx_->start();
    ASSERT_TRUE(soon([this] { return pbx_->ready(); }));
  }
  void restart() {
    pbx_->stop();
    board_->stop();
    pbx_.reset();
    board_.reset();
    start();
  }
  bool soon(std::function<bool()> const& condition) {
    auto const deadline = std::chrono::steady_clock::now() + 10s;
    loop_.restart();
    while (!condition()) {
      if (std::chrono::steady_clock::now() >= deadline) return false;
      loop_.run_one_for(10ms);
    }
    return true;
  }
  bool hears(std::string const& what) {
    return soon([&] { return heard_.has(what); });
  }
  /// Wants calls and waits for the first list.
  void want() {
    bool given = false;
    board_->want(heard_, [&given] { given = true; });
    ASSERT_TRUE(soon([&] { return given; }));
  }
  void event(std::string const& lines) { server_.send_to_all(crlf(lines)); }
  static std::string crlf(std::string const& lines) {
    std::string text;
    for (char const c : lines + "||") c == '|' ? text += "\r\n" : text += c;
    return text;
  }
  void ringing(std::string const& id) {
    event("Event: Newchannel|Channel: PJSIP/9-" + id + "|ChannelState: 4|CallerIDNum: 9|Exten: 1" +
          "|Uniqueid: " + id + "|Linkedid: " + id);
    event("Event: Newstate|Channel: PJSIP/9-" + id + "|ChannelState: 6|Uniqueid: " + id +
          "|Linkedid: " + id);
  }
  static std::string dialing(std::string const& id) {
    return "Event: DialBegin|Uniqueid: " + id + "|DestUniqueid: " + id + "b|DialString: 1";
  }
  void begin_call(std::string const& id) {
    ringing(id);
    event("Event: Newchannel|Channel: PJSIP/1-" + id +
          "|ChannelState: 0|CallerIDNum: 1|Uniqueid: " + id + "b|Linkedid: " + id);
    event(dialing(id));
  }
  void end_call(std::string const& id) {
    for (auto const& channel : {id, id + "b"})
      event("Event: Hangup|Cause: 16|Uniqueid: " + channel + "|Linkedid: " + id);
  }
  /// What CoreShowChannels tells of such a call.
  static std::string shown(std::string const& id) {
    return "Event: CoreShowChannel|Channel: PJSIP/9-" + id + "|Uniqueid: " + id +
           "|Linkedid: " + id + "|ChannelState: 6|Application: Dial|Duration: 00:00:07;" +
           "Event: CoreShowChannel|Channel: PJSIP/1-" + id + "|Uniqueid: " + id +
           "b|Linkedid: " + id +
           "|ChannelState: 5|Application: AppDial|ApplicationData: (Outgoing Line)" +
           "|Duration: 00:00:06;";
  }
  /// `items`: of CoreShowChannels, each with a ';' at its end.
  void set_channels(std::string items) {
    std::lock_guard const lock(mutex_);
    channels_ = std::move(items);
  }
  std::string answer(std::string const& name, std::string const& id) {
    std::lock_guard const lock(mutex_);
    if (name == refused_) return "Response: Error\r\n" + id + "Message: Permission denied\r\n\r\n";
    std::string text = "Response: Success\r\n" + id + "EventList: start\r\n\r\n";
    std::string item;
    for (char const c : name == "CoreShowChannels" ? channels_ : std::string()) {
      if (c != ';') {
        item += c;
        continue;
      }
      auto const lines = crlf(item);
      text += lines.substr(0, lines.size() - 2) + id + "\r\n";
      item.clear();
    }
    return text + "Event: " + name + "Complete\r\n" + id +
           "EventList: Complete\r\nListItems: 0\r\n\r\n";
  }

  std::mutex mutex_;
  std::string channels_, refused_;
  test::temporary_folder folder_;
  boost::asio::io_context loop_;
  fakes::ami_server server_;
  router router_{"calluna-1"};
  listener heard_;
  std::unique_ptr<switchboard> board_;
  std::unique_ptr<pbx> pbx_;
};

TEST_F(switchboard_test, nobody_who_wants_calls_costs_no_question) {
  begin_call("a");
  event("Event: LabEnd");
  ASSERT_TRUE(soon([this] { return pbx_->status()["ami"]["events"] >= 5; }));
  EXPECT_TRUE(board_->idle());
  EXPECT_THAT(server_.received(), Not(Contains("CoreShowChannels")));
}

TEST_F(switchboard_test, the_first_who_wants_them_gets_what_the_pbx_has_then_what_happens) {
  set_channels(shown("a"));
  want();
  EXPECT_THAT(heard_.heard, ElementsAre("live 0-a"));
  begin_call("c");
  end_call("a");
  ASSERT_TRUE(hears("ended 0-a"));
  EXPECT_TRUE(heard_.has("started 0-c"));
  EXPECT_TRUE(heard_.has("left 0-a")) << "one of its legs";
  EXPECT_TRUE(heard_.gaps.empty()) << "nothing was missed: nobody had asked";
}

TEST_F(switchboard_test, after_a_gap_the_differences_are_told) {
  want();
  begin_call("a");
  begin_call("c");
  ASSERT_TRUE(hears("started 0-c"));
  set_channels(shown("c") + shown("d"));
  server_.drop_all();
  ASSERT_TRUE(hears("ended 0-a synthetic"));
  EXPECT_TRUE(heard_.has("gap synthetic"));
  EXPECT_TRUE(heard_.has("started 0-d synthetic"));
  EXPECT_FALSE(heard_.has("ended 0-c synthetic"));
  ASSERT_EQ(heard_.gaps.size(), 1u);
  EXPECT_GE(heard_.gaps[0], calls::span_of_time(0));
  EXPECT_EQ(board_->status()["live"], 2);
}

TEST_F(switchboard_test, a_list_that_is_refused_leaves_the_rest) {
  refused_ = "QueueStatus";
  set_channels(shown("a"));
  want();
  EXPECT_THAT(heard_.heard, ElementsAre("live 0-a"));
}

TEST_F(switchboard_test, channels_that_may_not_be_read_leave_the_events) {
  refused_ = "CoreShowChannels";
  want();
  EXPECT_THAT(heard_.heard, ElementsAre("live"));
  begin_call("a");
  EXPECT_TRUE(hears("started 0-a"));
}

TEST_F(switchboard_test, a_restart_goes_on_with_the_calls_and_tells_what_it_missed) {
  want();
  begin_call("a");
  begin_call("c");
  ASSERT_TRUE(hears("started 0-c"));
  restart();
  heard_.heard.clear();
  set_channels(shown("c"));
  want();
  ASSERT_TRUE(hears("ended 0-a synthetic"));
  EXPECT_EQ(heard_.heard.front(), "live 0-a 0-c");
  EXPECT_TRUE(heard_.has("gap synthetic"));
  EXPECT_FALSE(heard_.has("started 0-c synthetic"));
}

TEST_F(switchboard_test, who_has_left_hears_nothing) {
  want();
  board_->leave(heard_);
  listener other;
  board_->want(other);
  begin_call("a");
  ASSERT_TRUE(soon([&] { return other.has("started 0-a"); }));
  EXPECT_THAT(heard_.heard, ElementsAre("live"));
}

TEST_F(switchboard_test, whoever_asks_again_is_told_all_calls_again) {
  want();
  begin_call("a");
  ASSERT_TRUE(hears("started 0-a"));
  board_->want(heard_);
  EXPECT_EQ(heard_.heard.back(), "live 0-a");
  begin_call("c");
  ASSERT_TRUE(hears("started 0-c"));
  EXPECT_EQ(std::count(heard_.heard.begin(), heard_.heard.end(), "started 0-c"), 1);
}

TEST_F(switchboard_test, a_click_is_one_call_with_its_id) {
  want();
  board_->click(0, "click-7", "4930", {"x", "y"});
  event("Event: Newchannel|Channel: PJSIP/1-x|ChannelState: 0|Uniqueid: x|Linkedid: x");
  event("Event: Newstate|Channel: PJSIP/1-x|ChannelState: 5|Uniqueid: x|Linkedid: x");
  ASSERT_TRUE(hears("started 0-x"));
  EXPECT_EQ(board_->calls().at(0)->click_id, "click-7");
}

/// What the control socket is answered.
class call_reports_test : public switchboard_test {
 protected:
  std::function<void(result<nlohmann::json>)> into(std::vector<nlohmann::json>& list) {
    return [&list](result<nlohmann::json> answer) {
      list.push_back(answer ? *answer : nlohmann::json(answer.error().message));
    };
  }
  nlohmann::json tail(call_reports& from, nlohmann::json const& request) {
    std::vector<nlohmann::json> answers;
    from.tail(request, into(answers));
    EXPECT_TRUE(soon([&] { return !answers.empty(); }));
    return answers.empty() ? nlohmann::json::object() : answers.front();
  }
};

TEST_F(call_reports_test, the_list_has_each_call_with_its_channels) {
  set_channels(shown("a"));
  call_reports reports(loop_.get_executor(), *board_);
  std::vector<nlohmann::json> answers;
  reports.list(into(answers));
  ASSERT_TRUE(soon([&] { return !answers.empty(); }));
  auto const& rows = answers[0]["calls"];
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0]["id"], "0-a");
  EXPECT_EQ(rows[0]["pbx"], "main");
  EXPECT_EQ(rows[0]["channels"], (nlohmann::json{"a", "ab"}));
}

TEST_F(call_reports_test, the_next_call_is_followed_to_its_end) {
  call_reports reports(loop_.get_executor(), *board_);
  auto first = tail(reports, {{"call", "next"}});
  EXPECT_EQ(first["call"], "");
  begin_call("a");
  nlohmann::json const again{{"session", first["session"]}};
  auto more = tail(reports, again);
  EXPECT_EQ(more["call"], "0-a");
  EXPECT_EQ(more["lines"][0]["text"], "started: internal, from 9 to 1");
  end_call("a");
  std::string text;
  while (!more["ended"]) {
    more = tail(reports, again);
    for (auto const& line : more["lines"]) text += line["text"].get<std::string>() + "\n";
  }
  EXPECT_NE(text.find("ended: "), std::string::npos) << text;
  EXPECT_EQ(tail(reports, again), "this tail is over: nobody asked for a while");
}

TEST_F(call_reports_test, a_call_that_is_there_is_told_from_its_beginning) {
  set_channels(shown("a"));
  want();
  call_reports reports(loop_.get_executor(), *board_);
  EXPECT_EQ(tail(reports, {{"call", "0-x"}}), "there is no live call '0-x'");
  auto const told = tail(reports, {{"call", "0-a"}});
  EXPECT_EQ(told["lines"][0]["text"].get<std::string>().rfind("started: ", 0), 0u) << told;
}

}  // namespace
}  // namespace calluna::runtime
