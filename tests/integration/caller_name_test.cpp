// The example app caller_name, asked by a dialplan of a real Asterisk (lab/etc/reception.conf)
// whose partners are a real Odoo's.
#include "support/example_app.hpp"
#include "support/lab_test.hpp"
#include "support/odoo.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <csignal>
#include <fstream>
#include <httplib.h>
#include <iterator>

namespace calluna::integration {
namespace {

/// The dialplan's three ways to ask.
constexpr std::array doors{"reception-curl", "reception-agi", "reception-stasis"};

/// The app, and a dialplan that knows where it listens.
class caller_door : public lab_test {
 protected:
  runtime& start(std::string const& directory,
                 std::filesystem::path const& app = example_app("caller_name")) {
    auto& program = run({.apps = {{"caller_name", app}},
                         .sections = "[pbx.main]\nregion = \"US\"\n[http]\nlisten = "
                                     "\"127.0.0.1:0\"\n[agi]\nlisten = \"127.0.0.1:0\"\n" +
                                     directory});
    client_ = std::make_unique<httplib::Client>(program.http());
    client_->set_url_encode(false);
    tell("LAB_HTTP", program.http().substr(std::string("http://").size()));
    tell("LAB_FASTAGI", fmt::format("127.0.0.1:{}", program.status()["agi"]["port"].get<int>()));
    return program;
  }
  std::string file_of_partners(std::string const& lines) const {
    return "[directory]\nfile = \"" +
           folder().write("partners.csv", "id,name,company,numbers,tags\n" + lines).string() +
           "\"\n";
  }
  /// What CURL() would give.
  std::string answer(std::string const& question) {
    auto const said = client_->Get(question.c_str());
    if (!said) return "no answer";
    return said->status == 200 ? said->body : fmt::format("{} {}", said->status, said->body);
  }
  std::string name_of(std::string const& query) {
    return answer("/asterisk_plus/get_caller_name?" + query);
  }
  /// A global variable of the dialplan.
  void tell(std::string const& name, std::string const& value) {
    ASSERT_TRUE(ami().send(ami::action("Setvar").set("Variable", name).set("Value", value)));
  }
  /// Waits until that phone's display shows `name` beside `number`, as SIP tells it.
  static bool shows(party const& who, std::string const& name, std::string const& number,
                    std::size_t from = 0) {
    auto const wanted = fmt::format("From: \"{}\" <sip:{}@", name, number);
    return eventually([&] { return who.log().text().find(wanted, from) != std::string::npos; },
                      10s);
  }
  /// Calls at every door reach the phone 105 under their own name.
  void all_doors_let_pass() {
    auto& all = phone("105", {"answer", "--hangup-after", "200"});
    for (auto const* door : doors) {
      call(door, {"--from", "+14155550101", "--name", door});
      EXPECT_TRUE(shows(all, door, "+14155550101")) << all.log().text();
    }
    EXPECT_TRUE(nothing_left());
  }

