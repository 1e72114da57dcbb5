// Calls as an app sees them, from beginning to end.
#include "support/lab_test.hpp"
#include "support/tcp_relay.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>

namespace calluna::integration {
namespace {

using nlohmann::json;

class app_calls : public lab_test {
 protected:
  runtime& run_calls(std::vector<std::pair<std::string, std::string>> ami = {},
                     std::vector<std::pair<std::string, std::string>> ari = {}) {
    return run({.apps = {{"calls", test_app("calls")}},
                .sections = "[pbx.main]\ntrunks = [\"PJSIP/trunk\"]\n",
                .ami = std::move(ami),
                .ari = std::move(ari)});
  }
  /// The summaries of all calls that have ended, of the runtime started last.
  std::vector<json> history() const {
    std::vector<json> all;
    for (auto const& line : last_log().lines(" ended ")) {
      auto const from = line.find('{'), to = line.rfind('}');
      if (from != std::string::npos) all.push_back(json::parse(line.substr(from, to - from + 1)));
    }
    return all;
  }
  json only_call() {
    EXPECT_TRUE(logged(" ended [0-9]+-", 15s));
    auto const all = history();
    EXPECT_EQ(all.size(), 1u) << last_log().text();
    return all.empty() ? json::object() : all.front();
  }
};
CALLUNA_WITH_BOTH(app_calls);

TEST_P(app_calls, a_call_that_is_answered_is_told_from_ringing_to_its_end) {
  run_calls();
  phone("101", {"answer", "--answer-after", "700"});
  call("101", {"--from", "+4930000", "--name", "Ada", "--hangup-after", "1200"});
  auto const c = only_call();
  EXPECT_EQ(c["status"], "answered");
  EXPECT_EQ(c["direction"], "in");
  EXPECT_EQ(c["caller_number"], "+4930000");
  EXPECT_EQ(c["caller_name"], "Ada");
  EXPECT_EQ(c["answered_by"], "PJSIP/101");
  EXPECT_EQ(c["hung_up_by"], "PJSIP/trunk");
  EXPECT_NEAR(c["ring_seconds"].get<double>(), 0.7, 0.5);
  EXPECT_NEAR(c["talk_seconds"].get<double>(), 1.7, 0.5);  // it listens for 0.5 s first
  EXPECT_EQ(c["legs"].size(), 2u);
  for (auto const* line : {"started .* ringing -", "ringing .* PJSIP/101",
                           "answered .* up PJSIP/101", "wait of .*: gone"})
    EXPECT_EQ(last_log().count(line), 1u) << line << "\n" << last_log().text();
}

TEST_P(app_calls, a_queued_call_belongs_to_the_agent_who_answered) {
  run_calls();
  phone("101", {"busy"});
  phone("102", {"answer", "--answer-after", "500"});
  call("queue", {"--from", "+4930000", "--hangup-after", "4000"});
  auto const c = only_call();
  EXPECT_EQ(c["status"], "answered") << c.dump(2);
  EXPECT_EQ(c["answered_by"], "PJSIP/102");
  ASSERT_EQ(c["queues"].size(), 1u);
  EXPECT_EQ(c["queues"][0]["name"], "calls-aq");
  EXPECT_EQ(c["queues"][0]["outcome"], "answered");
  EXPECT_GT(c["wait_seconds"].get<double>(), 0.3);
  EXPECT_EQ(last_log().count(" queued 0-"), 1u);
}

TEST_P(app_calls, an_attended_transfer_is_one_call_of_three_people) {
  run_calls();
  phone("102", {"answer", "--answer-after", "600", "--hangup-after", "2500"});
  phone("101",
        {"attended", "102", "--answer-after", "500", "--after", "1000", "--hold-for", "1500"});
  call("101", {"--from", "+493012345"});
  auto const c = only_call();
  EXPECT_EQ(c["status"], "answered") << c.dump(2);
  EXPECT_EQ(c["participants"].size(), 3u) << c.dump(2);
  ASSERT_EQ(c["transfers"].size(), 1u) << c.dump(2);
  EXPECT_EQ(c["transfers"][0]["attended"], true);
  EXPECT_EQ(c["transfers"][0]["by"], "PJSIP/101");
  EXPECT_EQ(c["transfers"][0]["reached"], "PJSIP/102");
  // From the first answer to the end: 1.0 with 101, 0.6 + 1.5 for the consultation, 2.5 with 102.
  EXPECT_GT(c["talk_seconds"].get<double>(), 3.0);
  EXPECT_EQ(c["hung_up_by"], "PJSIP/102");
  EXPECT_EQ(last_log().count(" transferred 0-"), 1u);
}

TEST_P(app_calls, a_runtime_that_restarts_in_the_middle_of_calls_goes_on_with_them) {
  auto& first = run_calls();
  phone("101", {"answer"});
  call("101", {"--from", "+4930001", "--hangup-after", "12000"});
  auto& leaving = call("101", {"--from", "+4930002", "--hangup-after", "3000"});
  ASSERT_TRUE(logged("answered ", 10s, 2));
  ASSERT_EQ(first.stop(10s), 0);
  ASSERT_TRUE(history().empty());
  ASSERT_TRUE(leaving.program().wait_end(10s)) << "while nobody listens";
  begin_again(first);
  ASSERT_TRUE(logged("starts with 2 calls"));
  EXPECT_TRUE(logged("gap of main: ", 10s));
  EXPECT_TRUE(logged(" ended .* synthetic", 10s));
  auto all = history();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0]["caller_number"], "+4930002");
  EXPECT_EQ(all[0]["status"], "answered");
  EXPECT_EQ(all[0]["uncertain"], true);
  EXPECT_EQ(last_log().count(" started 0-"), 0u) << "the other goes on";
  EXPECT_TRUE(logged(" ended ", 15s, 2));
  all = history();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1]["caller_number"], "+4930001");
  EXPECT_EQ(all[1]["status"], "answered");
}

