// The example app click_to_call: its HTTP route with real phones, and its page in a real browser.
#include "support/browser.hpp"
#include "support/example_app.hpp"
#include "support/lab_test.hpp"
#include "support/odoo.hpp"

#include <nlohmann/json.hpp>

#include <future>
#include <httplib.h>

namespace calluna::integration {
namespace {

using nlohmann::json;

struct http_answer {
  int status = 0;
  json body = nullptr;  ///< null: none
};
std::ostream& operator<<(std::ostream& out, http_answer const& a) {
  return out << a.status << ' ' << a.body;
}

class click_to_call : public lab_test {
 protected:
  void SetUp() override {
    lab_test::SetUp();
    if (HasFatalFailure() || IsSkipped()) return;
    program_ = &run({.apps = {{"click_to_call", example_app("click_to_call"),
                               "config = { region = \"DE\", prefix = \"0\" }"}},
                     .sections = R"(
[http]
listen = "127.0.0.1:0"
[user.anna]
name = "Anna"
extension = "101"
devices = [{ channel = "PJSIP/101", auto_answer = "yealink" }]
[user.boris]
extension = "102"
devices = ["PJSIP/102"]
[user.chloe]
name = "Chloe"
[user.dora]
devices = ["SIP/999"]
[user.emil]
devices = [{ channel = "PJSIP/nowhere", context = "from-phones" }]
)"});
    url_ = program_->http();
  }
  /// A token of that user; "" is nobody's.
  std::string token(std::string const& user) {
    auto& one = tokens_[user];
    if (one.empty()) one = program_->token("of-" + user, user);
    return one;
  }
  http_answer post(std::string const& user, std::string const& body, std::string const& key = {}) {
    httplib::Headers headers{{"Authorization", "Bearer " + token(user)}};
    if (!key.empty()) headers.emplace("Idempotency-Key", key);
    httplib::Client client(url_);
    client.set_read_timeout(30s);
    return read(client.Post("/v1/calls", headers, body, "application/json"));
  }
  http_answer call_number(std::string const& user, std::string const& number,
                          std::string const& key = {}) {
    return post(user, json{{"number", number}}.dump(), key);
  }
  http_answer end(std::string const& user, std::string const& id) {
    return read(httplib::Client(url_).Delete(
        ("/v1/calls/" + id).c_str(), httplib::Headers{{"Authorization", "Bearer " + token(user)}}));
  }
  std::string const& url() const { return url_; }

 private:
  static http_answer read(httplib::Result const& said) {
    if (!said) return {};
    return {said->status, said->body.empty() ? json(nullptr) : json::parse(said->body)};
  }
  runtime* program_ = nullptr;
  std::string url_;
  std::map<std::string, std::string> tokens_;
};
CALLUNA_WITH_BOTH(click_to_call);

TEST_P(click_to_call, rings_the_own_phone_then_the_number_and_is_ended_by_its_owner_alone) {
  auto& own = phone("101", {"answer"});
  auto& outside = phone("trunk", {"answer"});
  auto const made = call_number("anna", "030 5550000");
  ASSERT_EQ(made.status, 201) << made;
  EXPECT_EQ(made.body["status"], "up");
  EXPECT_EQ(own.log().count("^Alert-Info: .*alert-autoanswer"), 1u) << own.log().text();
  EXPECT_EQ(own.log().count("^From: \"\\+49 30 5550000\""), 1u) << own.log().text();
  EXPECT_EQ(outside.log().count("^INVITE sip:\\+49305550000@"), 1u) << outside.log().text();
  auto const id = made.body["id"].get<std::string>();
  EXPECT_EQ(end("boris", id).status, 404);
  EXPECT_EQ(end("anna", "no-such-call").status, 404);
  EXPECT_EQ(ari().channels().size(), 2u) << "they still talk";
  EXPECT_EQ(end("anna", id).status, 204);
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_TRUE(outside.saw("ended", 5s));
  EXPECT_TRUE(nothing_left());
  EXPECT_EQ(end("anna", id).status, 404);
}

TEST_P(click_to_call, is_one_call_for_one_key) {
  auto& own = phone("101", {"answer", "--answer-after", "500"});
  auto& outside = phone("trunk", {"answer", "--hangup-after", "1500"});
  token("anna");
  auto const again = [&] { return call_number("anna", "+49 30 5550000", "4711"); };
  auto first = std::async(std::launch::async, again),
       second = std::async(std::launch::async, again);
  auto const one = first.get(), other = second.get(), later = again();
  EXPECT_EQ(one.status, 201) << one;
  EXPECT_EQ(other.body["id"], one.body["id"]);
  EXPECT_EQ(later.body["id"], one.body["id"]) << later;
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_EQ(own.log().count("^invited"), 1u);
  EXPECT_EQ(outside.log().count("^invited"), 1u);
}

TEST_P(click_to_call, is_for_people_with_a_phone_that_can_be_rung) {
  auto const nobody = httplib::Client(url()).Post("/v1/calls", "{}", "application/json");
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->status, 401);
  auto const ownerless = call_number("", "+49305550000");
  EXPECT_EQ(ownerless.status, 403) << ownerless;
  EXPECT_EQ(end("", "x").status, 403);
  auto const chloe = call_number("chloe", "+49305550000");
  EXPECT_EQ(chloe.status, 409) << chloe;
  EXPECT_EQ(chloe.body["error"], "no active phone assigned");
  auto const dora = call_number("dora", "+49305550000");
  EXPECT_EQ(dora.status, 409) << dora;
  EXPECT_EQ(dora.body["kind"], "invalid");
  EXPECT_NE(dora.body["error"].get<std::string>().find("in which context SIP/999 dials"),
            std::string::npos)
      << dora;
  auto const emil = call_number("emil", "+49305550000");
  EXPECT_EQ(emil.status, 503) << emil;
  EXPECT_EQ(emil.body["kind"], "offline");
  EXPECT_EQ(emil.body["side"], "user");
}

TEST_P(click_to_call, takes_what_can_be_a_number_ten_times_in_a_minute) {
  for (std::string const body : {"", "{", "[]", "7", "{\"number\":7}"}) {
    auto const said = post("anna", body);
    EXPECT_EQ(said.status, 422) << body << ' ' << said;
  }
  std::map<std::string, std::string> const wrong{
      {"+49 30", "+4930 is no telephone number: its area code is missing"},
      {"+1 415 55", "too short"},
      {"+49 30 5550000 55500001", "too long"},
      {"+999 5550000", "country"},
      {"${SHELL(id)}", "not a telephone number"},
      {"101&102", ""},
      {"<b>x", ""},
      {std::string(9000, '7'), ""}};
  for (auto const& [number, why] : wrong) {
    auto const said = call_number(number.size() < 9 ? "anna" : "boris", number);
    EXPECT_EQ(said.status, 422) << number << ' ' << said;
    EXPECT_NE(said.body.dump().find(why), std::string::npos) << number << ' ' << said;
  }
  auto const long_key = call_number("boris", "+49305550000", std::string(65, 'k'));
  EXPECT_EQ(long_key.status, 422) << long_key;
  for (int i = 0; i < 5; ++i) post("boris", "{}");
  EXPECT_EQ(call_number("boris", "+49305550000").status, 429);
  EXPECT_EQ(post("chloe", "{}").status, 409) << "everybody has a limit of their own";
}

TEST_P(click_to_call, says_what_the_phones_said) {
  auto& own = phone("101", {"answer"});
  phone("103", {"busy"});
  auto const busy = call_number("anna", "103");
  EXPECT_EQ(busy.status, 409) << busy;
  EXPECT_EQ(busy.body["kind"], "busy");
  EXPECT_EQ(busy.body["side"], "remote");
  EXPECT_TRUE(own.saw("ended", 5s));
  phone("102", {"busy"});
  auto const rejected = call_number("boris", "+49305550000");
  EXPECT_EQ(rejected.status, 409) << rejected;
  EXPECT_EQ(rejected.body["kind"], "busy");
  EXPECT_EQ(rejected.body["side"], "user");
}

constexpr char says[] = "return document.getElementById('status').textContent";
constexpr char number[] = "return document.getElementById('number').value";

/// The page, signed in as anna.
class click_page : public click_to_call {
 protected:
  browser& page(std::string const& query = {}) {
    if (!page_) page_ = std::make_unique<browser>(folder());
    page_->open(url() + "/click/" + query);
    return *page_;
  }
  bool said(std::string const& text) {
    return page_->soon(std::string(says) + ".includes(" + json(text).dump() + ")", 10s);
  }
  void sign_in() {
    page("?tel=tel:101").type("\n");
    ASSERT_TRUE(said("Sign in first."));
    page_->type(token("anna") + "\n");
    ASSERT_TRUE(page_->soon("return document.getElementById('sign-in').hidden", 10s));
  }
  browser& open_page() { return *page_; }

