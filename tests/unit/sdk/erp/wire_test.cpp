#include <calluna/erp/erp_error.hpp>
#include <calluna/erp/json2.hpp>
#include <calluna/erp/json_rpc.hpp>
#include <calluna/erp/probe.hpp>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

/// Both transports beside what a real Odoo 19 said (tests/wire/odoo19).
namespace calluna::erp {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

json recorded(std::string const& name) {
  std::ifstream file(CALLUNA_SOURCE_DIR "/tests/wire/odoo19/" + name + ".json");
  EXPECT_TRUE(file) << name;
  return json::parse(file);
}

http_answer answer_of(std::string const& name) {
  auto const response = recorded(name)["response"];
  return {response["status"].get<int>(), response["body"].get<std::string>()};
}

json body_of(std::string const& name) {
  return json::parse(recorded(name)["request"]["body"].get<std::string>());
}

result<json> decoded(std::string const& name) {
  return name.rfind("json2_", 0) == 0 ? json2::decode(answer_of(name))
                                      : json_rpc::decode(answer_of(name));
}

struct expectation {
  char const* talk;
  erp_errc code;
  error_kind kind;
  bool retryable = false;
};

class erp_recorded_failures : public testing::TestWithParam<expectation> {};

TEST_P(erp_recorded_failures, have_a_code_a_kind_and_the_servers_words) {
  auto const& wanted = GetParam();
  auto const value = decoded(wanted.talk);
  ASSERT_FALSE(value);
  auto const& e = value.error();
  EXPECT_EQ(erp_code_word(e.code), to_string(wanted.code)) << e.message;
  EXPECT_EQ(e.kind, wanted.kind);
  EXPECT_EQ(e.retryable, wanted.retryable);
  EXPECT_FALSE(e.message.empty());
  EXPECT_THAT(e.message, Not(HasSubstr("Traceback")));
  EXPECT_THAT(e.message, Not(HasSubstr("\n")));
}

using sort = error_kind;
using why = erp_errc;
INSTANTIATE_TEST_SUITE_P(
    odoo_19, erp_recorded_failures,
    testing::Values(expectation{"json2_key_wrong", why::access_denied, sort::refused},
                    expectation{"json2_key_expired", why::access_denied, sort::refused},
                    expectation{"json2_key_none", why::access_denied, sort::refused},
                    expectation{"json2_access_read", why::access, sort::refused},
                    expectation{"json2_access_create", why::access, sort::refused},
                    expectation{"json2_access_unlink", why::access, sort::refused},
                    expectation{"json2_access_private", why::access, sort::refused},
                    expectation{"json2_access_fields_unnamed", why::access, sort::refused},
                    expectation{"json2_missing_write", why::missing, sort::gone},
                    expectation{"json2_unknown_model", why::unknown_model, sort::invalid},
                    expectation{"json2_unknown_method", why::unknown_method, sort::invalid},
                    expectation{"json2_unknown_field", why::unknown_field, sort::invalid},
                    expectation{"json2_unknown_field_in_create", why::unknown_field, sort::invalid},
                    expectation{"json2_unknown_field_in_domain", why::unknown_field, sort::invalid},
                    expectation{"json2_unknown_argument", why::arguments, sort::invalid},
                    expectation{"json2_bad_json", why::arguments, sort::invalid},
                    expectation{"json2_validation_required", why::validation, sort::invalid},
                    expectation{"json2_validation_constraint", why::validation, sort::invalid},
                    expectation{"json2_validation_check", why::validation, sort::invalid},
                    expectation{"json2_validation_foreign_key", why::validation, sort::invalid},
                    expectation{"json2_unique_second", why::validation, sort::invalid},
                    expectation{"json2_user_error", why::user, sort::rejected},
                    expectation{"json2_redirect_warning", why::user, sort::rejected},
                    expectation{"rpc_access_denied", why::access_denied, sort::refused},
                    expectation{"rpc_access_read", why::access, sort::refused},
                    expectation{"rpc_access_unlink", why::access, sort::refused},
                    expectation{"rpc_access_private", why::access, sort::refused},
                    expectation{"rpc_missing_write", why::missing, sort::gone},
                    expectation{"rpc_unknown_model", why::unknown_model, sort::invalid},
                    expectation{"rpc_unknown_method", why::unknown_method, sort::invalid},
                    expectation{"rpc_unknown_field", why::unknown_field, sort::invalid},
                    expectation{"rpc_unknown_argument", why::arguments, sort::invalid},
                    expectation{"rpc_unknown_database", why::unknown_database, sort::invalid},
                    expectation{"rpc_validation_required", why::validation, sort::invalid},
                    expectation{"rpc_validation_constraint", why::validation, sort::invalid},
                    expectation{"rpc_unique_second", why::validation, sort::invalid},
                    expectation{"rpc_user_error", why::user, sort::rejected},
                    expectation{"rpc_redirect_warning", why::user, sort::rejected},
                    expectation{"session_expired", why::session_expired, sort::refused, true}),
    [](auto const& about) { return std::string(about.param.talk); });

TEST(erp_recorded, the_database_nobody_has_is_told_as_such) {
  auto const uid = json2::decode_login(answer_of("json2_unknown_database"));
  ASSERT_FALSE(uid);
  EXPECT_EQ(uid.error().code, erp_errc::unknown_database);
}

TEST(erp_recorded, values_are_the_same_over_both_transports) {
  EXPECT_EQ(decoded("json2_unlink")->dump(), "true");
  EXPECT_EQ(decoded("rpc_unlink")->dump(), "true");
  auto const a = decoded("json2_search_read"), b = decoded("rpc_search_read");
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(a->is_array());
  EXPECT_EQ(a->size(), b->size());
  EXPECT_EQ(decoded("json2_read_missing")->size(), 1U) << "one of the two does not exist";
}

TEST(erp_recorded, versions_and_logins) {
  server_version const nineteen{19, 0, "19.0"};
  EXPECT_EQ(*json2::decode_version(answer_of("web_version")), nineteen);
  EXPECT_EQ(*json_rpc::decode_version(answer_of("rpc_version")), nineteen);
  EXPECT_EQ(json2::decode_login(answer_of("json2_context_get")).value(), 8);
  EXPECT_EQ(json_rpc::decode_login(answer_of("rpc_authenticate")).value(), 8);
  EXPECT_EQ(json_rpc::decode_login(answer_of("rpc_authenticate_wrong")).value(), std::nullopt);
  EXPECT_EQ(json_rpc::decode_login(answer_of("rpc_authenticate_expired")).value(), std::nullopt);
}

TEST(erp_json2, writes_what_a_real_server_understood) {
  json2::credentials const who{"", "KEY-telephony"};
  call const c{
      "res.partner", "message_post", std::vector<record_id>{2212},
      R"({"body":"Called, 2 min","message_type":"comment","subtype_xmlid":"mail.mt_note"})", "[]"};
  auto const request = json2::call_request(who, c);
  ASSERT_TRUE(request);
  auto const talk = recorded("json2_note")["request"];
  EXPECT_EQ(request->path, talk["path"].get<std::string>());
  EXPECT_EQ(request->method, talk["method"].get<std::string>());
  EXPECT_EQ(json::parse(request->body), body_of("json2_note"));
  EXPECT_EQ(request->headers.front().second, "bearer KEY-telephony");
  EXPECT_EQ(request->headers.size(), 1U) << "no empty database";
}

TEST(erp_json2, names_the_arguments_every_model_has_and_refuses_others) {
  json2::credentials const who{"lab", "k"};
  auto const create =
      json2::call_request(who, {"crm.lead", "create", {}, "{}", R"([[{"name":"x"}]])"});
  EXPECT_EQ(create->body, R"({"vals_list":[{"name":"x"}]})");
  EXPECT_EQ(create->headers.back(),
            (std::pair<std::string, std::string>("X-Odoo-Database", "lab")));
  auto const write = json2::call_request(
      who, {"crm.lead", "write", std::vector<record_id>{1}, "{}", R"([{"name":"x"}])"});
  EXPECT_EQ(write->body, R"({"ids":[1],"vals":{"name":"x"}})");
  auto const other = json2::call_request(who, {"crm.lead", "action_set_won", {}, "{}", "[1]"});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, error_kind::invalid);
  EXPECT_THAT(other.error().message, HasSubstr("by name"));
}