/// The number of rounds: CALLUNA_CUT_ROUNDS, else 3 for each version. The long run is 20.
int rounds() {
  char const* const text = std::getenv("CALLUNA_CUT_ROUNDS");
  return text == nullptr ? 3 : std::atoi(text);
}

class cut_calls : public app_calls {
 protected:
  static constexpr int calls_in_a_round = 100;

  std::set<std::string> channels_of_pbx() {
    std::set<std::string> ids;
    auto const list = ami().send(ami::action("CoreShowChannels"));
    EXPECT_TRUE(list) << list.error().message;
    if (list)
      for (auto const& item : list->items) ids.emplace(item->get("Uniqueid"));
    return ids;
  }
  static std::set<std::string> channels_of(json const& calls) {
    std::set<std::string> ids;
    for (auto const& c : calls.at("calls"))
      for (auto const& id : c.at("channels")) ids.insert(id.get<std::string>());
    return ids;
  }
  /// The linkedids of the calls with such an event between two places.
  std::set<std::string> calls_with(std::string const& event, std::size_t from,
                                   std::size_t to = std::string::npos) {
    std::set<std::string> ids;
    auto const skipped = to == std::string::npos ? 0 : ami().events(event, {}, to).size();
    auto const all = ami().events(event, {}, from);
    for (std::size_t i = 0; i + skipped < all.size(); ++i) ids.emplace(all[i]->get("Linkedid"));
    return ids;
  }
};
CALLUNA_WITH_BOTH(cut_calls);

TEST_P(cut_calls, after_five_seconds_without_pbx_the_live_calls_are_right_and_each_ended_once) {
  tcp_relay ami_way(pbx().port("AMI_PORT")), ari_way(pbx().port("HTTP_PORT"));
  auto& program =
      run_calls({{"port", std::to_string(ami_way.port())}},
                {{"url", "\"http://127.0.0.1:" + std::to_string(ari_way.port()) + "/ari\""}});
  phone("101", {"answer", "--answer-after", "300", "--life", "3600"});
  phone("102", {"noanswer", "--life", "3600"});
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  std::size_t read_back = program.log().count("read back, ");
  for (int round = 0; round < rounds(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    auto const from = ami().position();
    auto const history_before = history().size();
    auto const cut_after = std::chrono::milliseconds(200 + random() % 2500);
    // Some stay for the whole gap, some end in it, some begin in it, some only ring.
    auto& staying = call("101", {"--count", "40", "--rate", "40", "--hangup-after", "11000"});
    auto& ending = call("101", {"--count", "30", "--rate", "30", "--hangup-after", "3500"});
    auto& beginning = call("101", {"--count", "20", "--rate", "4", "--hangup-after", "6000"});
    auto& giving_up = call("102", {"--count", "10", "--rate", "5", "--give-up-after", "4000"});
    std::this_thread::sleep_for(cut_after);  // the moment itself is what is random
    auto const last_seen = ami().position();
    std::this_thread::sleep_for(200ms);  // what is on its way arrives
    ami_way.cut();
    ari_way.cut();
    std::this_thread::sleep_for(5s);
    ami_way.restore();
    ari_way.restore();
    ++read_back;
    ASSERT_TRUE(logged("read back, ", 40s, read_back));
    auto const seen_again = ami().position();
    EXPECT_TRUE(eventually([&] { return channels_of(program.calls()) == channels_of_pbx(); }, 5s))
        << "ours: " << program.calls().dump() << "\nAsterisk's: " << json(channels_of_pbx()).dump();
    for (auto* one : {&staying, &ending, &beginning, &giving_up})
      ASSERT_TRUE(one->program().wait_end(40s));
    ASSERT_TRUE(nothing_left(20s));
    ASSERT_TRUE(eventually([&] { return program.calls().at("calls").empty(); }, 5s));

    auto const all = history();
    std::multiset<std::string> told;
    for (std::size_t i = history_before; i < all.size(); ++i)
      told.insert(all[i]["id"].get<std::string>());
    auto const had = calls_with("Newchannel", from);
    EXPECT_EQ(had.size(), static_cast<std::size_t>(calls_in_a_round));
    for (auto const& id : told) {
      EXPECT_EQ(told.count(id), 1u) << id;
      EXPECT_TRUE(had.contains(id.substr(2))) << id << " was never there";
    }
    // A call that was only there while nobody looked is nobody's; every other is history, once.
    auto must = calls_with("Newchannel", from, last_seen);
    must.merge(calls_with("Hangup", seen_again));
    for (auto const& linkedid : must) EXPECT_EQ(told.count("0-" + linkedid), 1u) << linkedid;
    std::cout << "Asterisk " << GetParam() << ", round " << round << ": " << told.size()
              << " calls in history, " << must.size() << " had to be\n";
  }
  EXPECT_EQ(program.log().count("logged in at"), static_cast<std::size_t>(rounds()) + 1);
  auto const started = program.log().count(" started 0-"), ended = history().size();
  auto& last = call("101", {"--hangup-after", "300"});
  ASSERT_TRUE(last.saw("ended", 10s));
  EXPECT_TRUE(eventually([&] { return history().size() > ended; }, 5s));
  EXPECT_EQ(program.log().count(" started 0-"), started + 1) << "each handler is there once";
  EXPECT_EQ(history().size(), ended + 1);
}

}  // namespace
}  // namespace calluna::integration
