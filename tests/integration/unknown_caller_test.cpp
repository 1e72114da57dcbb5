// The example app unknown_caller with real callers: who hears the announcement, and where they go
// from there.
#include "support/example_app.hpp"
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class unknown_caller : public lab_test {
 protected:
  /// `config`: beside the announcement.
  runtime& start(std::string const& announcement, std::string const& config = {},
                 std::filesystem::path const& app = example_app("unknown_caller"),
                 std::string const& more = {}) {
    auto const partners =
        folder().write("partners.csv",
                       "id,name,company,numbers\n1,Ann,Archer Ltd,+49305550000\n"
                       "2,Tina,Twin Ltd,+49305550010\n3,Tom,Other Ltd,+49305550010\n");
    auto& program = run(
        {.apps = {{"unknown_caller", app,
                   "config = { announcement = \"" + announcement + "\"" + config + " }\n" + more}},
         .sections = "[directory]\nregion = \"DE\"\nfile = \"" + partners.string() + "\"\n"});
    from_ = ami().position();
    return program;
  }
  party& caller(std::string const& number, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--from", number});
    return call("reception-strangers", more);
  }
  /// The dialplan goes on with the caller.
  bool went_on(std::string const& known, std::string const& state, std::size_t times = 1) {
    return ami().wait_for("UserEvent",
                          {{"UserEvent", "LabStrangers"}, {"Known", known}, {"State", state}}, 10s,
                          times, from_);
  }
  bool event(std::string const& name) {
    return ami().wait_for("UserEvent", {{"UserEvent", name}}, 10s, 1, from_);
  }
  std::size_t from_ = 0;
};
CALLUNA_WITH_BOTH(unknown_caller);

TEST_P(unknown_caller, lets_the_known_pass_unanswered_and_others_after_the_announcement) {
  start("vm-goodbye");
  auto& office = phone("105", {"answer", "--hangup-after", "100"});
  caller("+49305550000");
  EXPECT_TRUE(went_on("1", "Ring"));
  caller("+49305550010");
  EXPECT_TRUE(went_on("1", "Ring", 2)) << "it is the number of two";
  caller("+4930999999");
  EXPECT_TRUE(went_on("", "Up"));
  caller("anonymous");
  EXPECT_TRUE(went_on("", "Up", 2));
  EXPECT_TRUE(office.saw("ended", 10s, 4));
}

TEST_P(unknown_caller, hangs_up_after_the_announcement) {
  start("vm-goodbye", ", hangup = true");
  auto& stranger = caller("+4930999999");
  EXPECT_TRUE(stranger.saw("answered", 5s));
  EXPECT_TRUE(stranger.saw("ended", 10s));
  EXPECT_TRUE(nothing_left());
  EXPECT_TRUE(ami().events("UserEvent", {{"UserEvent", "LabStrangers"}}, from_).empty());
}

TEST_P(unknown_caller, leads_elsewhere_and_tells_that_the_sound_is_missing) {
  start("no-such-sound", ", context = \"reception\", extension = \"elsewhere\"");
  caller("+4930999999");
  EXPECT_TRUE(event("LabElsewhere"));
  EXPECT_TRUE(logged("warning app:unknown_caller: 'no-such-sound' was not played: invalid"));
}

TEST_P(unknown_caller, who_hangs_up_in_the_announcement_leaves_nothing) {
  start("tone:ring");
  auto& stranger = caller("+4930999999", {"--hangup-after", "300"});
  EXPECT_TRUE(stranger.saw("answered", 5s));
  EXPECT_TRUE(stranger.saw("hung up", 5s));
  EXPECT_TRUE(nothing_left());
  EXPECT_EQ(last_log().count(" (warning|error) "), 0u);
}

TEST_P(unknown_caller, lets_everybody_pass_while_it_cannot_look_them_up) {
  run({.apps = {{"unknown_caller", example_app("unknown_caller"),
                 "config = { announcement = \"vm-goodbye\" }"}}});
  from_ = ami().position();
  phone("105", {"answer", "--hangup-after", "100"});
  caller("+4930999999");
  EXPECT_TRUE(went_on("1", "Ring"));
  EXPECT_TRUE(logged("warning app:unknown_caller: .*there is no directory"));
}

TEST_P(unknown_caller, whose_script_breaks_lets_everybody_pass_or_leads_where_it_is_told_to) {
  auto const broken = broken_app(folder(), "unknown_caller", "require \"calluna.partners\"",
                                 "{ status = function() error 'broken' end }");
  auto& first = start("vm-goodbye", "", broken);
  phone("105", {"answer", "--hangup-after", "100"});
  caller("+4930999999");
  EXPECT_TRUE(went_on("", "Ring"));
  EXPECT_TRUE(nothing_left());
  EXPECT_EQ(first.stop(10s), 0);
  start("vm-goodbye", "", broken, "fallback = \"reception,elsewhere,1\"");
  caller("+4930999999");
  EXPECT_TRUE(event("LabElsewhere"));
}

}  // namespace
}  // namespace calluna::integration