  std::unique_ptr<httplib::Client> client_;
};
CALLUNA_WITH_BOTH(caller_door);

TEST_P(caller_door, understands_numbers_however_they_arrive) {
  start(file_of_partners("1,Cleo,,+49305550000,\n2,Ann,,+14155550101,\n3,Vera,,+4315550123,\n"));
  for (auto const* number :
       {"%2B49305550000", "+49305550000", "49305550000", "01149305550000", "%2B49%20(30)%205550000",
        "030%205550000&country=DE", "0305550000&country=de", "tel:%2B49-30-5550000"})
    EXPECT_EQ(name_of(std::string("number=") + number), "Cleo") << number;
  for (auto const* number : {"4155550101", "14155550101", "+14155550101", "(415)%20555-0101"})
    EXPECT_EQ(name_of(std::string("number=") + number), "Ann") << number;
  EXPECT_EQ(name_of("number=%2B4315550123"), "Vera");
  EXPECT_EQ(name_of("number=4315550123"), "") << "a Canadian, not Vera of Vienna";
  for (auto const* number : {"%2B49305550000%0d%0aX", "49305550000&country=%27"})
    EXPECT_EQ(name_of(std::string("number=") + number), "Cleo") << number;
  for (auto const* query :
       {"", "number=", "number=anonymous", "number=Restricted", "number=101", "number=%0d%0a",
        "number=%22;DROP", "number=12345678&country=ZZ", "numbr=4155550101"})
    EXPECT_EQ(name_of(query), "") << query;
}

TEST_P(caller_door, tells_tags_apart) {
  start(file_of_partners("1,Ann,,+14155550101,VIP;EU\n2,Cleo,,+49305550000,\"NOVIP;a, VIP\"\n"));
  EXPECT_EQ(answer("/asterisk_plus/get_caller_tags?number=14155550101"), "EU,VIP");
  EXPECT_EQ(answer("/v1/caller/has_tag?tag=VIP&number=14155550101"), "1");
  EXPECT_EQ(answer("/v1/caller/has_tag?tag=VIP&number=49305550000"), "");
  EXPECT_EQ(answer("/v1/caller/has_tag?number=14155550101"), "");
}

TEST_P(caller_door, tells_strangers_nothing) {
  auto const& program = start(file_of_partners("1,Ann,Archer Ltd,+14155550101,VIP\n"));
  httplib::Client stranger(program.http());
  stranger.set_interface("127.0.0.2");
  auto const question = "/asterisk_plus/get_caller_name?number=14155550101";
  for (httplib::Headers const& headers : {httplib::Headers{},
                                          {{"X-Forwarded-For", "127.0.0.1"}},
                                          {{"Authorization", "Bearer cal_x"}}}) {
    auto const said = stranger.Get(question, headers);
    ASSERT_TRUE(said);
    EXPECT_EQ(said->status, 401);
    EXPECT_EQ(said->body, "");
  }
  auto const token = program.token("another-pbx", "");
  auto const said = stranger.Get(question, {{"Authorization", "Bearer " + token}});
  ASSERT_TRUE(said);
  EXPECT_EQ(said->body, "Ann (Archer Ltd)");
}

TEST_P(caller_door, whose_app_fails_lets_calls_pass_under_their_own_name) {
  start("", broken_app(folder(), "caller_name", "require \"calluna.partners\"",
                       "{ lookup = function() error 'broken' end }"));
  for (std::string const path : {"/asterisk_plus/get_caller_name", "/asterisk_plus/get_caller_tags",
                                 "/asterisk_plus/get_partner_manager", "/v1/caller/has_tag"})
    EXPECT_EQ(answer(path + "?number=14155550101&tag=VIP"), "") << path;
  EXPECT_TRUE(logged("error app:caller_name: /v1/caller/has_tag: .*broken"));
  all_doors_let_pass();
}

TEST_P(caller_door, that_is_not_there_lets_calls_pass_under_their_own_name) {
  auto& program = start(file_of_partners("1,Ann,Archer Ltd,+14155550101,VIP\n"));
  {
    auto& all = phone("105", {"answer", "--hangup-after", "200"});
    program.program().signal(SIGSTOP);
    call("reception-curl", {"--from", "+14155550101", "--name", "while it is frozen"});
    EXPECT_TRUE(shows(all, "while it is frozen", "+14155550101")) << "after three deadlines of 1 s";
    EXPECT_TRUE(nothing_left());
    program.program().signal(SIGCONT);
    all.program().signal(SIGKILL);
    EXPECT_TRUE(all.program().wait_end(5s));
  }
  EXPECT_EQ(program.stop(10s), 0);
  all_doors_let_pass();
}

/// The same with a real Odoo for a directory.
class caller_name : public caller_door {
 protected:
  void SetUp() override {
    if (odoo::is_unwanted()) GTEST_SKIP() << "without Odoo, as was asked for";
    lab_test::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    server = &odoo::shared();
  }
  void TearDown() override {
    if (is_down_) server->start_again();
    for (auto const& [ref, name] : renamed_) write_name(ref, name);
    lab_test::TearDown();
  }
  void start_with_odoo() {
    auto const key = folder().write("odoo.key", server->key() + "\n");
    start("[odoo.main]\nurl = \"" + server->url() + "\"\ndatabase = \"" + server->database() +
          "\"\nuser = \"" + server->user() + "\"\nkey_file = \"" + key.string() +
          "\"\n[directory]\nadapter = \"odoo\"\n");
    EXPECT_TRUE(logged("all [0-9]+ partners", 60s));
    // Who has which telephone comes after the partners.
    auto const managers = "/asterisk_plus/get_partner_manager?number=%2B14155550199";
    EXPECT_TRUE(eventually([&] { return answer(managers) == "PJSIP/102"; }, 30s));
  }
  void kill_odoo() {
    is_down_ = true;
    server->kill();
  }
  void rename(std::string const& ref, std::string const& name) {
    renamed_.try_emplace(ref,
                         server->sql("select name from res_partner where ref = '" + ref + "'"));
    write_name(ref, name);
  }
  std::string number_of(std::string const& ref) const {
    return server->sql(
        "select substring(comment::text from '[+][0-9]+') from res_partner where ref = '" + ref +
        "'");
  }

  odoo* server = nullptr;

