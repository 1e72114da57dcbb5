#include "client_fixture.hpp"

namespace calluna::erp {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using fakes::odoo_fault;
using testing::HasSubstr;
using testing::SizeIs;

/// What goes wrong between here and there, over both transports.
class erp_faults : public erp_client_test, public testing::WithParamInterface<transport_choice> {
 protected:
  erp_faults() { options.transport = GetParam(); }
  result<json> create(std::chrono::milliseconds timeout = {}) {
    return ask(partner_call("create", R"([[{"name":"Ann"}]])"), timeout);
  }
  result<json> count(std::chrono::milliseconds timeout = {}) {
    return ask({"res.partner", "search_count", {}, R"({"domain":[]})"}, timeout);
  }
};
INSTANTIATE_TEST_SUITE_P(over, erp_faults,
                         testing::Values(transport_choice::json_rpc, transport_choice::json2),
                         [](auto const& about) {
                           return about.param == transport_choice::json2 ? "json2" : "json_rpc";
                         });

TEST_P(erp_faults, a_lost_answer_is_retryable_only_if_twice_does_no_harm) {
  start_ready();
  for (auto const fault : {odoo_fault::drop_before, odoo_fault::drop_after, odoo_fault::half_answer,
                           odoo_fault::status_502}) {
    server.fail_next("create", fault);
    auto const made = create();
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, error_kind::offline) << made.error().message;
    EXPECT_EQ(code(made.error()), "unreachable");
    EXPECT_FALSE(made.error().retryable);
    server.fail_next("search_count", fault);
    auto const counted = count();
    ASSERT_FALSE(counted);
    EXPECT_TRUE(counted.error().retryable);
    EXPECT_TRUE(count());
  }
}

TEST_P(erp_faults, answers_that_are_none_are_told_as_such) {
  start_ready();
  server.fail_next("create", odoo_fault::status_500);
  auto const made = create();
  EXPECT_EQ(code(made.error()), "server");
  EXPECT_FALSE(made.error().retryable);
  server.fail_next("create", odoo_fault::garbage);
  EXPECT_EQ(code(create().error()), "malformed");
  EXPECT_TRUE(create()) << "the connection goes on";
}

TEST_P(erp_faults, a_server_that_is_not_there_is_offline_and_retryable_even_for_a_create) {
  start_ready();
  server.stop_listening();
  auto const made = create();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, error_kind::offline);
  EXPECT_TRUE(made.error().retryable) << "nothing was sent";
}

TEST_P(erp_faults, a_call_ends_at_its_deadline_and_its_connection_is_free_again) {
  options.max_connections = 1;
  start_ready();
  server.fail_next("search_count", odoo_fault::silence);
  auto const r = count(50ms);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, error_kind::timeout);
  EXPECT_EQ(code(r.error()), "timeout");
  EXPECT_TRUE(r.error().retryable);
  EXPECT_TRUE(count()) << "the only connection is not stuck";
  server.fail_next("create", odoo_fault::silence);
  auto const made = create(50ms);
  EXPECT_EQ(made.error().kind, error_kind::timeout);
  EXPECT_FALSE(made.error().retryable);
}

TEST_P(erp_faults, a_call_that_waits_for_a_connection_has_a_deadline_as_well) {
  options.max_connections = 1;
  start_ready();
  server.hold();
  bool done = false;
  c->submit({"crm.tag", "default_get"}, {}, [&](auto) { done = true; });
  until([&] { return server.count("crm.tag.default_get") == 1; });
  auto const made = create(50ms);
  EXPECT_EQ(made.error().kind, error_kind::timeout);
  EXPECT_TRUE(made.error().retryable) << "nothing was sent";
  server.release();
  until([&] { return done; });
  EXPECT_TRUE(records("res.partner").empty());
}

