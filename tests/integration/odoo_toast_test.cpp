// Toasts of an app in the web client of a real Odoo 19, as far as the bus that tells them.
#include "support/odoo.hpp"
#include "support/odoo_tab.hpp"
#include "unit/bindings/app_fixture.hpp"
#include "unit/sdk/erp/client_fixture.hpp"

#include <calluna/directory/user.hpp>

namespace calluna::integration {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using erp::transport_choice;
using testing::HasSubstr;
using testing::SizeIs;

/// An app with the connections `main` (the integration user) and `admin`.
class odoo_toast : public bindings::app_test, public testing::WithParamInterface<transport_choice> {
 protected:
  void SetUp() override {
    if (odoo::is_unwanted()) GTEST_SKIP() << "without Odoo, as was asked for";
    server = &odoo::shared();
    options.library_path = CALLUNA_SOURCE_DIR "/scripts/calluna";
    connect("main", server->user(), "");
    connect("admin", "admin", "ADMIN");
    forget();
    std::vector<directory::user> users;
    for (std::string const login : {"anna", "boris"}) {
      users.emplace_back();
      users.back().id = login;
      users.back().external_id =
          server->sql("select id from res_users where login = '" + login + "'");
    }
    options.services.users = directory::user_registry::create(users).value();
  }
  void TearDown() override {
    app_test::TearDown();
    for (auto const& [name, client] : options.services.erps) client->stop();
    options.services = {};
    blocking.join();
    settle();
  }
  /// As if no toast had ever been shown there; Odoo keeps such things in memory, so it is asked.
  void forget() {
    run(R"lua(
      local admin = odoo.connect "admin"
      for _, model in ipairs { "ir.actions.server", "res.groups" } do
        local domain = { { "name", "in", { "Calluna: toast", "Calluna" } } }
        local ids = assert(admin:call(model, "search", { domain }))
        if #ids > 0 then assert(admin:unlink(model, ids)) end
      end
    )lua");
    app_test::TearDown();
  }
  void connect(std::string const& name, std::string const& user, std::string const& whose) {
    erp::client_options o;
    o.name = name;
    o.url = server->url();
    o.database = server->database();
    o.user = user;
    o.key = server->key(whose);
    o.transport = GetParam();
    options.services.erps[name] = std::make_shared<erp::client>(
        loop.get_executor(), blocking.get_executor(), o, logger(lines, "odoo"));
  }
  /// Runs `body` as the start of an app, until it has returned; fails the test if it raises.
  void run(std::string const& body) {
    auto const loaded = load(
        "local odoo, log = require 'calluna.odoo', require 'calluna.log'\n"
        "local toast = require 'calluna.odoo_toast'\n"
        "local function show(text, opts) opts.odoo = odoo.connect 'main' return toast.show(text, "
        "opts) end\n"
        "return { start = function()\n" +
        body + "\nend }");
    ASSERT_TRUE(loaded) << loaded.error().message;
    started.reset();
    app_->start([this](result<void> outcome) { started = std::move(outcome); });
    ASSERT_TRUE(fakes::run_until(
        loop, [this] { return started.has_value(); }, 60s));
    ASSERT_TRUE(*started) << started->error().message;
  }
  static constexpr char install[] =
      "assert(toast.install(odoo.connect 'admin', { user = 'telephony' }))\n";

  odoo* server = nullptr;
  boost::asio::thread_pool blocking{8};
  std::shared_ptr<erp::erp_log> lines = std::make_shared<erp::erp_log>();
};
INSTANTIATE_TEST_SUITE_P(odoo_19, odoo_toast,
                         testing::Values(transport_choice::json_rpc, transport_choice::json2),
                         [](auto const& about) {
                           return about.param == transport_choice::json2 ? "json2" : "json_rpc";
                         });

TEST_P(odoo_toast, reaches_the_tabs_of_that_user_and_nobody_elses) {
  odoo_tab anna(*server, "anna"), anna_again(*server, "anna"), boris(*server, "boris");
  run(std::string(install) + R"lua(
    assert(show("anna", { title = "Ann Archer (Archer Ltd)", message = "+14155550101 calls", kind = "success", sticky = true }))
    assert(show("boris", { message = "marker" }))
  )lua");
  json const wanted{{"title", "Ann Archer (Archer Ltd)"},
                    {"message", "+14155550101 calls"},
                    {"type", "success"},
                    {"sticky", true},
                    {"warning", true}};
  EXPECT_EQ(anna.next_toast(20s), wanted);
  EXPECT_EQ(anna_again.next_toast(20s), wanted);
  auto const other = boris.next_toast(20s);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->at("message"), "marker") << "Anna's was told before it";
  EXPECT_EQ(other->at("type"), "info");
}

TEST_P(odoo_toast, is_refused_to_a_user_without_the_group) {
  odoo_tab anna(*server, "anna");
  run(R"lua(
    local function failure(done, err) log.info("%s %s %s", done, err.kind, err.code) return err.message end
    log.info("%s", failure(show("anna", { message = "too early" })))
    assert(toast.install(odoo.connect "admin"))
    log.info("%s", failure(show("anna", { message = "not in the group" })))
    -- Past the look-up, as somebody would who knows the action's id.
    local id = assert(odoo.connect("admin"):search_read("ir.actions.server", { { "name", "=", "Calluna: toast" } }))[1].id
    local context = { calluna_toast = { user = 2, message = "x" } }
    failure(odoo.connect("main"):call("ir.actions.server", "run", { { id } }, { context = context }))
    failure(toast.install(odoo.connect "main"))
    assert(toast.install(odoo.connect "admin", { user = "telephony" }))
    assert(show("anna", { message = "now" }))
  )lua");
  auto const& said = log_lines();
  ASSERT_THAT(said, SizeIs(6));
  for (auto const at : {0, 2, 4, 5}) EXPECT_EQ(said[at], "info nil refused access");
  for (auto const at : {1, 3})
    EXPECT_THAT(said[at], HasSubstr("user 'telephony' may run no action 'Calluna: toast'"));
  auto const first = anna.next_toast(20s);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->at("message"), "now") << "and none of the others";
}

