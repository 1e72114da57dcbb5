#include "client_fixture.hpp"

namespace calluna::erp {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using fakes::odoo_fault;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class erp_upsert : public erp_client_test, public testing::WithParamInterface<transport_choice> {
 protected:
  erp_upsert() { options.transport = GetParam(); }
  result<record_id> put(std::string const& direction = "in",
                        std::chrono::milliseconds timeout = {}) {
    return upsert("phone.call", R"({"linkedid":"17.4"})", json{{"direction", direction}}.dump(),
                  timeout);
  }
  std::vector<json> calls() { return records("phone.call"); }
};
INSTANTIATE_TEST_SUITE_P(over, erp_upsert,
                         testing::Values(transport_choice::json_rpc, transport_choice::json2),
                         [](auto const& about) {
                           return about.param == transport_choice::json2 ? "json2" : "json_rpc";
                         });

TEST_P(erp_upsert, makes_the_record_once_and_then_changes_it) {
  start();
  auto const first = put("in");
  ASSERT_TRUE(first) << first.error().message;
  auto const second = put("out");
  ASSERT_TRUE(second);
  EXPECT_EQ(*first, *second);
  ASSERT_THAT(calls(), SizeIs(1));
  EXPECT_EQ(calls()[0]["direction"], "out");
  EXPECT_EQ(calls()[0]["linkedid"], "17.4");
}

TEST_P(erp_upsert, finds_archived_records_too) {
  add("res.partner", {{"name", "Ann"}, {"ref", "A1"}, {"active", false}});
  start();
  ASSERT_TRUE(upsert("res.partner", R"({"ref":"A1"})", R"({"name":"Ann Archer"})"));
  ASSERT_THAT(records("res.partner"), SizeIs(1));
  EXPECT_EQ(records("res.partner")[0]["name"], "Ann Archer");
}

TEST_P(erp_upsert, the_answer_of_the_create_is_lost_and_it_was_done) {
  start();
  for (auto const fault : {odoo_fault::drop_after, odoo_fault::half_answer}) {
    server.fail_next("create", fault);
    auto const id = put();
    ASSERT_TRUE(id) << id.error().message;
    ASSERT_THAT(calls(), SizeIs(1));
    EXPECT_EQ(calls()[0]["id"], *id);
    EXPECT_EQ(calls()[0]["direction"], "in");
    server.with([&](auto& db) { db.forget("phone.call", *id); });
  }
}

TEST_P(erp_upsert, the_answer_of_the_create_is_lost_and_it_was_not_done) {
  start();
  server.fail_next("create", odoo_fault::drop_before);
  auto const id = put();
  ASSERT_TRUE(id) << id.error().message;
  EXPECT_THAT(calls(), SizeIs(1));
}

TEST_P(erp_upsert, the_server_dies_after_the_create_and_the_same_upsert_later_finds_it) {
  start_ready();
  server.fail_next("create", odoo_fault::drop_after);
  server.fail_next("search", odoo_fault::drop_before, 2);
  // The first look of this upsert fails already: nothing was sent but a look.
  auto const early = put();
  ASSERT_FALSE(early);
  EXPECT_TRUE(early.error().retryable);
  server.recover();
  bool done = false;
  server.fail_next("create", odoo_fault::stop_after);
  c->upsert("phone.call", R"({"linkedid":"17.4"})", R"({"direction":"in"})", {},
            [&](result<record_id> r) {
              done = true;
              ASSERT_FALSE(r);
              EXPECT_EQ(r.error().kind, error_kind::offline);
              EXPECT_TRUE(r.error().retryable) << "the next one begins with a look";
            });
  until([&] { return done; });
  server.start_listening();
  time->advance(60s);
  auto const id = put("out");
  ASSERT_TRUE(id) << id.error().message;
  ASSERT_THAT(calls(), SizeIs(1));
  EXPECT_EQ(calls()[0]["direction"], "out");
}

TEST_P(erp_upsert, a_create_without_an_answer_in_time_is_retryable) {
  start_ready();
  server.fail_next("create", odoo_fault::silence);
  auto const r = put("in", 100ms);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, error_kind::timeout);
  EXPECT_TRUE(r.error().retryable);
}