TEST(erp_json2, a_model_that_is_no_name_never_becomes_part_of_a_path) {
  for (auto const* odd : {"../web", "a b", "a?b", "", "a\r\nb", "a/b"}) {
    EXPECT_FALSE(json2::call_request({"", "k"}, {odd, "read", {}, "{}", "[]"})) << odd;
    EXPECT_FALSE(json2::call_request({"", "k"}, {"res.partner", odd, {}, "{}", "[]"})) << odd;
  }
}

TEST(erp_json_rpc, writes_what_a_real_server_understood) {
  json_rpc::credentials const who{"lab", "telephony", "KEY-telephony"};
  auto const same_params = [](http_request const& request, std::string const& talk) {
    EXPECT_EQ(request.path, "/jsonrpc");
    EXPECT_EQ(json::parse(request.body)["params"], body_of(talk)["params"]) << talk;
  };
  same_params(json_rpc::version_request(), "rpc_version");
  same_params(json_rpc::login_request(who), "rpc_authenticate");
  call const create{"crm.lead", "create", {}, "{}", R"([[{"name":"Call 1"},{"name":"Call 2"}]])"};
  same_params(*json_rpc::call_request(who, 8, create), "rpc_create_two");
  call const note{"res.partner", "message_post", std::vector<record_id>{2212},
                  R"({"body":"Called, 2 min","subtype_xmlid":"mail.mt_note"})", "[]"};
  same_params(*json_rpc::call_request(who, 8, note), "rpc_note");
}