TEST_P(odoo_toast, the_group_is_no_right_to_anything_else) {
  run(std::string(install) + R"lua(
    local main = odoo.connect "main"
    local function code(value, err) log.info("%s", value and "done" or err.code) end
    code(main:search_read("ir.actions.server", nil, { fields = { "code" } }))
    code(main:create("ir.actions.server", { name = "x", state = "code", model_id = 1 }))
    code(main:search_read("res.groups", { { "name", "=", "Calluna" } }, { fields = { "user_ids" } }))
  )lua");
  EXPECT_EQ(log_lines()[0], "info access");
  EXPECT_EQ(log_lines()[1], "info access");
  EXPECT_EQ(
      server->sql("select count(*) from ir_model_access a join res_groups g on g.id = a.group_id "
                  "where g.name->>'en_US' = 'Calluna'"),
      "0");
}

TEST_P(odoo_toast, hostile_text_arrives_as_it_is_written) {
  odoo_tab anna(*server, "anna");
  run(std::string(install) + R"lua(
    assert(show("anna", { title = "<script>alert(1)</script>", message = "<b>bold</b> &amp; '); env.cr.execute('x" }))
    assert(show("anna", { title = "%(user)s {user} ${user} \" \\ '''", message = ("<i>"):rep(4096) }))
    assert(show("anna", { title = "\226\128\174evil", message = "a\0b\255\r\nc" }))
    -- What the group may send without us is held to the same.
    local id = assert(odoo.connect("admin"):search_read("ir.actions.server", { { "name", "=", "Calluna: toast" } }))[1].id
    local function raw(shown)
      return odoo.connect("main"):call("ir.actions.server", "run", { { id } }, { context = { calluna_toast = shown } })
    end
    local anna = tonumber(require("calluna.users").get("anna").external_id)
    local _, err = raw { user = anna, title = { "list" }, message = ("x"):rep(5000), kind = "x\" onclick=\"y", sticky = "yes" }
    assert(not err, err)
    _, err = raw { user = "__import__('os')", message = "x" }
    assert(err and err.code == "server", err)
    _, err = raw { message = "x" }
    assert(err and err.code == "missing", err)
  )lua");
  auto const one = anna.next_toast(20s), two = anna.next_toast(20s), three = anna.next_toast(20s),
             four = anna.next_toast(20s);
  ASSERT_TRUE(one && two && three && four);
  EXPECT_EQ(one->at("title"), "<script>alert(1)</script>");
  EXPECT_EQ(one->at("message"), "<b>bold</b> &amp; '); env.cr.execute('x");
  EXPECT_EQ(two->at("title"), "%(user)s {user} ${user} \" \\ '''");
  EXPECT_THAT(two->at("message").get<std::string>(), SizeIs(500));
  EXPECT_EQ(three->at("title"), "evil");
  EXPECT_EQ(three->at("message"), "a b\ufffd c");
  EXPECT_EQ(four->at("title"), "['list']");
  EXPECT_THAT(four->at("message").get<std::string>(), SizeIs(500));
  EXPECT_EQ(four->at("type"), "info");
  EXPECT_EQ(four->at("sticky"), true);
}

TEST_P(odoo_toast, installing_twice_changes_nothing_and_mends_what_was_changed) {
  odoo_tab anna(*server, "anna");
  run(std::string(install) + install + R"lua(
    local admin = odoo.connect "admin"
    local ids = assert(admin:call("ir.actions.server", "search", { { { "name", "=", "Calluna: toast" } } }))
    assert(#ids == 1)
    assert(admin:write("ir.actions.server", ids, { code = "raise UserError('changed')" }))
    local done, err = show("anna", { message = "x" })
    assert(not done and err.code == "user", err)
    assert(ids[1] == assert(toast.install(admin, { user = "telephony" })))
    assert(show("anna", { message = "mended" }))
    -- Deleted and made anew: the id that is remembered leads nowhere.
    assert(admin:unlink("ir.actions.server", ids))
    assert(ids[1] ~= assert(toast.install(admin)))
    assert(show("anna", { message = "found again" }))
    done, err = show(99999999, { message = "x" })
    assert(not done and err.code == "missing", err)
  )lua");
  EXPECT_EQ(anna.next_toast(20s).value_or(json::object()).value("message", ""), "mended");
  EXPECT_EQ(anna.next_toast(20s).value_or(json::object()).value("message", ""), "found again");
}

TEST_P(odoo_toast, may_be_for_a_group_of_odoos) {
  odoo_tab anna(*server, "anna");
  run(R"lua(
    assert(toast.install(odoo.connect "admin", { group = "sales_team.group_sale_salesman_all_leads" }))
    assert(show("anna", { message = "x" }))
  )lua");
  EXPECT_EQ(anna.next_toast(20s).value_or(json::object()).value("message", ""), "x");
}

}  // namespace
}  // namespace calluna::integration
