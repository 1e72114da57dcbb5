// The module calluna.popup, and the example apps popup and missed_call as they are.
#include "calls_fixture.hpp"
#include "popup_hub.hpp"

#include <gmock/gmock.h>

namespace calluna::bindings {
namespace {

using testing::HasSubstr;

class popup : public calls_test {
 protected:
  popup() {
    options.services = services_with(
        R"([{"id": 7, "name": "Ann", "company": "Archer", "numbers": ["+14155550101"], "tags": ["VIP"],
             "url": "https://erp.example/7", "salesperson": "boris"}])");
    options.services.push = hub;
  }
  /// A caller outside, and the phone 101 or 102 that rings for them as channel `id`.
  void come(double at, std::string const& number = "+14155550101") {
    caller_ = "a" + std::to_string(++calls_);
    begin(at, caller_, "PJSIP/trunk-0" + caller_, number, caller_);
  }
  void caller_hangs_up(double at) { hang_up(at, caller_); }
  void rings(double at, std::string const& id, std::string const& phone) {
    begin(at, id, "PJSIP/" + phone + "-0" + id, phone, caller_, 0);
    dial(at, caller_, id);
    ring(at, id);
  }
  void talks(double at, std::string const& id) {
    pick_up(at, id);
    pick_up(at, caller_);
    bridge(at, caller_, "br");
    bridge(at, id, "br");
  }
  nlohmann::json const& shown_to(std::string const& user) {
    static nlohmann::json const nothing;
    auto const& values = hub->now["popup/" + user];
    return values.empty() ? nothing : values.begin()->second;
  }

  std::string caller_;
  int calls_ = 0;
  std::shared_ptr<remembering_hub> hub = std::make_shared<remembering_hub>();
};

TEST_F(popup, is_shown_with_what_is_known_of_the_caller) {
  run_example("popup");
  come(0);
  rings(1, "b", "101");
  EXPECT_EQ(hub->seen_by("anna"), "Ann (ringing)");
  auto const& card = shown_to("anna");
  EXPECT_EQ(card["company"], "Archer");
  EXPECT_EQ(card["number"], "+14155550101");
  EXPECT_EQ(card["url"], "https://erp.example/7");
  EXPECT_EQ(card["tags"], nlohmann::json({"VIP"}));
  EXPECT_EQ(hub->now["popup/anna"].begin()->first, "0-a1");
}

TEST_F(popup, goes_away_when_a_colleague_answers_and_with_the_call) {
  run_example("popup");
  come(0);
  rings(1, "b", "101");
  rings(1, "c", "102");
  EXPECT_EQ(hub->seen_by("anna") + hub->seen_by("boris"), "Ann (ringing)Ann (ringing)");
  talks(3, "c");
  EXPECT_EQ(hub->seen_by("anna"), "");
  EXPECT_EQ(hub->seen_by("boris"), "Ann (talking)");
  hang_up(3, "b");
  hang_up(9, "c");
  EXPECT_EQ(hub->seen_by("boris"), "");
  caller_hangs_up(9);
  EXPECT_EQ(hub->seen_by("anna") + hub->seen_by("boris"), "");
}

TEST_F(popup, goes_away_when_the_phone_stops_ringing_though_the_call_goes_on) {
  run_example("popup");
  come(0);
  rings(1, "b", "101");
  hang_up(5, "b");
  EXPECT_EQ(hub->seen_by("anna"), "");
  rings(6, "c", "102");
  EXPECT_EQ(hub->seen_by("anna"), "");
  EXPECT_EQ(hub->seen_by("boris"), "Ann (ringing)");
}

TEST_F(popup, of_one_users_two_phones_stays_while_one_of_them_rings_or_talks) {
  run_example("popup");
  come(0);
  rings(1, "b", "101");
  rings(1, "c", "201");
  hang_up(2, "b");
  EXPECT_EQ(hub->seen_by("anna"), "Ann (ringing)");
  talks(3, "c");
  EXPECT_EQ(hub->seen_by("anna"), "Ann (talking)");
  hang_up(4, "c");
  EXPECT_EQ(hub->seen_by("anna"), "");
}

TEST_F(popup, that_is_sticky_stays_with_who_has_talked) {
  options.config_json = R"({"sticky": true})";
  run_example("popup");
  come(0);
  rings(1, "b", "101");
  rings(1, "c", "102");
  talks(3, "c");
  hang_up(3, "b");
  hang_up(9, "c");
  caller_hangs_up(9);
  EXPECT_EQ(hub->seen_by("anna"), "");
  EXPECT_EQ(hub->seen_by("boris"), "Ann (ended)");
}

TEST_F(popup, of_calls_between_extensions_is_shown_if_that_is_set) {
  run_example("popup");
  caller_ = "a";
  begin(0, "a", "PJSIP/102-01", "102", "a");
  rings(1, "b", "101");
  EXPECT_EQ(hub->changes, 0);
  TearDown();
  options.config_json = R"({"internal": true})";
  run_example("popup");
  begin(2, "d", "PJSIP/102-02", "102", "d");
  begin(2, "e", "PJSIP/101-02", "101", "d", 0);
  dial(2, "d", "e");
  ring(2, "e");
  EXPECT_EQ(hub->seen_by("anna"), "102 (ringing)");
}

