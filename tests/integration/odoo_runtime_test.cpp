// The program beside a real Odoo 19: what an app gets of mistakes, and calls while Odoo is down.
#include "support/lab_test.hpp"
#include "support/odoo.hpp"

#include <calluna/store/database.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace calluna::integration {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class odoo_runtime : public lab_test {
 protected:
  void SetUp() override {
    if (odoo::is_unwanted()) GTEST_SKIP() << "without Odoo, as was asked for";
    lab_test::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    server = &odoo::shared();
  }
  void TearDown() override {
    if (is_down) start_odoo();
    lab_test::TearDown();
  }
  void kill_odoo() {
    is_down = true;
    server->kill();
  }
  void start_odoo() {
    server->start_again();
    is_down = false;
  }
  /// One [odoo.<name>].
  std::string connection(std::string const& name, std::string const& transport,
                         std::string const& user, std::string const& whose) {
    auto const key = folder().write(name + ".key", server->key(whose) + "\n");
    return "[odoo." + name + "]\nurl = \"" + server->url() + "\"\ndatabase = \"" +
           server->database() + "\"\nuser = \"" + user + "\"\nkey_file = \"" + key.string() +
           "\"\ntransport = \"" + transport + "\"\n";
  }
  std::filesystem::path database() const { return folder().path() / "directory.sqlite"; }
  /// What the directory's file says of itself.
  std::string setting(std::string const& key) const {
    auto file = store::database::open(database().string()).value();
    auto found = file.prepare("SELECT value FROM setting WHERE key = ?1").value();
    found.bind(1, std::string_view(key));
    return found.step().value_or(false) ? std::string(found.text(0)) : std::string{};
  }
  void pretend_it_was_told_before(std::chrono::seconds span) const {
    auto file = store::database::open(database().string()).value();
    auto change =
        file.prepare("UPDATE setting SET value = value - ?1 WHERE key = 'refreshed_at'").value();
    change.bind(1, static_cast<std::int64_t>(span.count()));
    ASSERT_TRUE(change.run());
  }

  odoo* server = nullptr;
  bool is_down = false;
};
// One version will do: nothing here depends on the PBX's.
INSTANTIATE_TEST_SUITE_P(odoo_19, odoo_runtime, testing::Values(22),
                         [](auto const& about) { return "with_" + version_name(about); });

constexpr char makes_mistakes[] = R"lua(
local odoo, log, task = require "calluna.odoo", require "calluna.log", require "calluna.task"

local function tell(what, value, err) log.info("%s: %s", what, value and "done" or err.kind) end

local function all_mistakes(name)
  local good, wrong, nobody = odoo.connect(name), odoo.connect(name .. "_wrong"), odoo.connect(name .. "_nobody")
  tell("wrong key", wrong:search_read("res.partner", nil, { limit = 1 }))
  tell("unknown model", good:search_read("no.model"))
  tell("missing right", nobody:search_read("crm.lead", nil, { fields = { "name" } }))
  tell("validation", good:create("crm.lead", { name = false }))
end

return { start = function()
  task.spawn(function()
    for _ = 1, 2 do                                      -- told once, however often
      for _, name in ipairs { "json_rpc", "json_2" } do all_mistakes(name) end
    end
    tell("afterwards", odoo.connect("json_rpc"):search_read("res.partner", { { "ref", "=", "LAB-S-ANN" } }))
  end)
end }
)lua";

TEST_P(odoo_runtime, tells_each_mistake_of_an_app_in_one_line_and_the_app_goes_on) {
  folder().write("mistaken/init.lua", makes_mistakes);
  std::string sections;
  for (auto const* transport : {"json-rpc", "json-2"}) {
    std::string const name = transport == std::string("json-2") ? "json_2" : "json_rpc";
    sections += connection(name, transport, "telephony", "") +
                connection(name + "_wrong", transport, "telephony", "WRONG") +
                connection(name + "_nobody", transport, "nobody", "NOBODY");
  }
  run({.apps = {{"mistaken", folder().path() / "mistaken"}}, .sections = sections});
  EXPECT_TRUE(logged("app:mistaken: afterwards: done", 60s));
  EXPECT_TRUE(logged("app:mistaken: wrong key: refused", 0ms, 4));
  EXPECT_TRUE(logged("app:mistaken: unknown model: invalid", 0ms, 4));
  EXPECT_TRUE(logged("app:mistaken: missing right: refused", 0ms, 4));
  EXPECT_TRUE(logged("app:mistaken: validation: invalid", 0ms, 4));
  for (std::string const name : {"json_rpc", "json_2"})
    for (auto const& line :
         {"_wrong: .*key of user 'telephony' is not accepted.*make a new one in Odoo",
          ": .*no model 'no.model': correct its name",
          "_nobody: .*user 'nobody' lacks the right for crm.lead.*give it a group",
          ": .*crm.lead.create was refused its values: correct what the app sends"})
      EXPECT_THAT(last_log().lines(" (warning|error) odoo:" + name + line), SizeIs(1))
          << name << line;
  EXPECT_THAT(last_log().lines(" (warning|error) "), SizeIs(8)) << "and no other";
}