TEST(erp_json_rpc, gives_the_domain_of_a_search_by_its_place) {  // 14 and 15 call it `args`
  json_rpc::credentials const who{"lab", "telephony", "KEY-telephony"};
  auto const arguments = [&](char const* method, std::string named, std::string positional) {
    auto const request = json_rpc::call_request(
        who, 8, {"res.partner", method, {}, std::move(named), std::move(positional)});
    auto const args = json::parse(request->body)["params"]["args"];
    return json{args[5], args[6]}.dump();
  };
  EXPECT_EQ(arguments("search", R"({"domain":[["ref","=","A"]],"limit":1})", "[]"),
            R"([[[["ref","=","A"]]],{"limit":1}])");
  EXPECT_EQ(arguments("search_count", R"({"domain":[]})", "[]"), "[[[]],{}]");
  EXPECT_EQ(arguments("search", R"({"limit":1})", "[[]]"), R"([[[]],{"limit":1}])");
  EXPECT_EQ(arguments("search_read", R"({"domain":[]})", "[]"), R"([[],{"domain":[]}])")
      << "of the same name everywhere";
}

TEST(erp_transports, arguments_that_are_no_json_are_refused_before_anything_is_sent) {
  call const bad{"res.partner", "read", {}, "{", "[]"};
  EXPECT_FALSE(json2::call_request({"", "k"}, bad));
  EXPECT_FALSE(json_rpc::call_request({"d", "u", "k"}, 1, bad));
}

TEST(erp_transports, every_broken_answer_is_an_error) {
  for (std::string const whole : {R"({"jsonrpc":"2.0","id":1,"result":[{"id":1}]})"}) {
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      auto const value = json_rpc::decode({200, whole.substr(0, cut)});
      ASSERT_FALSE(value) << cut;
      EXPECT_EQ(value.error().code, erp_errc::malformed);
      EXPECT_FALSE(json2::decode({200, whole.substr(0, cut)})) << cut;
    }
  }
  for (auto const* odd : {"null", "3", "[]", R"({"error":{}})", R"({"error":{"data":7}})"})
    json_rpc::decode({200, odd});  // anything but a crash
  EXPECT_FALSE(json_rpc::decode({200, std::string(2000, '[')}));
  EXPECT_EQ(json_rpc::decode({502, "<html>"}).error().code, erp_errc::unreachable);
  EXPECT_EQ(json_rpc::decode({404, "<html>"}).error().code, erp_errc::not_odoo);
  EXPECT_EQ(json_rpc::decode({302, ""}).error().code, erp_errc::not_odoo);
  EXPECT_TRUE(json_rpc::decode({429, ""}).error().retryable);
}

