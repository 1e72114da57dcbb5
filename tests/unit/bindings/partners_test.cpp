#include "call_fixture.hpp"
#include "services_fixture.hpp"

namespace calluna::bindings {
namespace {

class partners : public app_test {
 protected:
  partners() { options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna"; }
  /// Loads `text` as the file `name` and logs what `expression` gives.
  std::string look_up(std::string const& name, std::string const& text,
                      std::string const& expression) {
    auto const file = std::filesystem::temp_directory_path() /
                      ("calluna_" + std::to_string(::getpid()) + "_" + name);
    std::ofstream(file) << text;
    auto const loaded = load(
        "local partners, log = require 'calluna.partners', require 'calluna.log'\n"
        "local n = partners.load('" +
        file.string() +
        "')\n"
        "local function who(number) return partners.lookup(number) end\n"
        "log.info('%s', tostring(" +
        expression + "))");
    std::filesystem::remove(file);
    if (!loaded) {
      auto message = loaded.error().message;
      for (auto at = message.find(file.string()); at != std::string::npos;
           at = message.find(file.string()))
        message.replace(at, file.string().size(), "FILE");
      return message;
    }
    EXPECT_EQ(app_->files().back(), file.string());
    return last_log();
  }
};

constexpr char csv[] =
    "# a comment\n"
    "id,name,company,numbers,tags,salesperson,url\n"
    "1,Ann Archer,\"Archer, Sons \"\"Ltd\"\"\",+1 (415) 555-0101;+49 30 "
    "5550000,VIP;gold,anna=PJSIP/101;PJSIP/201,https://x/1\r\n"
    "\n"
    "2,Bob,,+14155550199,NOVIP,,\n";

TEST_F(partners, a_number_matches_however_it_is_written) {
  EXPECT_EQ(
      look_up(
          "a.csv", csv,
          "who('+14155550101').id .. who('+1 415 555-0101').name .. who('+49305550000').name .. n"),
      "info 1Ann ArcherAnn Archer2");
  EXPECT_EQ(look_up("a.csv", csv, "who('4155550101') or who('') or who(nil) or who('anonymous')"),
            "info nil");
}

TEST_F(partners, tags_are_whole_words) {
  EXPECT_EQ(
      look_up("a.csv", csv,
              "tostring(who('+14155550101').tags.VIP) .. tostring(who('+14155550199').tags.VIP)"),
      "info truenil");
}

TEST_F(partners, the_salesperson_has_a_user_and_endpoints) {
  EXPECT_EQ(look_up("a.csv", csv,
                    "who('+14155550101').salesperson.user .. "
                    "table.concat(who('+14155550101').salesperson.endpoints, ' ')"),
            "info annaPJSIP/101 PJSIP/201");
  EXPECT_EQ(look_up("a.csv", csv, "who('+14155550199').salesperson"), "info nil");
}

TEST_F(partners, the_display_name_holds_the_company) {
  EXPECT_EQ(look_up("a.csv", csv,
                    "who('+14155550101').display_name .. '/' .. who('+14155550199').display_name"),
            "info Ann Archer (Archer, Sons \"Ltd\")/Bob");
}

TEST_F(partners, json_works_as_well) {
  EXPECT_EQ(
      look_up("a.json", R"([{"id": 7, "name": "Ann", "numbers": ["+1 415 5550101"], "tags": ["VIP"],
      "salesperson": {"user": "anna", "endpoints": ["PJSIP/101"]}}])",
              "who('+14155550101').salesperson.endpoints[1]"),
      "info PJSIP/101");
}

TEST_F(partners, a_bad_file_is_told_with_its_line) {
  EXPECT_EQ(look_up("a.csv", "id,nmae,numbers\n", "n"),
            "FILE:1: unknown column 'nmae' (did you mean 'name'?)");
  EXPECT_EQ(look_up("a.csv", "id,name,numbers\n1,Ann\n", "n"),
            "FILE:2: 2 fields; the first line names 3 columns");
  EXPECT_EQ(look_up("a.csv", "id,name,numbers\n\n1,Ann,\n", "n"), "FILE:3: Ann has no number");
  EXPECT_EQ(look_up("a.csv", "id,name,numbers\n1,\"Ann\nB\",+49305550000\n2,Bob,one\n", "n"),
            "FILE:4: 'one' is no telephone number; one without a country code needs a region");
  EXPECT_EQ(look_up("a.csv", "id,name,numbers\n1,Ann,+49305550000\n2,\"Bob,2\n", "n"),
            "FILE:3: a quote is opened and never closed");
  EXPECT_EQ(look_up("a.csv", "id,name,numbers\n7,Ann,+49305550000\n7,Bob,+49305550001\n", "n"),
            "FILE:3: id 7 is that of FILE:2 already");
  EXPECT_EQ(look_up("a.json", "[\n{\"name\": \"Ann\",,}]", "n"), "FILE:2: not JSON at byte 18");
  EXPECT_EQ(look_up("a.json", "[{\"name\": \"Ann\", \"number\": 1}]", "n"),
            "FILE: entry 1: unknown key 'number'");
}

