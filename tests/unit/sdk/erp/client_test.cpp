#include "client_fixture.hpp"

#include <boost/asio/post.hpp>
#include <fmt/chrono.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace calluna::erp {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using fakes::odoo_fault;
using fakes::odoo_server;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// The same over both transports.
class erp_client : public erp_client_test, public testing::WithParamInterface<transport_choice> {
 protected:
  erp_client() { options.transport = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(over, erp_client,
                         testing::Values(transport_choice::json_rpc, transport_choice::json2),
                         [](auto const& about) {
                           return about.param == transport_choice::json2 ? "json2" : "json_rpc";
                         });

TEST_P(erp_client, does_what_every_model_can) {
  start();
  auto const made = ask(partner_call("create", R"([[{"name":"Ann","phone":"+49301"}]])"));
  ASSERT_TRUE(made) << made.error().message;
  auto const id = made->at(0).get<record_id>();
  EXPECT_EQ(
      ask({"res.partner", "write", std::vector{id}, "{}", R"([{"name":"Ann Archer"}])"})->dump(),
      "true");
  auto const found = search("res.partner", {R"([["phone","=","+49301"]])", {"name", "phone"}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ((*found)[0]["name"], "Ann Archer");
  auto const read = finish<json>([&](auto done) {
    c->read("res.partner", {id, 999}, {"name"}, {}, std::move(done));
  });
  EXPECT_THAT(*read, SizeIs(1));
  EXPECT_EQ(ask({"res.partner", "unlink", std::vector{id}})->dump(), "true");
  EXPECT_THAT(records("res.partner"), IsEmpty());
  auto const s = c->status();
  EXPECT_EQ(s.state, connection_state::ready);
  EXPECT_EQ(to_string(*s.transport), GetParam() == transport_choice::json2 ? "JSON-2" : "JSON-RPC");
  EXPECT_EQ(s.version.major, 19);
  EXPECT_THAT(sink->complaints(), IsEmpty());
}

TEST_P(erp_client, logs_in_once_for_all_calls) {
  add("res.partner", {{"name", "Ann"}});
  start();
  int answers = 0;
  for (int i = 0; i < 20; ++i)
    c->search_read("res.partner", {}, {}, [&](auto r) { answers += r ? 1 : 0; });
  until([&] { return answers == 20; });
  bool const json2 = GetParam() == transport_choice::json2;
  EXPECT_EQ(server.count(json2 ? "res.users.context_get" : "common.authenticate"), 1);
  EXPECT_EQ(server.count("res.partner.fields_get"), 1);
  EXPECT_LE(server.connections(), options.max_connections);
}

TEST_P(erp_client, a_field_the_server_lacks_is_left_out_and_told_once) {
  add("res.partner", {{"name", "Ann"}, {"phone", "1"}});
  start();
  for (int i = 0; i < 2; ++i) {
    auto const found = search("res.partner", {R"(["|",["phone","=","1"],["mobile","=","1"]])",
                                              {"name", "mobile", "phone"}});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->at(0).value("name", ""), "Ann");
    EXPECT_FALSE(found->at(0).contains("mobile"));
  }
  int told = 0;
  for (auto const& line : sink->lines()) told += line.find("mobile") != std::string::npos ? 1 : 0;
  EXPECT_EQ(told, 1);
  auto const made = ask(partner_call("create", R"([[{"name":"Bob","mobile":"1"}]])"));
  ASSERT_FALSE(made) << "values are never left out";
  EXPECT_EQ(code(made.error()), "unknown_field");
}

TEST_P(erp_client, a_note_is_escaped_unless_told_otherwise) {
  auto const id = add("res.partner", {{"name", "Ann"}});
  start();
  auto const note = [&](std::string text, bool html) {
    return finish<record_id>(
        [&](auto done) { c->note("res.partner", id, std::move(text), html, {}, std::move(done)); });
  };
  auto const first = note("a <b>\nc", false);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_TRUE(note("a <b>b</b>", true));
  auto const all = records("mail.message");
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0]["id"], *first);
  EXPECT_EQ(all[0]["body"], "a &lt;b&gt;<br/>c");
  EXPECT_EQ(all[1]["body"], "a <b>b</b>");
  EXPECT_THAT(server.bodies(), Contains(HasSubstr("\"body_is_html\":true")));
}

TEST_P(erp_client, a_file_is_attached_as_it_is) {
  auto const id = add("res.partner", {{"name", "Ann"}});
  std::string data;
  for (int i = 0; i < 200'000; ++i) data += static_cast<char>(i * 31 >> 3);
  auto const path = std::filesystem::temp_directory_path() /
                    ("calluna_attach_" + std::to_string(::getpid()) + ".wav");
  std::ofstream(path, std::ios::binary) << data;
  start();
  auto const attach = [&](attachment a) {
    return finish<record_id>([&](auto done) { c->attach(std::move(a), {}, std::move(done)); });
  };
  auto const made = attach({"res.partner", id, "", path.string(), "", "audio/wav"});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(attach({"res.partner", id, "short.txt", "", "hello", ""}));
  auto const all = records("ir.attachment");
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0]["name"], path.filename().string());
  EXPECT_EQ(all[0]["res_id"], id);
  EXPECT_EQ(all[0]["mimetype"], "audio/wav");
  EXPECT_EQ(all[0]["datas"].get<std::string>().size(), (data.size() + 2) / 3 * 4);
  EXPECT_EQ(all[1]["datas"], "aGVsbG8=");
  std::filesystem::remove(path);
  auto const missing = attach({"res.partner", id, "", path.string(), "", ""});
  ASSERT_FALSE(missing);
  EXPECT_EQ(code(missing.error()), "file");
  EXPECT_FALSE(missing.error().retryable);
}