TEST_P(odoo_runtime, is_looked_at_by_the_doctor) {
  auto const& program = run({.apps = {{"stop", test_app("stop")}},
                             .sections = connection("main", "auto", "telephony", "") +
                                         connection("wrong", "auto", "telephony", "WRONG")});
  auto const said = program.doctor();
  EXPECT_EQ(said.code, 1);
  EXPECT_THAT(said.text, HasSubstr("good  odoo.main: Odoo 19"));
  EXPECT_THAT(said.text, HasSubstr("BAD  odoo.wrong: "));
  EXPECT_THAT(said.text, HasSubstr("-> compare user, key and database"));
}

TEST_P(odoo_runtime, takes_a_new_key_while_it_runs_and_keeps_the_present_one_if_that_is_wrong) {
  auto const main = connection("main", "auto", "telephony", "EXPIRED");
  auto const& program = run({.apps = {{"stop", test_app("stop")}},
                             .sections = main + "[directory]\nadapter = \"odoo\"\ndatabase = \"" +
                                         database().string() + "\"\n"});
  auto const state = [&] { return program.status()["odoo"][0]["state"]; };
  EXPECT_TRUE(eventually([&] { return state() == "refused"; }, 30s));
  folder().write("main.key", server->key() + "\n");
  auto const taken = program.rotate_key("main");
  EXPECT_EQ(taken.code, 0) << taken.text;
  EXPECT_EQ(state(), "ready");
  EXPECT_TRUE(logged("all [0-9]+ partners", 60s));

  folder().write("main.key", server->key("WRONG") + "\n");
  auto const refused = program.rotate_key("main");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.text, HasSubstr("not accepted"));
  EXPECT_EQ(refused.text.find(server->key("WRONG")), std::string::npos);
  EXPECT_EQ(state(), "ready");
}

TEST_P(odoo_runtime, knows_callers_and_whose_they_are_while_odoo_is_down_and_after_a_restart) {
  runtime_settings const settings{
      .apps = {{"salesperson",
                std::filesystem::path{CALLUNA_SOURCE_DIR} / "examples/apps/salesperson",
                "config = { members = [\"PJSIP/103\"] }"}},
      .sections = connection("main", "auto", "telephony", "") +
                  "[directory]\nadapter = \"odoo\"\nregion = \"US\"\nstale_seconds = 300\n"
                  "database = \"" +
                  database().string() + "\"\n"};
  auto& before = run(settings);
  ASSERT_TRUE(logged("all [0-9]+ partners", 60s));
  ASSERT_TRUE(eventually([&] { return !setting("users").empty(); }, 30s));
  auto const known = before.status()["directory"]["partners"];
  EXPECT_GT(known, 2200);
  EXPECT_EQ(before.status()["directory"]["stale"], false);

  kill_odoo();
  EXPECT_EQ(before.stop(5s), 0) << "a directory that waits for its next round keeps nobody";
  pretend_it_was_told_before(600s);
  auto const& after = run(settings);
  EXPECT_TRUE(logged("who is known stays known", 30s));
  auto const now = after.status()["directory"];
  EXPECT_EQ(now["partners"], known) << now;
  EXPECT_GE(now["age_seconds"], 600) << now;
  EXPECT_EQ(now["stale"], true) << now;
  EXPECT_NE(now["last_error"], "") << now;
  phone("101", {"answer", "--hangup-after", "1000"});
  call("app-to-salesperson", {"--from", "+14155550101"});
  EXPECT_TRUE(logged("\\(Archer Ltd\\) talks to their salesperson Anna"));
  EXPECT_TRUE(nothing_left());

  start_odoo();
  EXPECT_TRUE(eventually([&] { return after.status()["directory"]["stale"] == false; }, 60s));
}

}  // namespace
}  // namespace calluna::integration
