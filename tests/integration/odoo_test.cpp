// Against a real Odoo 19, over both transports.
#include "support/odoo.hpp"

#include "support/http_relay.hpp"
#include "unit/sdk/erp/client_fixture.hpp"

#include <thread>

namespace calluna::integration {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using erp::record_id;
using erp::transport_choice;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A client of the real server; at the end no key may be in anything that was said.
class erp_odoo : public testing::TestWithParam<transport_choice> {
 protected:
  void SetUp() override {
    if (odoo::is_unwanted()) GTEST_SKIP() << "without Odoo, as was asked for";
    server = &odoo::shared();
    options.url = server->url();
    options.database = server->database();
    options.user = server->user();
    options.key = server->key();
    options.key_name = "telephony";
    options.transport = GetParam();
  }
  void TearDown() override {
    if (c) end_client();
    for (auto const& line : sink->lines()) said.push_back(line);
    if (server == nullptr) return;
    for (auto const* whose : {"", "NOBODY", "EXPIRED", "ADMIN", "WRONG"})
      for (auto const& text : said) EXPECT_EQ(text.find(server->key(whose)), std::string::npos);
  }
  void start() {
    if (c) end_client();
    blocking = std::make_unique<boost::asio::thread_pool>(8);
    c = std::make_unique<erp::client>(loop.get_executor(), blocking->get_executor(), options,
                                      logger(sink, "erp"));
  }
  void start_as(std::string const& user, std::string const& whose) {
    options.user = user;
    options.key = server->key(whose);
    start();
  }
  void end_client() {
    said.push_back(c->status().last_error);
    c->stop();
    c.reset();
    blocking->join();
    loop.restart();
    loop.poll();
  }
  template <class T, class Begin>
  result<T> finish(Begin begin) {
    std::optional<result<T>> got;
    begin([&](result<T> r) { got = std::move(r); });
    EXPECT_TRUE(fakes::run_until(
        loop, [&] { return got.has_value(); }, 60s));
    if (!got) return fail(error_kind::timeout, "test");
    if (!*got) said.push_back(got->error().message);
    return std::move(*got);
  }
  result<json> ask(erp::call what) {
    return finish<json>([&](auto done) { c->submit(std::move(what), {}, std::move(done)); });
  }
  result<json> search(std::string model, erp::query q) {
    return finish<json>(
        [&](auto done) { c->search_read(std::move(model), std::move(q), {}, std::move(done)); });
  }
  result<record_id> upsert(std::string model, json const& key, json const& values) {
    return finish<record_id>([&](auto done) {
      c->upsert(std::move(model), key.dump(), values.dump(), {}, std::move(done));
    });
  }
  record_id partner(std::string const& ref) {
    return std::stoll(server->sql("select id from res_partner where ref = '" + ref + "'"));
  }
  int count(std::string const& what) {
    return std::stoi(server->sql("select count(*) from " + what));
  }
  void expect_failure(result<json> const& r, std::string const& code, error_kind kind,
                      std::string const& line) {
    ASSERT_FALSE(r);
    EXPECT_EQ(erp::erp_code_word(r.error().code), code) << r.error().message;
    EXPECT_EQ(r.error().kind, kind);
    EXPECT_FALSE(r.error().retryable);
    auto const complaints = sink->complaints();
    ASSERT_FALSE(complaints.empty()) << code;
    EXPECT_THAT(complaints.back(), HasSubstr(line));
  }