 private:
  void write_name(std::string const& ref, std::string const& name) const {
    std::string literal;
    for (char const c : name) literal += c == '\'' ? std::string("''") : std::string(1, c);
    server->sql("update res_partner set name = '" + literal + "' where ref = '" + ref + "'");
  }
  bool is_down_ = false;
  std::map<std::string, std::string> renamed_;
};
INSTANTIATE_TEST_SUITE_P(odoo_19, caller_name, testing::Values(22, 16),
                         [](auto const& about) { return "with_" + version_name(about); });

TEST_P(caller_name, leads_callers_to_their_manager_and_the_vip_past_them_by_each_door) {
  start_with_odoo();
  auto& annas = phone("101", {"answer", "--hangup-after", "200"});
  auto& boriss = phone("102", {"answer", "--hangup-after", "200"});
  auto& vips = phone("104", {"answer", "--hangup-after", "200"});
  auto& all = phone("105", {"answer", "--hangup-after", "200"});
  for (auto const* door : doors) {
    SCOPED_TRACE(door);
    auto const from = boriss.log().size(), from_vips = vips.log().size(),
               from_all = all.log().size();
    call(door, {"--from", "+14155550101"});
    call(door, {"--from", "+14155550199"});
    call(door, {"--from", "+49305550000", "--name", "Nobody knows"});
    call(door, {"--from", "+4930999999", "--name", "A stranger"});
    EXPECT_TRUE(shows(vips, "Ann Archer (Archer Ltd)", "+14155550101", from_vips));
    EXPECT_TRUE(shows(boriss, "Bob Baker (Baker & Sons)", "+14155550199", from));
    EXPECT_TRUE(shows(all, "Cleo Carter", "+49305550000", from_all)) << "NOVIP is not VIP";
    EXPECT_TRUE(shows(all, "A stranger", "+4930999999", from_all)) << "who is unknown keeps it";
    EXPECT_TRUE(nothing_left());
  }

  kill_odoo();
  auto const from = boriss.log().size();
  call("reception-curl", {"--from", "+14155550199"});
  EXPECT_TRUE(shows(boriss, "Bob Baker (Baker & Sons)", "+14155550199", from)) << "without Odoo";
  EXPECT_TRUE(nothing_left());
  EXPECT_EQ(annas.log().count("^invited"), 0u) << "the VIP went past";
  EXPECT_EQ(boriss.log().count("^invited"), doors.size() + 1);
  EXPECT_EQ(vips.log().count("^invited"), doors.size());
  EXPECT_EQ(all.log().count("^invited"), 2 * doors.size());
}

TEST_P(caller_name, is_plain_on_the_display_whatever_it_is_in_odoo) {
  struct partner {
    char const *ref, *phone;
    std::string in_odoo, shown;  ///< as SIP writes it between the quotes
  };
  std::string long_name;
  for (int i = 0; i < 2048; ++i) long_name += "\u00E4";
  std::array const partners{partner{"LAB-C00004", "102", "Eve\r\nX-Evil: yes", "Eve X-Evil: yes"},
                            partner{"LAB-C00012", "101", R"(Bob "the \ boss"; DROP TABLE x; --)",
                                    R"(Bob \"the \\ boss\"; DROP TABLE x; --)"},
                            partner{"LAB-C00008", "103", "\u202Egnp.exe \u05E9\u05DC\u05D5\u05DD",
                                    "gnp.exe \u05E9\u05DC\u05D5\u05DD"},
                            partner{"LAB-C00016", "102", "${SHELL(id)} $[1+1] %n, Jr: a?b",
                                    "${SHELL(id)} $[1+1] %n, Jr: a?b"},
                            partner{"LAB-C00028", "102", long_name, long_name.substr(0, 80)}};
  for (auto const& one : partners) rename(one.ref, one.in_odoo);
  start_with_odoo();
  std::map<std::string, party*> phones;
  for (std::string const number : {"101", "102", "103"})
    phones[number] = &phone(number, {"answer", "--hangup-after", "200"});
  for (auto const* door : doors) {
    SCOPED_TRACE(door);
    std::map<std::string, std::size_t> from;
    for (auto const& [number, one] : phones) from[number] = one->log().size();
    for (auto const& one : partners)
      call(door, {"--from", number_of(one.ref), "--name", "as the carrier has it"});
    for (auto const& one : partners)
      EXPECT_TRUE(shows(*phones[one.phone], one.shown, number_of(one.ref), from[one.phone]))
          << phones[one.phone]->log().text().substr(from[one.phone]);
    EXPECT_TRUE(nothing_left());
  }
  for (auto const& [number, one] : phones) EXPECT_EQ(one->log().count("^X-Evil"), 0u) << number;
}

}  // namespace
}  // namespace calluna::integration
