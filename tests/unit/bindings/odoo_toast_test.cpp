#include "odoo_fixture.hpp"

#include <calluna/directory/user.hpp>

#include <gmock/gmock.h>

namespace calluna::bindings {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// Anna is a user of the fake Odoo; what is run there shows toasts.
class odoo_toast : public odoo_app_test {
 protected:
  explicit odoo_toast(int major = 19) : odoo_app_test(major) {
    anna_id = add("res.users", {{"name", "Anna"}, {"login", "anna"}});
    directory::user anna;
    anna.id = "anna";
    anna.name = "Anna";
    anna.external_id = std::to_string(anna_id);
    directory::user guest;
    guest.id = "guest";
    guest.name = "Guest";
    options.services.users = directory::user_registry::create({anna, guest}).value();
    connect();
  }
  void run_toast(std::string const& body) {
    run("local toast = require 'calluna.odoo_toast'\nlocal anna = " + std::to_string(anna_id) +
        "\n" + body);
  }
  /// As an administrator would: the action, and its group for the user.
  void install() {
    run_toast("assert(toast.install(odoo))");
    join("Calluna");
  }
  void join(std::string const& group) {
    server.with([&](auto& db) {
      for (auto const& one : db.records("res.groups"))
        if (one["name"] == group) db.groups.insert(one["id"].template get<erp::record_id>());
      return 0;
    });
  }
  std::vector<json> ran() {
    return server.with([](auto& db) { return db.ran; });
  }
  json shown(std::size_t at = 0) {
    auto const all = ran();
    return at < all.size() ? all[at]["calluna_toast"] : json();
  }
  std::vector<json> actions() {
    return server.with([](auto& db) { return db.records("ir.actions.server"); });
  }