 private:
  std::unique_ptr<browser> page_;
};
CALLUNA_WITH_BOTH(click_page);

TEST_P(click_page, calls_and_hangs_up_by_the_keyboard_alone) {
  auto& own = phone("101", {"answer"});
  auto& outside = phone("trunk", {"answer"});
  sign_in();
  auto& here = page("?tel=tel%3A%2B49%2030%205550000");
  EXPECT_EQ(here.run(number), "+49 30 5550000");
  EXPECT_EQ(own.log().count("^invited"), 0u) << "a link alone does not call";
  here.type("\n");
  ASSERT_TRUE(said("Connected."));
  EXPECT_EQ(outside.log().count("^INVITE sip:\\+49305550000@"), 1u);
  here.type("\uE004");  // Tab
  here.type("\uE004");
  here.type("\n");
  EXPECT_TRUE(said("Hung up."));
  EXPECT_TRUE(own.saw("ended", 5s));
  EXPECT_TRUE(outside.saw("ended", 5s));
}

TEST_P(click_page, takes_whatever_is_in_a_link_for_text) {
  sign_in();
  std::map<std::string, std::string> const links{
      {"%25", "%"},
      {"tel:%25zz", "%zz"},
      {"tel:%253Cb%253E", "<b>"},
      {"%3Cimg%20src=x%20onerror=%22document.title='owned'%22%3E",
       "<img src=x onerror=\"document.title='owned'\">"},
      {"javascript:alert(1)", "javascript:alert(1)"},
      {"%22;DROP%20TABLE", "\";DROP TABLE"}};
  for (auto const& [link, shown] : links) {
    auto& here = page("?tel=" + link);
    EXPECT_EQ(here.run(number), shown);
    here.type("\n");
    EXPECT_TRUE(said("not a telephone number")) << link << here.run(says);
    EXPECT_EQ(here.run("return document.title"), "Call");
    EXPECT_EQ(here.run("return document.querySelectorAll('img, b').length"), 0);
  }
}

/// From a form of a real Odoo, whose links the browser brings to the page.
class click_from_odoo : public click_page {
 protected:
  void SetUp() override {
    if (odoo::is_unwanted()) GTEST_SKIP() << "without Odoo, as was asked for";
    click_page::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    server = &odoo::shared();
  }
  /// By another name of this machine, so that it is another site than the page.
  std::string odoo_url(std::string const& path) const {
    return "http://localhost:" + std::to_string(server->port()) + path;
  }
  void log_in(browser& at) {
    at.open(odoo_url("/web/login"));
    json const who{{"db", server->database()}, {"login", "anna"}, {"password", "anna"}};
    auto const uid = at.run(
        "return fetch('/web/session/authenticate', { method: 'POST', headers: { "
        "'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', "
        "method: 'call', params: " +
        who.dump() + " }) }).then(a => a.json()).then(a => a.result.uid)");
    ASSERT_TRUE(uid.is_number()) << uid;
  }
  odoo* server = nullptr;
};
INSTANTIATE_TEST_SUITE_P(odoo_19, click_from_odoo, testing::Values(22, 16),
                         [](auto const& about) { return "with_" + version_name(about); });

TEST_P(click_from_odoo, a_number_in_a_partners_form_leads_to_the_page_and_the_call) {
  auto& own = phone("101", {"answer"});
  auto& outside = phone("trunk", {"answer"});
  sign_in();
  auto& at = page();
  at.allow_link_handlers();
  at.click("#register");
  ASSERT_TRUE(said("The browser asks"));
  log_in(at);
  auto const cleo = server->sql("select id from res_partner where ref = 'LAB-S-CLEO'");
  at.open(odoo_url("/odoo/res.partner/" + cleo));
  std::string const link = ".o_form_view [name=phone] a[href^='tel:']";
  auto const shown = "return document.querySelector(\"" + link + "\")";
  ASSERT_TRUE(at.soon(shown + "?.href", 60s));
  EXPECT_EQ(at.run(shown + ".href"), "tel:+49305550000");
  at.click(".o_form_view [name=phone] input");  // which makes the link visible
  at.click(link);
  ASSERT_TRUE(at.follow_new_tab(10s));
  ASSERT_TRUE(
      at.soon("return location.pathname == '/click/' && document.readyState == 'complete'", 10s));
  EXPECT_EQ(at.run("return location.href"), url() + "/click/?tel=tel%3A%2B49305550000");
  EXPECT_EQ(at.run(number), "+49305550000");
  at.type("\n");
  ASSERT_TRUE(said("Connected.")) << at.run(says);
  EXPECT_EQ(own.log().count("^invited"), 1u);
  EXPECT_EQ(outside.log().count("^INVITE sip:\\+49305550000@"), 1u);
  at.click("#hang-up");
  EXPECT_TRUE(said("Hung up."));
  EXPECT_TRUE(own.saw("ended", 5s));
}

}  // namespace
}  // namespace calluna::integration