TEST_P(erp_client, mistakes_are_one_line_in_the_log_that_says_what_to_change) {
  auto const id = add("crm.lead", {{"name", "x"}});
  start();
  struct expected {
    call what;
    char const *code, *line;
  };
  std::vector<expected> const all{
      {{"no.model", "search_count", {}, R"({"domain":[]})", "[]"},
       "unknown_model",
       "no model 'no.model'"},
      {{"crm.lead", "unlink", std::vector{id}, "{}", "[]"},
       "access",
       "lacks the right for crm.lead.unlink"},
      {{"crm.lead", "create", {}, "{}", "[[{}]]"},
       "validation",
       "crm.lead.create was refused its values"},
      {{"crm.lead", "fly", std::vector{id}, "{}", "[]"},
       "unknown_method",
       "no public method 'fly'"},
  };
  for (auto const& one : all) {
    auto const before = sink->complaints().size();
    for (int i = 0; i < 3; ++i) {
      auto const r = ask(one.what);
      ASSERT_FALSE(r) << one.code;
      EXPECT_EQ(code(r.error()), one.code) << r.error().message;
      EXPECT_FALSE(r.error().retryable);
    }
    auto const complaints = sink->complaints();
    ASSERT_EQ(complaints.size(), before + 1) << one.code;
    EXPECT_THAT(complaints.back(), HasSubstr(one.line));
  }
  auto const gone =
      ask({"crm.lead", "write", std::vector<record_id>{999}, "{}", R"([{"name":"y"}])"});
  EXPECT_EQ(code(gone.error()), "missing");
  EXPECT_EQ(gone.error().kind, error_kind::gone);
}

TEST_P(erp_client, a_wrong_key_is_told_once_and_not_tried_again_at_once) {
  options.key = "another-secret-key";
  start();
  for (int i = 0; i < 3; ++i) {
    auto const r = search("res.partner", {});
    ASSERT_FALSE(r);
    EXPECT_EQ(code(r.error()), "access_denied");
    EXPECT_EQ(r.error().kind, error_kind::refused);
  }
  ASSERT_THAT(sink->complaints(), SizeIs(1)) << testing::PrintToString(sink->complaints());
  EXPECT_THAT(sink->complaints()[0], HasSubstr("make a new one in Odoo"));
  EXPECT_EQ(c->status().state, connection_state::refused);
  auto const asked = server.requests().size();
  server.set_key("another-secret-key");
  EXPECT_FALSE(search("res.partner", {}));
  EXPECT_EQ(server.requests().size(), asked);
  time->advance(5s);
  EXPECT_TRUE(search("res.partner", {})) << "after a while it is tried again";
}

