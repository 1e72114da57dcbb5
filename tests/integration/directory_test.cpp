// Who is calling: the directory of a running program, and the example app salesperson.
#include "support/lab_test.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

namespace calluna::integration {
namespace {

constexpr char header[] = "id,name,company,company_id,numbers,tags,salesperson\n";

class directory : public lab_test {
 protected:
  /// A file of partners, and the salesperson app with it.
  std::filesystem::path partners(std::string const& lines) {
    return folder().write("partners.csv", header + lines);
  }
  runtime_settings with_salesperson(std::string const& source,
                                    std::string const& members = "PJSIP/103") {
    return {.apps = {{"salesperson",
                      std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps/salesperson",
                      "config = { members = [\"" + members + "\"], ring_timeout = 2 }"}},
            .sections = source +
                        "\n[user.anna]\nextension = \"101\"\ndevices = "
                        "[\"PJSIP/101\", \"PJSIP/102\"]\n"};
  }
  std::string file_source() {
    return "[directory]\nregion = \"DE\"\nfile = \"" + (folder().path() / "partners.csv").string() +
           "\"\ndatabase = \"" + (folder().path() / "directory.sqlite").string() + "\"\n";
  }
};
CALLUNA_WITH_BOTH(directory);

TEST_P(directory, rings_all_phones_of_the_callers_own_salesperson) {
  partners("1,Ann,Archer Ltd,,030 5550000,,anna\n");
  run(with_salesperson(file_source()));
  phone("101", {"noanswer"});
  phone("102", {"answer", "--hangup-after", "1000"});
  call("app-to-salesperson", {"--from", "+49305550000"});
  EXPECT_TRUE(logged("Ann \\(Archer Ltd\\) talks to their salesperson anna"));
  EXPECT_TRUE(nothing_left());
}

TEST_P(directory, whose_salesperson_is_not_there_waits_in_the_queue) {
  partners("1,Ann,Archer Ltd,,030 5550000,,anna\n");
  run(with_salesperson(file_source()));
  phone("101", {"busy"});
  phone("102", {"busy"});
  auto& agent = phone("103", {"answer", "--hangup-after", "1000"});
  call("app-to-salesperson", {"--from", "+49305550000"});
  EXPECT_TRUE(logged("salesperson anna: busy"));
  EXPECT_TRUE(agent.log().wait_for("answered", 10s));
  EXPECT_TRUE(nothing_left());
}

TEST_P(directory, a_restart_knows_everybody_while_the_source_is_gone_and_tells_its_age) {
  partners("1,Ann,Archer Ltd,,030 5550000,,anna\n");
  auto& before = run(with_salesperson(file_source()));
  EXPECT_EQ(before.status()["directory"]["partners"], 1);
  EXPECT_FALSE(before.status()["directory"]["stale"].get<bool>());

  EXPECT_EQ(before.stop(20s), 0);
  // A business system that nobody serves, in the place of the one that filled the directory.
  auto const odoo = folder().write("key", "0123456789\n");
  auto const dead =
      "[odoo.main]\nurl = \"http://127.0.0.1:1\"\ndatabase = \"d\"\nuser = \"u\"\nkey_file = \"" +
      odoo.string() + "\"\n[directory]\nadapter = \"odoo\"\nregion = \"DE\"\ndatabase = \"" +
      (folder().path() / "directory.sqlite").string() + "\"\n";
  auto const& after = run(with_salesperson(dead));
  auto const now = after.status()["directory"];
  EXPECT_EQ(now["partners"], 1) << now;
  EXPECT_GE(now["age_seconds"].get<int>(), 0);
  EXPECT_TRUE(logged("who is known stays known"));
  EXPECT_FALSE(after.status()["directory"]["last_error"].get<std::string>().empty());
  EXPECT_EQ(after.status().dump().find("0123456789"), std::string::npos);
  phone("102", {"answer", "--hangup-after", "1000"});
  call("app-to-salesperson", {"--from", "+49305550000"});
  EXPECT_TRUE(logged("Ann \\(Archer Ltd\\) talks to their salesperson anna"));
  EXPECT_TRUE(nothing_left());
}

TEST_P(directory, a_change_of_the_file_is_taken_over_and_a_mistake_in_it_is_not) {
  auto const file = partners("1,Ann,Archer Ltd,,030 5550000,,anna\n");
  auto const& program = run(with_salesperson(file_source()));
  partners("1,Ann,Archer Ltd,,030 5550000,,anna\n2,Bob,,,0171 5550001,,\n");
  EXPECT_TRUE(logged("all 2 partners"));
  EXPECT_EQ(program.status()["directory"]["partners"], 2);
  partners("1,Ann,Archer Ltd,,030 5550000,,anna\n2,Bob\n");
  EXPECT_TRUE(logged("partners.csv:3: 2 fields"));
  EXPECT_EQ(program.status()["directory"]["partners"], 2);
}

}  // namespace
}  // namespace calluna::integration
