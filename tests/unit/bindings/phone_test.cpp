#include "call_fixture.hpp"

#include <calluna/numbers/region_rules.hpp>

namespace calluna::bindings {
namespace {

class phone : public call_test {
 protected:
  using rules = numbers::region_rules;

  void regions(std::vector<rules::pbx_region> pbxs, std::vector<rules::trunk_region> trunks = {}) {
    options.services.regions = std::make_shared<rules const>(std::move(pbxs), std::move(trunks));
  }
  /// Logs what `expression` gives, each value as text, "; " between them.
  std::string eval(std::string const& expression) {
    auto const loaded = load(
        "local phone, log = require 'calluna.phone', require 'calluna.log'\n"
        "local function show(...) local t = {} for i = 1, select('#', ...) do\n"
        "t[i] = tostring((select(i, ...))) end return table.concat(t, '; ') end\n"
        "log.info('%s', show(" +
        expression + "))");
    return loaded ? last_log().substr(5) : loaded.error().message;
  }
  bool raises(std::string const& expression, std::string const& text) {
    auto const message = eval(expression);
    EXPECT_NE(message.find("init.lua:4: " + text), std::string::npos) << message;
    return true;
  }
};

TEST_F(phone, a_number_has_fields_and_methods) {
  EXPECT_EQ(eval("phone.parse('030 5550000 ext 7', 'DE')"), "+49305550000");
  EXPECT_EQ(eval("(function(n) return n.e164, n.country_code, n.national_number, n.extension, "
                 "n.region, n.kind, n:is_possible(), n:is_valid() end)(phone.parse('+39 06 1234 "
                 "5678 x101'))"),
            "+390612345678; 39; 0612345678; 101; IT; fixed_line; true; true");
  EXPECT_EQ(eval("(function(n) return n.extension, n.region, n.kind, n:is_possible() end)"
                 "(phone.parse('+1 155 555 01'))"),
            "nil; nil; unknown; false; too_short");
  EXPECT_EQ(eval("phone.parse('+49305550000') == phone.parse('030 5550000', 'DE'), "
                 "phone.parse('+49305550000') == phone.parse('+49305550000 x1')"),
            "true; false");
}

TEST_F(phone, formats_in_every_style) {
  EXPECT_EQ(eval("(function(n) return n:format 'e164', n:format 'international', n:format "
                 "'national', n:format 'rfc3966', n:format('out_of_country', 'US') "
                 "end)(phone.parse('030 5550000', 'DE'))"),
            "+49305550000; +49 30 5550000; 030 5550000; tel:+49-30-5550000; 011 49 30 5550000");
  EXPECT_EQ(eval("phone.format('+1 (800) FLOWERS', 'national')"), "(800) 356-9377");
  EXPECT_EQ(eval("phone.format('+49305550000', 'out_of_country', 'FR')"), "00 49 30 5550000");
  EXPECT_EQ(eval("phone.format('s', 'e164')"), "nil; invalid: 's': not a telephone number");
}

TEST_F(phone, normalizes_alike_again_and_again) {
  EXPECT_EQ(
      eval("phone.normalize('0049 30 5550000', 'DE'), phone.normalize('030/5550000 x7', 'DE'), "
           "phone.normalize('030/5550000 x7', 'DE')"),
      "+49305550000; +49305550000; +49305550000");
  EXPECT_EQ(eval("phone.normalize('anonymous', 'DE')"),
            "nil; invalid: 'anonymous': not a telephone number");
  EXPECT_EQ(eval("phone.normalize(nil)"), "nil; invalid: there is no number");
  EXPECT_EQ(eval("select(2, phone.parse('')).kind, select(2, phone.parse('')).retryable"),
            "invalid; false");
}

TEST_F(phone, matches_texts_and_numbers) {
  EXPECT_EQ(eval("phone.match('+49 30 5550000', '030 5550000'), phone.match('+49305550000', "
                 "'+49 30 5550000'), phone.match('+4930', '+4931')"),
            "nsn; exact; none");
  EXPECT_EQ(eval("(function(n) return n:match('5550000'), phone.match('030 5550000', n), "
                 "n:match(phone.parse('+49 30 5550000')) end)(phone.parse('+49305550000'))"),
            "short_nsn; nsn; exact");
  EXPECT_EQ(eval("phone.match('s', '+49305550000')"), "nil; invalid: 's': not a telephone number");
}

TEST_F(phone, without_a_region_an_error_says_where_to_set_one) {
  EXPECT_EQ(
      eval("phone.normalize('030 5550000')"),
      "nil; invalid: '030 5550000': it has no country code: give a region, or set `region` in "
      "[pbx.NAME] of the configuration");
  EXPECT_EQ(eval("phone.normalize('+49 30 5550000')"), "+49305550000");
}

TEST_F(phone, the_region_that_all_pbxs_share_is_the_default) {
  regions({{"main", "DE"}, {"branch", "DE"}});
  EXPECT_EQ(eval("phone.normalize('030 5550000')"), "+49305550000");
  EXPECT_EQ(eval("phone.normalize('030 5550000', 'CH')"), "+41305550000");
  regions({{"main", "DE"}, {"branch", "AT"}});
  EXPECT_EQ(eval("phone.normalize('030 5550000') or 'none'"), "none");
}

TEST_F(phone, misuse_raises_at_the_caller_s_line) {
  raises("phone.parse('030', 'de')",
         "phone.parse: 'de' is no region; it takes two capital letters");
  raises("phone.parse(49)", "phone.parse: argument 1 is a number; it takes a string or nil");
  raises("phone.normalize('030', 49)",
         "phone.normalize: argument 2 is a number; it takes a string or nil");
  raises("phone.format('030', 'e614')",
         "phone.format: unknown style 'e614' (did you mean 'e164'?)");
  raises("phone.format('030', 'out_of_country')", "phone.format: out_of_country needs the region");
  raises("phone.parse('+4930555'):format('national', 'DE')",
         "number:format: only out_of_country takes a region");
  raises("phone.parse('+4930555'):format()",
         "number:format: argument 1 is a nil; it takes a string");
  raises("phone.match('030', {})", "phone.match: argument 2 is a table; it takes a string");
  raises("phone.region_of('PJSIP/101')", "phone.region_of: argument 1 is a string");
}

constexpr char region_app[] = R"(
  local ari, ami, log = require "calluna.ari", require "calluna.ami", require "calluna.log"
  local phone, task = require "calluna.phone", require "calluna.task"
  ari.app("x", function(ch)
    task.spawn(function() log.info("%s %s", phone.normalize("030 5550000"), phone.region_of(ch)) end)
    ch:wait_end()
  end)
  ami.on("Newchannel", function(ev)
    log.info("%s %s", tostring(phone.normalize("030 5550000")), tostring(phone.region_of(ev)))
  end))";

TEST_F(phone, a_task_reads_numbers_as_its_call_s_trunk_does) {
  regions({{"main", "DE"}, {"branch", "FR"}}, {{"main", "PJSIP/trunk", "CH"}});
  run_app(region_app);
  call("c1");  // on PJSIP/trunk-0000c1
  EXPECT_EQ(last_log(), "info +41305550000 CH");
  ami_event("Event: Newchannel\r\nChannel: PJSIP/trunk-0000001f\r\n");
  EXPECT_EQ(last_log(), "info nil CH");  // no call is served here, and the PBXs do not agree
  ami_event("Event: Newchannel\r\nChannel: PJSIP/101-0000001f\r\n");
  EXPECT_EQ(last_log(), "info nil DE");
}

TEST_F(phone, a_task_reads_numbers_as_its_call_s_pbx_does) {
  regions({{"main", "DE"}, {"branch", "FR"}});
  run_app(region_app);
  call("c1");
  EXPECT_EQ(last_log(), "info +49305550000 DE");
}

}  // namespace
}  // namespace calluna::bindings