TEST_P(erp_client, a_login_that_is_over_is_renewed_and_the_call_repeated) {
  start();
  ASSERT_TRUE(search("res.partner", {}));
  server.fail_next("create", odoo_fault::session_expired);
  auto const made = ask(partner_call("create", R"([[{"name":"Ann"}]])"));
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_THAT(records("res.partner"), SizeIs(1));
  server.fail_next("create", odoo_fault::session_expired, 2);
  auto const twice = ask(partner_call("create", R"([[{"name":"Bob"}]])"));
  ASSERT_FALSE(twice);
  EXPECT_EQ(code(twice.error()), "session_expired");
  EXPECT_TRUE(twice.error().retryable);
}

TEST_P(erp_client,
       a_key_that_was_revoked_ends_in_one_refusal_and_a_new_one_is_taken_without_restart) {
  start();
  ASSERT_TRUE(search("res.partner", {}));
  server.set_key("new-secret-key");
  auto const r = search("res.partner", {});
  ASSERT_FALSE(r);
  EXPECT_EQ(code(r.error()), "access_denied");
  auto const rotate = [&](std::string key) {
    return finish<void>([&](auto done) { c->rotate_key(std::move(key), std::move(done)); });
  };
  EXPECT_FALSE(rotate("wrong-secret-key"));
  ASSERT_TRUE(rotate("new-secret-key"));
  EXPECT_TRUE(search("res.partner", {}));
  EXPECT_EQ(c->status().state, connection_state::ready);
}

TEST_P(erp_client, a_key_is_changed_while_the_old_one_still_works) {
  start();
  ASSERT_TRUE(search("res.partner", {}));
  auto const refused =
      finish<void>([&](auto done) { c->rotate_key("wrong-secret-key", std::move(done)); });
  EXPECT_FALSE(refused);
  EXPECT_TRUE(search("res.partner", {})) << "the present one stays";
}

TEST_P(erp_client, the_age_of_the_key_is_known_where_the_server_tells) {
  add("res.users.apikeys", {{"name", "telephony"},
                            {"user_id", 8},
                            {"create_date", "2099-08-01 12:00:00"},
                            {"expiration_date", "2099-10-30 12:00:00"}});
  add("res.users.apikeys", {{"name", "other"}, {"user_id", 8}});
  options.key_name = "telephony";
  start();
  ASSERT_TRUE(search("res.partner", {}));
  until([&] { return c->status().key_expires.has_value(); });
  EXPECT_EQ(*c->status().key_expires - *c->status().key_created, 24h * 90);
}

TEST_P(erp_client, a_key_that_ends_soon_is_told_also_to_who_logged_in_long_ago) {
  start_ready();
  auto const asked = server.count("res.users.apikeys.search_read");
  ASSERT_TRUE(search("res.partner", {}));
  EXPECT_EQ(server.count("res.users.apikeys.search_read"), asked);
  auto const ends = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + 72h);
  add("res.users.apikeys",
      {{"name", "only one"},
       {"user_id", 8},
       {"expiration_date", fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(ends))}});
  time->advance(25h);
  ASSERT_TRUE(search("res.partner", {}));
  until([&] { return !sink->complaints().empty(); });
  EXPECT_THAT(sink->complaints(), Contains(HasSubstr("the key ends on")));
}