TEST_P(erp_faults, no_more_connections_than_allowed_and_no_more_calls_than_bounded) {
  options.max_connections = 3;
  options.max_pending = 20;
  start_ready();
  auto const before = server.connections();
  server.hold();
  int done = 0, refused = 0;
  for (int i = 0; i < 30; ++i)
    c->submit({"res.partner", "search_count", {}, R"({"domain":[]})"}, {}, [&](result<json> r) {
      ++done;
      if (r) return;
      ++refused;
      EXPECT_EQ(r.error().kind, error_kind::rejected);
      EXPECT_EQ(code(r.error()), "busy");
      EXPECT_TRUE(r.error().retryable);
    });
  until([&] { return server.count("res.partner.search_count") == 3; });
  EXPECT_EQ(refused, 10);
  EXPECT_EQ(c->status().busy, 3);
  EXPECT_EQ(c->status().waiting, 17U);
  server.release();
  until([&] { return done == 30; });
  EXPECT_EQ(server.most_at_once(), 3);
  EXPECT_LE(server.connections() - before, 2) << "kept open from before: one at least";
}

TEST_P(erp_faults, the_breaker_opens_and_calls_fail_at_once_until_a_trial_gets_through) {
  start_ready();
  server.stop_listening();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(count().error().kind, error_kind::offline);
  EXPECT_EQ(c->status().breaker, breaker_state::open);
  auto const requests = c->status().requests;
  auto const r = count();
  EXPECT_EQ(r.error().kind, error_kind::offline);
  EXPECT_TRUE(r.error().retryable);
  EXPECT_EQ(c->status().requests, requests) << "the server was not asked";
  time->advance(1s);
  EXPECT_FALSE(count());
  EXPECT_EQ(c->status().requests, requests + 1);
  server.start_listening();
  EXPECT_FALSE(count()) << "the pause is twice as long now";
  time->advance(2s);
  EXPECT_TRUE(count());
  EXPECT_EQ(c->status().breaker, breaker_state::closed);
  EXPECT_TRUE(count());
}

TEST_P(erp_faults, a_server_that_is_down_from_the_start_is_found_when_it_is_back) {
  server.stop_listening();
  start();
  EXPECT_EQ(count().error().kind, error_kind::offline);
  EXPECT_EQ(c->status().state, connection_state::unreachable);
  ASSERT_THAT(sink->complaints(), SizeIs(1));
  EXPECT_FALSE(count());
  EXPECT_THAT(sink->complaints(), SizeIs(1)) << "told once";
  server.start_listening();
  EXPECT_TRUE(count());
  EXPECT_EQ(c->status().state, connection_state::ready);
}

TEST_P(erp_faults, a_login_whose_answer_is_lost_is_only_offline) {
  start();
  server.fail_next("", odoo_fault::half_answer, 1);
  auto const r = count();
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, error_kind::offline);
  EXPECT_TRUE(count());
}

TEST_P(erp_faults, stopping_ends_what_is_pending_and_later_calls) {
  start_ready();
  server.hold();
  std::vector<error_kind> kinds;
  auto const note = [&](auto const& r) { kinds.push_back(r ? error_kind::busy : r.error().kind); };
  c->submit({"res.partner", "search_count", {}, R"({"domain":[]})"}, {}, note);
  until([&] { return server.count("res.partner.search_count") == 1; });
  c->upsert("res.partner", R"({"ref":"A"})", "{}", {}, note);
  c->stop();
  c->submit({"res.partner", "search_count", {}, R"({"domain":[]})"}, {}, note);
  c->upsert("res.partner", R"({"ref":"A"})", "{}", {}, note);
  until([&] { return kinds.size() == 4; });
  EXPECT_THAT(kinds, testing::Each(error_kind::cancelled));
  blocking->join();  // does not wait for the answer that is held back
}

TEST_P(erp_faults, a_client_that_goes_away_with_calls_under_way_leaves_nothing_behind) {
  start_ready();
  server.hold();
  int told = 0;
  for (int i = 0; i < 5; ++i)
    c->submit({"res.partner", "search_count", {}, R"({"domain":[]})"}, {}, [&](auto) { ++told; });
  until([&] { return server.count("res.partner.search_count") == 4; });
  end_client();
  EXPECT_EQ(told, 5);
}

}  // namespace
}  // namespace calluna::erp