TEST_F(popup, of_a_call_that_was_there_before_the_app_is_shown_when_it_starts) {
  run_example("popup");
  come(0);
  rings(1, "b", "101");
  hub->now.clear();
  TearDown();
  run_example("popup", [this] { tell_live(); });
  EXPECT_EQ(hub->seen_by("anna"), "Ann (ringing)");
}

TEST_F(popup, texts_are_cut_between_characters_and_hold_no_control_characters) {
  run_app(R"lua(
    local popup, log = require "calluna.popup", require "calluna.log"
    popup.show("anna", { key = "k", title = ("ä"):rep(4000), text = "a\r\nb\0c", url = "javascript:alert(1)" })
  )lua");
  auto const title = shown_to("anna")["title"].get<std::string>();
  EXPECT_LE(title.size(), 210u);
  EXPECT_EQ(title.substr(0, 2), "ä");
  EXPECT_EQ(title.substr(title.size() - 3), "…");
  EXPECT_EQ(shown_to("anna")["text"], "a  b c");
  EXPECT_FALSE(shown_to("anna").contains("url"));
  EXPECT_THAT(log_lines().at(0), HasSubstr("none of http or https"));
}

TEST_F(popup, mistakes_are_told_at_the_apps_line) {
  auto const mistake = [this](std::string const& text) {
    auto const loaded = load("local popup = require 'calluna.popup'\n" + text);
    return loaded ? std::string() : loaded.error().message;
  };
  EXPECT_THAT(mistake("popup.show('anna', { key = 'k', titel = 'x' })"),
              HasSubstr(":2: popup.show: unknown option 'titel' (did you mean 'title'?)"));
  EXPECT_THAT(mistake("popup.show(nil, { key = 'k', title = 'x' })"),
              HasSubstr(":2: popup.show: a user is one of calluna.users, or its key"));
  EXPECT_THAT(mistake("popup.show('anna', { key = 'k', title = 'x', state = 'rining' })"),
              HasSubstr(":2: popup.show: there is no state 'rining' (did you mean 'ringing'?)"));
}

class missed_call : public popup {};

TEST_F(missed_call, is_told_to_the_partners_salesperson_alone_and_counts) {
  run_example("missed_call");
  come(0);
  rings(1, "b", "101");
  EXPECT_EQ(hub->changes, 0);
  hang_up(9, "b");
  caller_hangs_up(9);
  EXPECT_EQ(hub->seen_by("anna"), "");
  EXPECT_EQ(hub->seen_by("boris"), "Ann (notice)");
  EXPECT_THAT(shown_to("boris")["text"].get<std::string>(), HasSubstr("Missed call, "));
  come(20);
  caller_hangs_up(25);
  EXPECT_EQ(hub->seen_by("boris"), "Ann (notice)");
  EXPECT_THAT(shown_to("boris")["text"].get<std::string>(), HasSubstr("2 times"));
}

TEST_F(missed_call, is_told_to_the_only_one_whose_phone_rang) {
  run_example("missed_call");
  come(0, "+493099999");
  rings(1, "b", "101");
  hang_up(9, "b");
  caller_hangs_up(9);
  EXPECT_EQ(hub->seen_by("anna"), "+493099999 (notice)");
}

TEST_F(missed_call, is_none_when_a_colleague_answered) {
  run_example("missed_call");
  come(0);
  rings(1, "b", "101");
  rings(1, "c", "102");
  talks(3, "c");
  hang_up(3, "b");
  hang_up(9, "c");
  caller_hangs_up(9);
  EXPECT_EQ(hub->seen_by("anna") + hub->seen_by("boris"), "");
}

TEST_F(missed_call, is_taken_back_once_somebody_has_talked_to_that_number) {
  run_example("missed_call");
  come(0);
  caller_hangs_up(5);
  EXPECT_EQ(hub->seen_by("boris"), "Ann (notice)");
  come(10);
  rings(11, "b", "101");
  talks(12, "b");
  EXPECT_EQ(hub->seen_by("boris"), "Ann (notice)");
  hang_up(20, "b");
  caller_hangs_up(20);
  EXPECT_EQ(hub->seen_by("boris"), "");
}

TEST_F(missed_call, without_a_number_is_not_taken_back_by_another_one_without) {
  run_example("missed_call");
  come(0, "anonymous");
  rings(1, "b", "101");
  hang_up(5, "b");
  caller_hangs_up(5);
  EXPECT_EQ(hub->seen_by("anna"), "anonymous (notice)");
  come(10, "anonymous");
  rings(11, "c", "102");
  talks(12, "c");
  hang_up(20, "c");
  caller_hangs_up(20);
  EXPECT_EQ(hub->seen_by("anna"), "anonymous (notice)");
}

}  // namespace
}  // namespace calluna::bindings