TEST_P(erp_client, reads_that_wait_together_become_one_request) {
  std::vector<record_id> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(add("res.partner", {{"name", std::to_string(i)}}));
  options.max_connections = 1;
  start_ready();
  server.hold();
  int done = 0;
  c->submit({"crm.tag", "default_get"}, {}, [&](auto) { ++done; });
  until([&] { return server.count("crm.tag.default_get") == 1; });
  std::vector<std::string> names(10);
  for (std::size_t i = 0; i < 10; ++i)
    c->read("res.partner", {ids[i]}, {"name"}, {}, [&, i](result<json> r) {
      ++done;
      ASSERT_TRUE(r) << r.error().message;
      names[i] = r->at(0)["name"];
    });
  c->read("res.partner", {ids[0]}, {"phone"}, {}, [&](auto) { ++done; });
  loop.restart();
  loop.poll();
  server.release();
  until([&] { return done == 12; });
  EXPECT_EQ(server.count("res.partner.read"), 2) << "one for each set of fields";
  EXPECT_EQ(c->status().batched, 9U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(names[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_P(erp_client, one_bad_read_does_not_spoil_the_others_of_its_batch) {
  auto const id = add("res.partner", {{"name", "Ann"}});
  options.max_connections = 1;
  start_ready();
  server.hold();
  int done = 0, good = 0;
  c->submit({"crm.tag", "default_get"}, {}, [&](auto) { ++done; });
  until([&] { return server.count("crm.tag.default_get") == 1; });
  for (int i = 0; i < 2; ++i)
    c->read("res.partner", {id}, {"name"}, {}, [&](auto r) {
      ++done;
      good += r ? 1 : 0;
    });
  loop.restart();
  loop.poll();
  server.with([](auto& db) { db.forbidden_once.insert("res.partner.read"); });
  server.release();
  until([&] { return done == 3; });
  EXPECT_EQ(server.count("res.partner.read"), 3) << "the batch, then one by one";
  EXPECT_EQ(good, 2);
}

TEST_P(erp_client, the_fields_of_a_model_are_told_from_memory) {
  start();
  auto const fields = [&] {
    return finish<json>([&](auto done) { c->fields("res.partner", {}, std::move(done)); });
  };
  ASSERT_TRUE(fields());
  auto const again = fields();
  EXPECT_TRUE(again->contains("phone"));
  EXPECT_EQ(server.count("res.partner.fields_get"), 1);
  auto const none = finish<json>([&](auto done) { c->fields("no.model", {}, std::move(done)); });
  ASSERT_FALSE(none);
  EXPECT_EQ(code(none.error()), "unknown_model");
}

// -- whichever transport

class erp_server : public erp_client_test {};

TEST_F(erp_server, the_transport_is_found_out) {
  start();
  auto const version = finish<server_version>([&](auto done) { c->version({}, std::move(done)); });
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_EQ(version->major, 19);
  EXPECT_EQ(c->status().transport, transport::json2);
}

TEST_F(erp_server, an_old_odoo_is_served_by_json_rpc) {
  odoo_server old(14);
  options.url = old.url();
  start();
  auto const id = old.with([](auto& db) {
    return db.add("res.partner", {{"name", "Ann"}, {"mobile", "1"}});
  });
  auto const found = search("res.partner", {R"([["mobile","=","1"]])", {"name", "mobile"}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->at(0)["mobile"], "1");
  auto const note = finish<record_id>(
      [&](auto done) { c->note("res.partner", id, "x", false, {}, std::move(done)); });
  ASSERT_TRUE(note) << note.error().message << ": the id is told as text there";
  EXPECT_EQ(old.bodies().back().find("body_is_html"), std::string::npos);
  EXPECT_EQ(c->status().transport, transport::json_rpc);
  old.set_key("x");
}

TEST_F(erp_server, a_wrong_url_is_told_before_and_after_asking) {
  for (auto const* url : {"ftp://x", "http://", "http://user:secret-key@x", "http://x/?a", "x"}) {
    options.url = url;
    start();
    auto const r = search("res.partner", {});
    ASSERT_FALSE(r) << url;
    EXPECT_EQ(r.error().kind, error_kind::invalid);
    EXPECT_FALSE(r.error().retryable);
    c->stop();
    said.push_back(r.error().message);
    options.url = "";
    end_client();
  }
  options.url = server.url() + "/below";
  start();
  EXPECT_EQ(code(search("res.partner", {}).error()), "not_odoo");
}

}  // namespace
}  // namespace calluna::erp