TEST_F(partners, a_missing_file_is_told_at_the_line_that_wants_it) {
  auto const loaded =
      load("local partners = require 'calluna.partners'\n\npartners.load('nope.csv')\n");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("init.lua:3: partners.load: "), std::string::npos)
      << loaded.error().message;
}

TEST_F(partners, a_number_of_several_is_ambiguous_and_the_candidates_are_told) {
  constexpr char twins[] =
      "id,name,company,company_id,numbers\n"
      "1,Ann,,,+49305550000\n"
      "2,Bob,,,+49305550000\n"
      "3,Cleo,Carter,4,+49305550001\n"
      "4,Carter,,,+49305550001\n";
  auto const asked = [&](std::string const& expression) {
    return look_up("t.csv", twins, expression);
  };
  EXPECT_EQ(asked("(select(2, who('+49305550000')))"),
            "info ambiguous: +49305550000 is the number of Ann, Bob");
  EXPECT_EQ(asked("(select(2, who('+49305550000'))).candidates[2].id"), "info 2");
  EXPECT_EQ(asked("partners.lookup('+49305550000', { consolidate = 'first' })"), "info Ann");
  EXPECT_EQ(asked("partners.lookup('+49305550000', { consolidate = function(c) return c[2] end })"),
            "info Bob");
  EXPECT_EQ(asked("partners.lookup('+49305550000', { consolidate = function() end })"), "info nil");
  EXPECT_EQ(asked("who('+49305550001')"), "info Cleo (Carter)");
  EXPECT_EQ(asked("(select(2, partners.lookup('+49305550001', { consolidate = 'none' }))).kind"),
            "info ambiguous");
}

TEST_F(partners, a_company_without_a_number_is_there_for_its_people) {
  constexpr char archers[] =
      "id,name,company,company_id,is_company,numbers\n"
      "1,Ann,Archer,9,,+49305550000\n"
      "2,Bob,Archer,9,,+49305550000\n"
      "9,Archer,,,yes,\n";
  EXPECT_EQ(look_up("c.csv", archers, "who('+49305550000').id"), "info 9");
}

TEST_F(partners, of_many_candidates_the_error_names_a_few) {
  std::string many = "id,name,numbers\n";
  for (int i = 1; i <= 8; ++i)
    many += std::to_string(i) + ",P" + std::to_string(i) + ",+49305550000\n";
  EXPECT_EQ(look_up("m.csv", many, "(select(2, who('+49305550000')))"),
            "info ambiguous: +49305550000 is the number of P1, P2, P3, P4, P5, 3 more");
  EXPECT_EQ(look_up("m.csv", many, "#(select(2, who('+49305550000'))).candidates"), "info 8");
}

TEST_F(partners, what_is_no_number_at_all_is_told_at_the_callers_line) {
  auto const text = look_up("a.csv", csv, "partners.lookup({})");
  EXPECT_NE(text.find("init.lua:4: partners.lookup: argument 1 is a table"), std::string::npos)
      << text;
}

TEST_F(partners, a_wrong_policy_is_told_at_the_callers_line) {
  auto const text = look_up("a.csv", csv, "partners.lookup('+1', { consolidate = 'any' })");
  EXPECT_NE(text.find("init.lua:4: partners.lookup: consolidate is"), std::string::npos) << text;
}

TEST_F(partners, a_partner_is_read_only_walks_with_pairs_and_becomes_json) {
  EXPECT_EQ(look_up("a.csv", csv, "require('calluna.json').encode({ who('+14155550199') })"),
            R"(info [{"company":"","display_name":"Bob","id":2,"is_company":false,"name":"Bob",)"
            R"("numbers":["+14155550199"],"tags":{"NOVIP":true}}])");
  EXPECT_EQ(look_up("a.csv", csv,
                    "(function() local n = 0 for _ in pairs(who('+14155550199')) do n = n + 1 end "
                    "return n end)()"),
            "info 7");
  EXPECT_NE(look_up("a.csv", csv, "(function() who('+14155550199').name = 'x' end)()")
                .find("partners are read-only"),
            std::string::npos);
  EXPECT_EQ(look_up("a.csv", csv, "who('+14155550199') == who('+1 415 555 0199')"), "info true");
}