  erp::record_id anna_id = 0;
};

class odoo_14_toast : public odoo_toast {
 protected:
  odoo_14_toast() : odoo_toast(14) {}
};

TEST_F(odoo_toast, is_shown_to_a_user_a_key_or_an_id_of_odoo) {
  install();
  run_toast(R"lua(
    local users = require "calluna.users"
    show(toast.show(users.get "anna", { message = "one" }),
         toast.show("anna", { message = "two", title = "Ann", kind = "danger", sticky = true }),
         toast.show(anna, { message = "three", odoo = odoo.connect "main" }))
  )lua");
  EXPECT_EQ(last_log(), "info true true true");
  json const first{
      {"user", anna_id}, {"title", ""}, {"message", "one"}, {"kind", "info"}, {"sticky", false}};
  json const second{{"user", anna_id},
                    {"title", "Ann"},
                    {"message", "two"},
                    {"kind", "danger"},
                    {"sticky", true}};
  EXPECT_EQ(shown(0), first);
  EXPECT_EQ(shown(1), second);
  EXPECT_EQ(shown(2)["user"], anna_id);
  EXPECT_EQ(server.count("ir.actions.actions.get_bindings"), 2) << "once for each connection";
}

TEST_F(odoo_toast, is_installed_once_and_again_brought_up_to_date) {
  run_toast(R"lua(
    local first = assert(toast.install(odoo))
    assert(odoo:write("ir.actions.server", first, { code = "old", binding_view_types = "form" }))
    show(first == assert(toast.install(odoo, { group = "Calluna" })))
  )lua");
  EXPECT_EQ(last_log(), "info true");
  ASSERT_THAT(actions(), SizeIs(1));
  auto const action = actions()[0];
  EXPECT_EQ(action["state"], "code");
  EXPECT_THAT(action["code"],
              HasSubstr("._sendone(user.partner_id, 'simple_notification', shown)"));
  EXPECT_EQ(action["binding_view_types"], "none") << "in no menu";
  EXPECT_EQ(action["group_ids"], json::array({{6, 0, {record("res.groups")["id"]}}}));
  EXPECT_EQ(record("res.groups")["name"], "Calluna");
  EXPECT_EQ(record("res.groups", 1), json()) << "one group";
  EXPECT_EQ(record("ir.model.data")["res_id"], record("res.groups")["id"]);
  EXPECT_EQ(record("ir.model.data", 1), json()) << "one XML id of it";
}

TEST_F(odoo_14_toast, is_installed_as_that_version_wants_it) {
  run_toast(R"lua(assert(toast.install(odoo, { user = "anna" })))lua");
  EXPECT_THAT(actions().at(0)["code"], HasSubstr(".sendone((env.cr.dbname, 'res.partner', "));
  EXPECT_EQ(actions()[0]["groups_id"], json::array({{6, 0, {record("res.groups")["id"]}}}));
  EXPECT_EQ(record("res.groups")["users"], json::array({{4, anna_id}}));
  join("Calluna");
  run_toast(R"lua(show(toast.show(anna, { message = "x" })))lua");
  EXPECT_EQ(last_log(), "info true");
  EXPECT_EQ(shown()["message"], "x");
}

TEST_F(odoo_toast, is_for_the_group_that_is_named) {
  auto const group = add("res.groups", {{"name", "Managers"}});
  add("ir.model.data",
      {{"module", "sales"}, {"name", "managers"}, {"model", "res.groups"}, {"res_id", group}});
  run_toast(R"lua(
    assert(toast.install(odoo, { group = "sales.managers" }))
    local function failure(_, err) show(err.kind, err.message) end
    failure(toast.install(odoo, { group = "sales.manager" }))
    failure(toast.install(odoo, { user = "nobody" }))
  )lua");
  EXPECT_EQ(actions().at(0)["group_ids"][0][2], json::array({record("res.groups", 1)["id"]}))
      << "the last one holds";
  EXPECT_EQ(log_lines()[0], "info invalid toast.install: Odoo has no group 'sales.manager'");
  EXPECT_EQ(log_lines()[1], "info invalid toast.install: Odoo has no user 'nobody'");
}

TEST_F(odoo_toast, is_not_installed_by_somebody_without_the_right) {
  server.with([](auto& db) { return db.forbidden.insert("ir.model.search_read").second; });
  run_toast(R"lua(
    local id, err = toast.install(odoo)
    show(id, err.kind, err.code, err.message)
  )lua");
  EXPECT_THAT(last_log(), HasSubstr("info nil refused access toast.install needs a user of Odoo's "
                                    "group Settings (base.group_system), which telephony is not"));
  EXPECT_THAT(actions(), SizeIs(0));
}

TEST_F(odoo_toast, without_the_action_or_the_group_it_says_what_to_do) {
  run_toast(R"lua(
    local function failure(done, err) show(done, err.kind, err.code, err.message) end
    failure(toast.show("anna", { message = "x" }))
    assert(toast.install(odoo))
    failure(toast.show("anna", { message = "x" }))
  )lua");
  for (auto const& line : log_lines())
    EXPECT_EQ(line,
              "info nil refused access toast.show: user 'telephony' may run no action 'Calluna: "
              "toast' in Odoo: an administrator has to call toast.install once, and to give "
              "telephony the group that was named there");
  EXPECT_THAT(ran(), SizeIs(0));
}

TEST_F(odoo_toast, finds_the_action_again_when_it_was_made_anew) {
  install();
  run_toast(R"lua(
    assert(toast.show(anna, { message = "one" }))
    local old = assert(odoo:search_read("ir.actions.server"))[1].id
    assert(odoo:unlink("ir.actions.server", old))
    assert(old ~= assert(toast.install(odoo)))
    assert(toast.show(anna, { message = "two" }))
    assert(odoo:unlink("ir.actions.server", assert(odoo:search_read("ir.actions.server"))[1].id))
    local done, err = toast.show(anna, { message = "three" })
    show(done, err.code)
  )lua");
  EXPECT_EQ(last_log(), "info nil access");
  ASSERT_THAT(ran(), SizeIs(2));
  EXPECT_EQ(shown(1)["message"], "two");
}

TEST_F(odoo_toast, tells_failures_as_all_of_odoo_does) {
  install();
  server.fail_next("run", fakes::odoo_fault::drop_before);
  server.fail_next("run", fakes::odoo_fault::silence);
  run_toast(R"lua(
    local function failure(done, err) show(done, err.kind, err.code, err.retryable) end
    failure(toast.show(anna, { message = "x" }))
    failure(toast.show(anna, { message = "x", timeout = 0.2 }))
    failure(toast.show(987654, { message = "x" }))
    failure(toast.show(987654, { message = "x" }))
    failure(toast.show("guest", { message = "x" }))
    failure(toast.show("nobody", { message = "x" }))
    failure(toast.show(1.5, { message = "x" }))
  )lua");
  std::vector<std::string> const wanted{
      "info nil offline unreachable false", "info nil timeout timeout false",
      "info nil gone missing false",        "info nil gone missing false",
      "info nil invalid nil false",         "info nil invalid nil false",
      "info nil invalid nil false"};
  EXPECT_EQ(log_lines(), wanted);
}

TEST_F(odoo_toast, what_is_shown_stays_text_and_no_longer_than_it_may) {
  install();
  run_toast(R"lua(
    assert(toast.show(anna, { title = "<b>Ann</b>\r\n\0'); env.cr.execute('x", message = "%s \\ ${1} {{2}}" }))
    assert(toast.show(anna, { title = ("ä"):rep(500), message = ("<"):rep(4096) }))
    assert(toast.show(anna, { title = "\226\128\174evil\226\129\166\226\128\143", message = "a\255b" }))
  )lua");
  EXPECT_EQ(shown(0)["title"], "<b>Ann</b> '); env.cr.execute('x");
  EXPECT_EQ(shown(0)["message"], "%s \\ ${1} {{2}}");
  std::string title;
  for (int i = 0; i < 98; ++i) title += "ä";
  EXPECT_EQ(shown(1)["title"], title + "…");
  EXPECT_EQ(shown(1)["message"], std::string(497, '<') + "…");
  EXPECT_EQ(shown(2)["title"], "evil\u200f");
  EXPECT_EQ(shown(2)["message"],
            "a\ufffd"
            "b");
  EXPECT_THAT(actions().at(0)["code"], Not(HasSubstr("Ann"))) << "the code is always the same";
}

TEST_F(odoo_toast, misuse_raises_where_it_was_written) {
  run_toast(R"lua(
    local function problem(f) local _, e = pcall(f) show(e:match("init.lua:(%d+)") ~= nil, (e:gsub("^.-:%d+: ", ""))) end
    problem(function() toast.show(anna, { title = "x" }) end)
    problem(function() toast.show(anna, { message = "x", kind = "waring" }) end)
    problem(function() toast.show(nil, { message = "x" }) end)
    problem(function() toast.show(anna, { message = "x", text = "y" }) end)
    problem(function() toast.show(anna, { message = "x", odoo = {} }) end)
    problem(function() toast.install(nil) end)
    problem(function() toast.install({}) end)
    problem(function() toast.install(odoo, { group = "base.group_system", user = "anna" }) end)
  )lua");
  std::vector<std::string> const wanted{
      "info true toast.show: option 'message' is missing",
      "info true toast.show: unknown kind 'waring' (did you mean 'warning'?)",
      "info true toast.show: argument 1 is a nil; it takes a table or string or number",
      "info true toast.show: unknown option 'text'",
      "info true toast.show: option 'odoo' is no connection of calluna.odoo",
      "info true toast.install: argument 1 is no connection of calluna.odoo",
      "info true toast.install: argument 1 is no connection of calluna.odoo",
      "info true toast.install: option 'user' does not go with the group base.group_system, give "
      "it to the user in Odoo"};
  EXPECT_EQ(log_lines(), wanted);
}

}  // namespace
}  // namespace calluna::bindings