TEST_P(erp_upsert, another_program_was_faster_and_a_constraint_says_so) {
  start_ready();  // between look and create the record appears
  server.hold();
  std::optional<result<record_id>> got;
  c->upsert("crm.tag", R"({"name":"VIP"})", R"({"color":3})", {}, [&](auto r) { got = r; });
  until([&] { return server.count("crm.tag.search") == 1; });
  auto const theirs = add("crm.tag", {{"name", "VIP"}, {"color", 1}});
  server.release();
  until([&] { return got.has_value(); });
  ASSERT_TRUE(*got) << got->error().message;
  EXPECT_EQ(**got, theirs);
  EXPECT_EQ(records("crm.tag")[0]["color"], 3);
  EXPECT_THAT(sink->complaints(), IsEmpty()) << "nobody has to mend anything";
}

TEST_P(erp_upsert, values_that_are_refused_stay_refused_and_are_told_once) {
  start();
  for (int i = 0; i < 2; ++i) {
    auto const r = upsert("crm.lead", R"({"phone":"1"})", "{}");
    ASSERT_FALSE(r);
    EXPECT_EQ(code(r.error()), "validation");
    EXPECT_FALSE(r.error().retryable);
  }
  ASSERT_THAT(sink->complaints(), SizeIs(1));
  EXPECT_THAT(sink->complaints()[0], HasSubstr("crm.lead.upsert"));
}

TEST_P(erp_upsert, upserts_of_one_key_wait_for_each_other) {
  start();
  int done = 0;
  for (int i = 0; i < 10; ++i)
    c->upsert("phone.call", R"({"linkedid":"17.4"})", json{{"direction", std::to_string(i)}}.dump(),
              {}, [&](auto r) { done += r ? 1 : 0; });
  c->upsert("phone.call", R"({"linkedid":"17.5"})", "{}", {}, [&](auto r) { done += r ? 1 : 0; });
  until([&] { return done == 11; });
  ASSERT_THAT(calls(), SizeIs(2));
  EXPECT_EQ(server.count("phone.call.create"), 2);
  EXPECT_EQ(calls()[0]["linkedid"] == "17.4" ? calls()[0]["direction"] : calls()[1]["direction"],
            "9")
      << "the last one wins";
}

TEST_P(erp_upsert, one_that_waits_for_another_ends_at_its_own_deadline) {
  start_ready();
  server.hold();
  int done = 0;
  c->upsert("phone.call", R"({"linkedid":"17.4"})", "{}", {}, [&](auto) { ++done; });
  until([&] { return server.count("phone.call.search") == 1; });
  auto const second = put("in", 50ms);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, error_kind::timeout);
  EXPECT_TRUE(second.error().retryable);
  server.release();
  until([&] { return done == 1; });
  EXPECT_TRUE(put());
  EXPECT_THAT(calls(), SizeIs(1));
}

TEST_P(erp_upsert, a_key_of_several_records_is_an_error_that_names_them) {
  add("phone.call", {{"linkedid", "17.4"}});
  add("phone.call", {{"linkedid", "17.4"}});
  start();
  auto const r = put();
  ASSERT_FALSE(r);
  EXPECT_EQ(code(r.error()), "not_unique");
  EXPECT_FALSE(r.error().retryable);
  EXPECT_THAT(calls(), SizeIs(2));
}

TEST_P(erp_upsert, a_key_field_the_server_lacks_is_no_other_key) {
  add("res.partner", {{"name", "Ann"}});
  start();
  auto const r = upsert("res.partner", R"({"mobile":"1"})", R"({"name":"Bob"})");
  ASSERT_FALSE(r);
  EXPECT_EQ(code(r.error()), "unknown_field");
  EXPECT_THAT(records("res.partner"), SizeIs(1));
}

TEST_P(erp_upsert, a_record_that_vanishes_between_look_and_write_is_made_again) {
  auto const id = add("phone.call", {{"linkedid", "17.4"}});
  start_ready();
  server.hold();
  std::optional<result<record_id>> got;
  c->upsert("phone.call", R"({"linkedid":"17.4"})", R"({"direction":"in"})", {},
            [&](auto r) { got = r; });
  until([&] { return server.count("phone.call.search") == 1; });
  server.with([&](auto& db) { db.forget("phone.call", id); });
  server.release();
  until([&] { return got.has_value(); });
  ASSERT_TRUE(*got) << got->error().message;
  EXPECT_NE(**got, id);
  EXPECT_THAT(calls(), SizeIs(1));
}

TEST_P(erp_upsert, takes_no_empty_key_and_no_text_for_values) {
  start();
  EXPECT_EQ(upsert("phone.call", "{}", "{}").error().kind, error_kind::invalid);
  EXPECT_EQ(upsert("phone.call", R"({"linkedid":"1"})", "[]").error().kind, error_kind::invalid);
}

}  // namespace
}  // namespace calluna::erp