/// Apps with the directory of the runtime.
class shared_partners : public app_test {
 protected:
  shared_partners() {
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
    options.services = services_with(R"([
      {"id": 17, "name": "Ann", "company": "Archer Ltd", "numbers": ["030 5550000"], "tags": ["VIP"],
       "salesperson": "7", "url": "https://x/17", "lang": "de_DE"}])");
  }
  std::string said(std::string const& expression) {
    auto const loaded = load(
        "local partners, users, log = require 'calluna.partners', require 'calluna.users', require "
        "'calluna.log'\n"
        "log.info('%s', tostring(" +
        expression + "))");
    return loaded ? last_log() : loaded.error().message;
  }
};

TEST_F(shared_partners, are_found_without_loading_anything) {
  EXPECT_EQ(said("partners.lookup('+49305550000').display_name"), "info Ann (Archer Ltd)");
  EXPECT_EQ(said("partners.lookup('0305550000')"), "info nil") << "no region is known";
  EXPECT_EQ(said("partners.lookup('0305550000', { region = 'DE' }).id"), "info 17");
  EXPECT_EQ(said("partners.get(17).lang"), "info de_DE");
  EXPECT_EQ(said("partners.get(18)"), "info nil");
  EXPECT_EQ(said("partners.status().partners"), "info 1");
}

TEST_F(shared_partners, have_the_telephones_of_their_salesperson) {
  EXPECT_EQ(said("table.concat(partners.get(17).salesperson.endpoints, ' ')"),
            "info PJSIP/101 PJSIP/201");
  EXPECT_EQ(said("partners.get(17).salesperson.user"), "info anna");
  EXPECT_EQ(said("partners.get(17).salesperson.name"), "info Anna");
}

TEST_F(shared_partners, cannot_be_changed_by_an_app) {
  EXPECT_EQ(said("rawget(partners, 'apply')"), "info nil");
}

TEST_F(shared_partners, without_a_directory_nobody_is_known) {
  options.services = {};
  EXPECT_EQ(said("partners.lookup('+49305550000')"), "info nil");
  EXPECT_EQ(said("partners.status()"), "info nil");
}

TEST_F(shared_partners, users_are_found_by_what_a_call_tells) {
  EXPECT_EQ(said("users.by_channel('PJSIP/201-0000001f').id"), "info anna");
  EXPECT_EQ(said("users.by_channel('Local/101@agents-0000;2').name"), "info Anna");
  EXPECT_EQ(said("users.by_exten(101).devices[1].channel"), "info PJSIP/101");
  EXPECT_EQ(said("users.get('7').id"), "info anna");
  EXPECT_EQ(said("table.concat(users.endpoints('anna'), ' ')"), "info PJSIP/101 PJSIP/201");
  EXPECT_EQ(said("users.get('nobody') or users.by_channel('PJSIP/1-1') or users.endpoints('x')"),
            "info nil");
  EXPECT_EQ(said("#users.all()"), "info 2");
}

/// The example app on the PBX in miniature.
class vip_queue : public call_test {};

TEST_F(vip_queue, a_vip_passes_the_ordinary_ones) {
  application = "vip-queue";
  options.path = CALLUNA_SOURCE_DIR "/examples/apps/vip_queue";
  options.log = logger(std::make_shared<recording_log>(), "app");
  options.pbxs = {pbx};
  options.time = time;
  options.config_json = R"({"members": ["PJSIP/101"], "wrap_up": 0})";
  options.services = services_with(R"([
      {"id": 1, "name": "Ann Archer", "company": "Archer Ltd", "numbers": ["+14155550101"], "tags": ["VIP"]},
      {"id": 2, "name": "Bob Baker", "company": "Baker & Sons", "numbers": ["+14155550199"]},
      {"id": 3, "name": "Cleo Carter", "numbers": ["+49305550000"], "tags": ["NOVIP", "newsletter"]}])");
  app_ = app::create(loop.get_executor(), options, *this);
  auto const loaded = app_->load();
  ASSERT_TRUE(loaded) << loaded.error().message;
  app_->start([this](result<void> outcome) { started = std::move(outcome); });
  settle();
  ASSERT_TRUE(started && *started) << started->error().message;
  call("c1", "+14155550199");
  pick_up(leg_of["PJSIP/101"]);
  EXPECT_EQ(bridged.substr(0, 3), "c1,");
  EXPECT_EQ(query(*last_request(leg_of["PJSIP/101"]), "callerId"),
            "\"Bob Baker (Baker & Sons)\" <+14155550199>");
  call("c2", "+14155550198");
  call("c3", "+493055500 00");  // NOVIP is not VIP
  call("c4", "+14155550101");
  for (std::string const next : {"c4", "c2", "c3"}) {
    hang_up(leg_of["PJSIP/101"]);
    flush();
    pick_up(leg_of["PJSIP/101"]);
    EXPECT_EQ(bridged.substr(0, 3), next + ",");
  }
  EXPECT_EQ(query(*last_request("c4/variable"), "value"), "Ann Archer (Archer Ltd)");
}

}  // namespace
}  // namespace calluna::bindings
