#include "odoo_fixture.hpp"

#include <gmock/gmock.h>

namespace calluna::bindings {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::SizeIs;

class odoo_module : public odoo_app_test {};

TEST_F(odoo_module, does_what_every_model_can) {
  run(R"lua(
    local id = assert(odoo:create("res.partner", { name = "Ann", phone = "+49301" }))
    assert(odoo:write("res.partner", id, { ref = "A1" }))
    local list = assert(odoo:search_read("res.partner", { { "ref", "=", "A1" } }, { fields = { "name", "mobile" }, limit = 5 }))
    local one = assert(odoo:read("res.partner", id, { "name", "phone" }))
    local several = assert(odoo:create("res.partner", { { name = "B" }, { name = "C" } }))
    show(#list, list[1].name, list[1].mobile, one.phone, #several)
    assert(odoo:unlink("res.partner", several))
    show(#assert(odoo:search_read("res.partner")), #assert(odoo:read("res.partner", several)))
  )lua");
  EXPECT_EQ(log_lines()[log_lines().size() - 2], "info 1 Ann nil +49301 2");
  EXPECT_EQ(last_log(), "info 1 0");
}

TEST_F(odoo_module, calls_any_method_with_its_ids_first) {
  run(R"lua(
    local id = assert(odoo:create("res.partner", { name = "Ann" }))
    assert(odoo:call("res.partner", "message_post", { { id } }, { body = "x" }))
    show(odoo:call("res.partner", "search_count", { {} }),
         odoo:call("res.partner", "search_count", nil, { domain = { { "name", "=", "Ann" } } }),
         odoo:call("res.partner", "search_count", { { { "id", "in", {} } } }))
    assert(odoo:call("res.partner", "write", { id, { category_id = {} } }))
  )lua");
  EXPECT_EQ(last_log(), "info 1 1 0");
  EXPECT_EQ(record("mail.message")["res_id"], record("res.partner")["id"]);
  EXPECT_EQ(record("res.partner")["category_id"], json::array()) << "an empty table is a list";
}

TEST_F(odoo_module, empty_tables_are_lists_but_for_the_values_of_a_command) {
  run(R"lua(
    assert(odoo:create("res.partner", { name = "Ann", category_id = { { 0, 0, {} }, { 6, 0, {} } } }))
  )lua");
  EXPECT_EQ(record("res.partner")["category_id"].dump(), "[[0,0,{}],[6,0,[]]]");
}

TEST_F(odoo_module, failures_have_a_kind_and_a_word_and_the_app_goes_on) {
  run(R"lua(
    local function failure(value, err)
      show(value, err.kind, err.code, err.retryable, type(err.message), tostring(err):match("^%a+: ") ~= nil)
    end
    failure(odoo:search_read("no.model"))
    failure(odoo:create("crm.lead", {}))
    failure(odoo:write("crm.lead", 999, { name = "x" }))
    failure(odoo:read("crm.lead", 999))
    failure(odoo:unlink("crm.lead", 999))
    failure(odoo:create("res.partner", { nmae = "x" }))
    show("on")
  )lua");
  std::vector<std::string> const wanted{"info nil invalid unknown_model false string true",
                                        "info nil invalid validation false string true",
                                        "info nil gone missing false string true",
                                        "info nil gone missing false string true",
                                        "info nil refused access false string true",
                                        "info nil invalid unknown_field false string true",
                                        "info on"};
  EXPECT_EQ(log_lines(), wanted);
}

TEST_F(odoo_module, an_upsert_makes_one_record_though_its_answer_is_lost) {
  server.fail_next("create", fakes::odoo_fault::drop_after);
  run(R"lua(
    local a = assert(odoo:upsert("phone.call", { linkedid = "1.2" }, { direction = "in" }))
    local b = assert(odoo:upsert("phone.call", { linkedid = "1.2" }, { direction = "out" }))
    show(a == b)
  )lua");
  EXPECT_EQ(last_log(), "info true");
  EXPECT_THAT(server.with([](auto& db) { return db.records("phone.call"); }), SizeIs(1));
  EXPECT_EQ(record("phone.call")["direction"], "out");
}

TEST_F(odoo_module, attaches_files_and_writes_notes) {
  run(R"lua(
    local id = assert(odoo:create("res.partner", { name = "Ann" }))
    assert(odoo:attach("res.partner", id, "init.lua"))
    assert(odoo:attach("res.partner", id, { name = "a.txt", data = "hello", mimetype = "text/plain" }))
    assert(odoo:note("res.partner", id, "1 < 2"))
    local value, err = odoo:attach("res.partner", id, "nope.wav")
    show(value, err.kind, err.code)
  )lua");
  EXPECT_EQ(last_log(), "info nil invalid file");
  EXPECT_EQ(record("ir.attachment", 0)["name"], "init.lua");
  EXPECT_EQ(record("ir.attachment", 1)["datas"], "aGVsbG8=");
  EXPECT_EQ(record("mail.message")["body"], "1 &lt; 2");
}

TEST_F(odoo_module, tells_fields_version_and_state) {
  run(R"lua(
    show(odoo:status().state)
    show(assert(odoo:version()).major, assert(odoo:fields("res.partner")).phone.type, odoo:status().state,
         odoo:status().transport)
  )lua");
  EXPECT_EQ(log_lines()[0], "info idle");
  EXPECT_EQ(last_log(), "info 19 char ready JSON-2");
}

TEST_F(odoo_module, a_deadline_is_kept) {
  server.fail_next("res.users.search_read", fakes::odoo_fault::silence);
  run(R"lua(
    local value, err = odoo:search_read("res.users", nil, { timeout = 0.05 })
    show(value, err.kind, err.code, err.retryable)
  )lua");
  EXPECT_EQ(last_log(), "info nil timeout timeout true");
}

TEST_F(odoo_module, several_connections_have_names) {
  connect("main");
  connect("other");
  run(R"lua(
    show(odoo.connect("other"):version().major)
    local function problem(f, ...) local _, e = pcall(f, ...) show((e:gsub("^.-:%d+: ", ""))) end
    problem(function() odoo:version() end)
    problem(function() odoo.connect("mian") end)
  )lua");
  auto const& lines = log_lines();
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[0], "info 19");
  EXPECT_EQ(lines[1], "info odoo: several are configured (main, other): say which by odoo.connect");
  EXPECT_EQ(lines[2], "info odoo.connect: no [odoo.mian] is configured (did you mean 'main'?)");
}

TEST_F(odoo_module, misuse_raises_where_it_was_written) {
  run(R"lua(
    local function problem(f) local _, e = pcall(f) show(e:match("init.lua:(%d+)") ~= nil, (e:gsub("^.-:%d+: ", ""))) end
    problem(function() odoo.search_read("res.partner") end)
    problem(function() odoo:search_read("res.partner", {}, { filds = {} }) end)
    problem(function() odoo:search_read(7) end)
    problem(function() odoo:upsert("x", {}, {}) end)
    problem(function() odoo:attach("x", 1, { name = "a" }) end)
    problem(function() odoo:write("x", "7", {}) end)
    problem(function() odoo:write("x", { "7" }, {}) end)
  )lua");
  std::vector<std::string> const wanted{
      "info true odoo: call its functions with a colon: odoo:search_read(...)",
      "info true odoo:search_read: unknown option 'filds' (did you mean 'fields'?)",
      "info true odoo:search_read: argument 1 is a number; it takes a string",
      "info true odoo:upsert: the key is a table of names and values: { linkedid = id }",
      "info true odoo:attach: the file has a path, or a name and data",
      "info true odoo:write: argument 2 is a string; it takes a number or table",
      "info true a record's id is a whole number"};
  EXPECT_EQ(log_lines(), wanted);
}

TEST_F(odoo_module, without_a_configuration_it_says_so) {
  options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
  run_app(
      "local odoo = require 'calluna.odoo'\n"
      "return { start = function() odoo:version() end }");
  ASSERT_TRUE(started);
  ASSERT_FALSE(*started);
  EXPECT_THAT(started->error().message, HasSubstr("no [odoo.NAME] is configured"));
}

TEST_F(odoo_module, an_answer_after_the_apps_end_finds_nobody) {
  server.hold();
  connect();
  ASSERT_TRUE(
      load("local odoo = require 'calluna.odoo'\n"
           "return { start = function() odoo:version() end }"));
  app_->start([this](result<void> outcome) { started = std::move(outcome); });
  ASSERT_TRUE(fakes::run_until(loop, [this] { return server.count("web.version") == 1; }));
  app_->kill();
  app_.reset();
  server.release();
  auto const client = options.services.erps["main"];
  ASSERT_TRUE(fakes::run_until(
      loop, [&] { return client->status().state == erp::connection_state::ready; }));
}

}  // namespace
}  // namespace calluna::bindings