  odoo* server = nullptr;
  boost::asio::io_context loop;
  std::unique_ptr<boost::asio::thread_pool> blocking;
  erp::client_options options;
  std::shared_ptr<erp::erp_log> sink = std::make_shared<erp::erp_log>();
  std::unique_ptr<erp::client> c;
  std::vector<std::string> said;
};
INSTANTIATE_TEST_SUITE_P(odoo_19, erp_odoo,
                         testing::Values(transport_choice::json_rpc, transport_choice::json2),
                         [](auto const& about) {
                           return about.param == transport_choice::json2 ? "json2" : "json_rpc";
                         });

TEST_P(erp_odoo, does_what_an_app_asks) {
  start();
  auto const found = search(
      "res.partner", {R"([["ref","=","LAB-S-ANN"]])", {"name", "phone", "mobile", "category_id"}});
  ASSERT_TRUE(found) << found.error().message;
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_FALSE(found->at(0).contains("mobile")) << "left out, since 19 has none";
  auto const ann = found->at(0)["id"].get<record_id>();
  auto const made = ask({"crm.lead", "create", {}, "{}", R"([[{"name":"Callback"}]])"});
  ASSERT_TRUE(made) << made.error().message;
  auto const lead = made->at(0).get<record_id>();
  ASSERT_TRUE(ask(
      {"crm.lead", "write", std::vector{lead}, "{}", json::array({{{"partner_id", ann}}}).dump()}));
  auto const read = finish<json>([&](auto done) {
    c->read("crm.lead", {lead, 99'999'999}, {"name", "partner_id"}, {}, std::move(done));
  });
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_THAT(*read, SizeIs(1));
  EXPECT_EQ(read->at(0)["partner_id"][0], ann);
  EXPECT_EQ(c->status().version.major, 19);
  EXPECT_EQ(c->status().state, erp::connection_state::ready);
  start_as("admin", "ADMIN");
  ASSERT_TRUE(ask({"crm.lead", "unlink", std::vector{lead}}));
  EXPECT_EQ(count("crm_lead where id = " + std::to_string(lead)), 0);
}

TEST_P(erp_odoo, a_domain_over_a_field_it_lacks_finds_what_the_rest_finds) {
  start();
  auto const found =
      search("res.partner", {R"(["|",["mobile","=","1"],["ref","=","LAB-S-ANN"]])", {"mobile"}});
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_THAT(*found, SizeIs(1));
  auto const all =
      search("res.partner", {R"([["mobile","=",false],["ref","=","LAB-S-ANN"]])", {"name"}});
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_THAT(*all, SizeIs(1));
}

TEST_P(erp_odoo, attaches_files_and_writes_notes_as_they_are) {
  start();
  auto const ann = partner("LAB-S-ANN");
  std::string data;
  for (int i = 0; i < 300'000; ++i) data += static_cast<char>(i * 31 >> 3);
  auto const file = finish<record_id>([&](auto done) {
    c->attach({"res.partner", ann, "call.bin", "", data, "application/octet-stream"}, {},
              std::move(done));
  });
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(server->sql("select file_size from ir_attachment where id = " + std::to_string(*file)),
            "300000");
  auto const note = finish<record_id>([&](auto done) {
    c->note("res.partner", ann, "1 < 2 & <b>no tag</b>\nsecond line", false, {}, std::move(done));
  });
  ASSERT_TRUE(note) << note.error().message;
  auto const body =
      server->sql("select replace(body::text, chr(10), '') from mail_message where id = " +
                  std::to_string(*note));
  EXPECT_THAT(body, HasSubstr("1 &lt; 2 &amp; &lt;b&gt;no tag&lt;/b&gt;<br"));
  EXPECT_EQ(server->sql("select s.internal from mail_message m join mail_message_subtype s on s.id "
                        "= m.subtype_id where m.id = " +
                        std::to_string(*note)),
            "t");
  auto const html = finish<record_id>(
      [&](auto done) { c->note("res.partner", ann, "<b>x</b>", true, {}, std::move(done)); });
  ASSERT_TRUE(html);
  EXPECT_THAT(server->sql("select body from mail_message where id = " + std::to_string(*html)),
              HasSubstr("<b>x</b>"));
}

TEST_P(erp_odoo, an_upsert_makes_one_record) {
  start();
  json const key{{"ref", "T-UPSERT"}};
  auto const first = upsert("res.partner", key, {{"name", "One"}});
  ASSERT_TRUE(first) << first.error().message;
  auto const second = upsert("res.partner", key, {{"name", "Two"}});
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(server->sql("select name from res_partner where ref = 'T-UPSERT'"), "Two");
  server->sql("delete from res_partner where ref = 'T-UPSERT'");
}

TEST_P(erp_odoo, mistakes_are_a_line_in_the_log_and_a_word_for_the_app) {
  using k = error_kind;
  start();
  expect_failure(ask({"no.model", "search_count", {}, R"({"domain":[]})"}), "unknown_model",
                 k::invalid, "no model 'no.model'");
  expect_failure(ask({"res.partner", "unlink", std::vector{partner("LAB-S-ANN")}}), "access",
                 k::refused, "lacks the right for res.partner.unlink");
  expect_failure(ask({"crm.lead", "create", {}, "{}", R"([[{"name":false}]])"}), "validation",
                 k::invalid, "refused its values");
  expect_failure(ask({"res.partner", "fly", std::vector{partner("LAB-S-ANN")}}), "unknown_method",
                 k::invalid, "no public method 'fly'");
  expect_failure(ask({"crm.lead", "create", {}, "{}", R"([[{"nmae":"x"}]])"}), "unknown_field",
                 k::invalid, "names a field");
  EXPECT_THAT(sink->complaints(), SizeIs(5)) << "one for each";
  auto const gone =
      ask({"res.partner", "write", std::vector<record_id>{99'999'999}, "{}", R"([{"name":"x"}])"});
  EXPECT_EQ(erp::erp_code_word(gone.error().code), "missing") << gone.error().message;
  EXPECT_EQ(gone.error().kind, k::gone);
  EXPECT_TRUE(search("res.partner", {R"([["ref","=","LAB-S-ANN"]])"})) << "it goes on";
}

TEST_P(erp_odoo, logins_that_are_not_accepted_are_told_once) {
  for (auto const* whose : {"WRONG", "EXPIRED"}) {
    auto const before = sink->complaints().size();
    start_as("telephony", whose);
    for (int i = 0; i < 2; ++i)
      expect_failure(search("res.partner", {}), "access_denied", error_kind::refused,
                     "make a new one in Odoo");
    EXPECT_LE(sink->complaints().size(), before + 1) << whose;
  }
  start_as("nobody", "NOBODY");
  expect_failure(search("crm.lead", {"[]", {"name"}}), "access", error_kind::refused,
                 "lacks the right");
  options.database = "nosuch";
  start_as("telephony", "");
  expect_failure(search("res.partner", {}), "unknown_database", error_kind::invalid,
                 "correct `database`");
}

TEST_P(erp_odoo, tells_the_age_of_its_key) {
  start();
  ASSERT_TRUE(search("res.partner", {R"([["ref","=","LAB-S-ANN"]])"}));
  ASSERT_TRUE(fakes::run_until(loop, [&] { return c->status().key_expires.has_value(); }));
  auto const left = *c->status().key_expires - std::chrono::system_clock::now();
  EXPECT_GT(left, 24h * 80);
  EXPECT_LT(left, 24h * 91);
}

// -- killed between request and answer

class killed_odoo : public erp_odoo {
 protected:
  void start_behind(http_relay& relay) {
    options.url = relay.url();
    start();
    ASSERT_TRUE(search("res.partner", {R"([["ref","=","LAB-S-ANN"]])"}));
  }
  static bool is_create(std::string const& request) {
    return request.find("/create") != std::string::npos ||
           request.find("\"create\"") != std::string::npos;
  }
  /// The upsert during which Odoo dies, then the same one when it is back.
  void upsert_twice(std::string const& model, json const& key, json const& values) {
    auto const lost = upsert(model, key, values);
    ASSERT_FALSE(lost) << "Odoo is dead";
    EXPECT_EQ(lost.error().kind, error_kind::offline) << lost.error().message;
    EXPECT_TRUE(lost.error().retryable);
    server->start_again();
    until_answered([&] { return upsert(model, key, values); });
  }
  /// Again and again, since the breaker holds calls back for some seconds.
  template <class Ask>
  void until_answered(Ask again) {
    auto const end = std::chrono::steady_clock::now() + 60s;
    for (;;) {
      auto const r = again();
      if (r) return;
      ASSERT_EQ(r.error().kind, error_kind::offline) << r.error().message;
      ASSERT_LT(std::chrono::steady_clock::now(), end);
      loop.restart();
      loop.run_for(100ms);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(odoo_19, killed_odoo,
                         testing::Values(transport_choice::json_rpc, transport_choice::json2),
                         [](auto const& about) {
                           return about.param == transport_choice::json2 ? "json2" : "json_rpc";
                         });

TEST_P(killed_odoo, after_the_create_leaves_one_record) {
  http_relay relay(server->port());
  start_behind(relay);
  bool killed = false;  // one request at a time here
  relay.on_answer([&](std::string const& request) {
    if (killed || !is_create(request)) return true;
    killed = true;
    server->kill();
    return false;
  });
  upsert_twice("res.partner", {{"ref", "T-AFTER"}}, {{"name", "Once"}});
  EXPECT_TRUE(killed);
  EXPECT_EQ(count("res_partner where ref = 'T-AFTER'"), 1);
  server->sql("delete from res_partner where ref = 'T-AFTER'");
}

TEST_P(killed_odoo, before_the_create_leaves_one_record) {
  http_relay relay(server->port());
  start_behind(relay);
  bool killed = false;
  relay.on_request([&](std::string const& request) {
    if (killed || !is_create(request)) return true;
    killed = true;
    server->kill();
    return false;
  });
  upsert_twice("res.partner", {{"ref", "T-BEFORE"}}, {{"name", "Once"}});
  EXPECT_TRUE(killed);
  EXPECT_EQ(count("res_partner where ref = 'T-BEFORE'"), 1);
  server->sql("delete from res_partner where ref = 'T-BEFORE'");
}

TEST_P(killed_odoo, while_it_creates_leaves_one_record) {
  http_relay relay(server->port());
  start_behind(relay);
  std::thread killing;
  relay.on_request([&](std::string const& request) {
    if (is_create(request) && !killing.joinable()) killing = std::thread([&] { server->kill(); });
    return true;
  });
  relay.on_answer([](std::string const& request) { return !is_create(request); });
  auto const lost = upsert("res.partner", {{"ref", "T-WHILE"}}, {{"name", "Once"}});
  relay.on_request(nullptr);
  relay.on_answer(nullptr);
  killing.join();
  EXPECT_TRUE(lost || lost.error().retryable);
  server->start_again();
  until_answered([&] { return upsert("res.partner", {{"ref", "T-WHILE"}}, {{"name", "Once"}}); });
  EXPECT_EQ(count("res_partner where ref = 'T-WHILE'"), 1);
  server->sql("delete from res_partner where ref = 'T-WHILE'");
}

}  // namespace
}  // namespace calluna::integration
