// The example app missed_call with real phones: of which calls somebody is told. (Its page:
// popup_test.cpp.)
#include "support/example_app.hpp"
#include "support/lab_test.hpp"

namespace calluna::integration {
namespace {

class missed_call : public lab_test {
 protected:
  void SetUp() override {
    lab_test::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto const partners = folder().write(
        "partners.csv", "id,name,company,numbers,salesperson\n1,Ann,,+49305550000,boris\n");
    run({.apps = {{"missed_call", example_app("missed_call"), "config = { user = \"chloe\" }"}},
         .sections = "[directory]\nregion = \"DE\"\nfile = \"" + partners.string() + R"("
[http]
listen = "127.0.0.1:0"
[user.anna]
extension = "101"
devices = ["PJSIP/101"]
[user.boris]
extension = "102"
devices = ["PJSIP/102"]
[user.chloe]
extension = "103"
devices = ["PJSIP/103"]
)"});
  }
};
CALLUNA_WITH_BOTH(missed_call);

TEST_P(missed_call, is_none_that_a_colleague_answered) {
  phone("101", {"noanswer"});
  auto& colleague = phone("102", {"answer", "--answer-after", "500", "--hangup-after", "100"});
  phone("103", {"busy"});
  call("group", {"--from", "+49305550000"});
  EXPECT_TRUE(colleague.saw("answered", 10s));
  EXPECT_TRUE(nothing_left());
  // One that is missed comes later, and is told of.
  call("101", {"--from", "+4930999999", "--give-up-after", "500"});
  EXPECT_TRUE(logged("was missed"));
  EXPECT_EQ(last_log().lines("was missed"),
            last_log().lines("\\+4930999999 was missed: anna is told"));
}

TEST_P(missed_call, is_told_to_the_salesperson_or_whose_number_it_was_or_who_is_left) {
  phone("101", {"noanswer"});
  phone("102", {"noanswer"});
  phone("103", {"noanswer"});
  call("101", {"--from", "+49305550000", "--give-up-after", "300"});
  EXPECT_TRUE(logged("\\+49305550000 was missed: boris is told"));
  call("briefly-102", {"--from", "+4930999999", "--give-up-after", "300"});
  EXPECT_TRUE(logged("\\+4930999999 was missed: boris is told")) << "the only one whose phone rang";
  call("group", {"--from", "anonymous", "--give-up-after", "300"});
  EXPECT_TRUE(logged("anonymous was missed: chloe is told"));
}

}  // namespace
}  // namespace calluna::integration