// -- the probe

struct scripted_talk {
  std::vector<std::string> asked;
  result<session> play(probe_options options, std::map<std::string, http_answer> const& answers) {
    probe p(std::move(options));
    while (!p.finished() && asked.size() < 10) {
      auto const request = p.next();
      auto const name = request.path == "/jsonrpc"
                            ? json::parse(request.body)["params"]["method"].get<std::string>()
                            : request.path;
      asked.push_back(name);
      auto const found = answers.find(name);
      p.feed(found == answers.end() ? http_answer{404, "<html>"} : found->second);
    }
    return p.outcome();
  }
};

TEST(erp_probe, prefers_json2_where_the_server_has_it) {
  scripted_talk t;
  auto const s = t.play({"lab", "telephony", "k"},
                        {{"/web/version", answer_of("web_version")},
                         {"/json/2/res.users/context_get", answer_of("json2_context_get")}});
  ASSERT_TRUE(s);
  EXPECT_EQ(s->transport, transport::json2);
  EXPECT_EQ(s->uid, 8);
  EXPECT_EQ(s->version.major, 19);
  EXPECT_EQ(t.asked.size(), 2U);
}

TEST(erp_probe, a_password_works_over_json_rpc_where_json2_takes_only_keys) {
  scripted_talk t;
  auto const s = t.play({"lab", "telephony", "k"},
                        {{"/web/version", answer_of("web_version")},
                         {"/json/2/res.users/context_get", answer_of("json2_key_wrong")},
                         {"version", answer_of("rpc_version")},
                         {"authenticate", answer_of("rpc_authenticate")}});
  ASSERT_TRUE(s);
  EXPECT_EQ(s->transport, transport::json_rpc);
}

TEST(erp_probe, an_older_server_gets_json_rpc_at_once) {
  scripted_talk t;
  auto const s = t.play(
      {"lab", "telephony", "k"},
      {{"version", answer_of("rpc_version")}, {"authenticate", answer_of("rpc_authenticate")}});
  ASSERT_TRUE(s);
  EXPECT_THAT(t.asked, testing::ElementsAre("/web/version", "version", "authenticate"));
}

TEST(erp_probe, failures_say_what_is_wrong) {
  auto const code = [](probe_options options, std::map<std::string, http_answer> const& answers) {
    auto const s = scripted_talk().play(std::move(options), answers);
    return s ? "none" : std::string(erp_code_word(s.error().code));
  };
  auto const version =
      std::pair<std::string const, http_answer>{"/web/version", answer_of("web_version")};
  auto const rpc = std::pair<std::string const, http_answer>{"version", answer_of("rpc_version")};
  auto const wrong = answer_of("json2_key_wrong");
  EXPECT_EQ(code({"lab", "", "k"}, {version, {"/json/2/res.users/context_get", wrong}}),
            "access_denied");
  EXPECT_EQ(code({"lab", "u", "k"}, {version,
                                     {"/json/2/res.users/context_get", wrong},
                                     rpc,
                                     {"authenticate", answer_of("rpc_authenticate_wrong")}}),
            "access_denied");
  EXPECT_EQ(code({"lab", "u", "k", transport_choice::json2},
                 {version, {"/json/2/res.users/context_get", wrong}}),
            "access_denied");
  EXPECT_EQ(code({"lab", "u", "k"}, {}), "not_odoo");
  EXPECT_EQ(code({"lab", "", "k"}, {rpc}), "arguments") << "JSON-RPC without a login name";
  EXPECT_EQ(code({"lab", "u", "k"},
                 {rpc, {"authenticate", answer_of("rpc_authenticate_unknown_database")}}),
            "unknown_database");
}

}  // namespace
}  // namespace calluna::erp
