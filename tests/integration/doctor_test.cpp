// `calluna doctor` beside a real Asterisk: what is right, what is missing, and what to do about it.
#include "support/lab_test.hpp"

#include <gmock/gmock.h>

namespace calluna::integration {
namespace {

using testing::HasSubstr;
using testing::Not;

class doctor : public lab_test {
 protected:
  /// An account of the lab: its user and where its secret is.
  struct account {
    std::string user, secret;
  };
  outcome examine(account const& ami, account const& ari, std::string const& more = {}) {
    folder().write("ami.secret", ami.secret + "\n");
    folder().write("ari.secret", ari.secret + "\n");
    folder().write("app/init.lua",
                   "local calls = require 'calluna.calls'\nlocal function f()\n"
                   "  calls.click { user = '1', to = '2' }\nend\nreturn { stop = f }\n");
    auto const file = folder().write(
        "calluna.toml",
        "[pbx.main.ami]\nport = " + pbx().setting("AMI_PORT") + "\nuser = \"" + ami.user +
            "\"\nsecret_file = \"ami.secret\"\n[pbx.main.ari]\nurl = " + "\"http://127.0.0.1:" +
            pbx().setting("HTTP_PORT") + "\"\nuser = \"" + ari.user +
            "\"\npassword_file = \"ari.secret\"\n[app.app]\npath = \"app\"\n" + more);
    return run_to_end({CALLUNA_PROGRAM, "doctor", file.string()}, folder().path(), 30s);
  }
  account full_ami() { return {pbx().setting("AMI_USER"), pbx().setting("AMI_SECRET")}; }
  account full_ari() { return {pbx().setting("ARI_USER"), pbx().setting("ARI_SECRET")}; }
};
CALLUNA_WITH_BOTH(doctor);

TEST_P(doctor, finds_nothing_where_all_is_well) {
  auto const said = examine(full_ami(), full_ari(), "[http]\nlisten = \"127.0.0.1:0\"\n");
  EXPECT_EQ(said.code, 0) << said.text;
  auto const release = pbx().setting("RELEASE");
  EXPECT_THAT(said.text, HasSubstr("good  pbx.main.ami: Asterisk " + release));
  EXPECT_THAT(said.text, HasSubstr("good  pbx.main.ari: Asterisk " + release));
  EXPECT_THAT(said.text, HasSubstr("good  http: 127.0.0.1 port 0 can be listened at"));
  EXPECT_THAT(said.text, HasSubstr("good  app.app: loads"));
  EXPECT_THAT(said.text, Not(HasSubstr("BAD")));
  EXPECT_THAT(said.text, Not(HasSubstr("note")));
}

TEST_P(doctor, names_the_rights_that_accounts_lack) {
  auto const said = examine({pbx().setting("AMI_NARROW_USER"), pbx().setting("AMI_NARROW_SECRET")},
                            {pbx().setting("ARI_VIEWER_USER"), pbx().setting("ARI_VIEWER_SECRET")});
  EXPECT_EQ(said.code, 1) << said.text;
  EXPECT_THAT(said.text,
              HasSubstr("BAD  pbx.main.ami: \"write\" lacks call: Hangup (calls.click in "
                        "app app, init.lua:3)"));
  EXPECT_THAT(said.text, HasSubstr("\"write\" lacks reporting: CoreShowChannels (reading back the "
                                   "calls there are)"));
  EXPECT_THAT(said.text, Not(HasSubstr("Originate")));
  EXPECT_THAT(said.text, HasSubstr("add the class to \"write\" of [narrow] in manager.conf"));
  EXPECT_THAT(said.text, HasSubstr("note  pbx.main.ami: what the account hears cannot be asked"));
  EXPECT_THAT(said.text, HasSubstr("BAD  pbx.main.ari: the account may only read"));
}

TEST_P(doctor, says_what_to_do_about_logins_and_addresses_that_are_wrong) {
  auto const said = examine({full_ami().user, "quite-wrong-but-long-enough"},
                            {full_ari().user, "quite-wrong-but-long-enough"},
                            "[agi]\nlisten = \"192.0.2.1:4573\"\nallow = [\"127.0.0.1\"]\n");
  EXPECT_EQ(said.code, 1) << said.text;
  EXPECT_THAT(said.text, HasSubstr("-> compare name and secret with [calluna] in manager.conf"));
  EXPECT_THAT(said.text, HasSubstr("-> compare name and password with [calluna] in ari.conf"));
  EXPECT_THAT(said.text,
              HasSubstr("BAD  agi: 192.0.2.1 port 4573: Cannot assign requested address"));
}

}  // namespace
}  // namespace calluna::integration
