#include <calluna/ari/request.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <string>

namespace calluna::ari {
namespace {

using nlohmann::json;

result<request> make(std::string_view name, json const& arguments) {
  auto const* what = find_operation(name);
  if (!what) throw std::logic_error("no operation " + std::string(name));
  return make_request(*what, arguments);
}

/// "METHOD target body", or the error's text.
std::string made(std::string_view name, json const& arguments) {
  auto const r = make(name, arguments);
  if (!r) return to_string(r.error());
  std::string text{to_string(r->method)};
  text += ' ' + target(*r);
  if (!r->body.empty()) text += ' ' + r->body;
  return text;
}

TEST(ari_request, puts_path_parameters_into_the_path) {
  EXPECT_EQ(made("channels.answer", {{"channelId", "1.2"}}), "POST channels/1.2/answer");
  EXPECT_EQ(made("channels.answer", {{"channel_id", "1.2"}}), "POST channels/1.2/answer");
  EXPECT_EQ(made("bridges.setVideoSource", {{"channelId", "c"}, {"bridgeId", "b"}}),
            "POST bridges/b/videoSource/c");
}

TEST(ari_request, needs_no_arguments_where_nothing_is_required) {
  for (json const& none : {json(), json::object(), json::array()}) {
    EXPECT_EQ(made("channels.list", none), "GET channels");
  }
}

TEST(ari_request, percent_encodes_all_but_unreserved_characters) {
  EXPECT_EQ(made("channels.get", {{"channelId", "a/b c?d#e%f+g"}}),
            "GET channels/a%2Fb%20c%3Fd%23e%25f%2Bg");
  EXPECT_EQ(made("channels.setChannelVar",
                 {{"channelId", "aZ09-._~"}, {"variable", "X"}, {"value", "a&b=c;\xC3\xBC"}}),
            "POST channels/aZ09-._~/variable?variable=X&value=a%26b%3Dc%3B%C3%BC");
}

TEST(ari_request, keeps_the_query_plain_for_the_websocket) {
  auto const r =
      make("channels.play", {{"channelId", "1"}, {"media", "sound:a b"}, {"lang", "de"}});
  ASSERT_TRUE(r);
  ASSERT_EQ(r->query.size(), 2U);
  EXPECT_EQ(r->query[0].name, "media");
  EXPECT_EQ(r->query[0].value, "sound:a b");
  EXPECT_EQ(r->query[1].name, "lang");
  EXPECT_EQ(r->path, "channels/1/play");
}

TEST(ari_request, takes_both_spellings_and_sends_asterisks) {
  EXPECT_EQ(made("channels.originate", {{"endpoint", "PJSIP/1"}, {"callerId", "x"}}),
            made("channels.originate", {{"endpoint", "PJSIP/1"}, {"caller_id", "x"}}));
  EXPECT_EQ(
      made("bridges.addChannel", {{"bridge_id", "b"}, {"channel", "c"}, {"absorb_dtmf", true}}),
      "POST bridges/b/addChannel?channel=c&absorbDTMF=true");
}

TEST(ari_request, refuses_an_unknown_parameter_and_names_the_nearest) {
  auto const r = make("channels.originate", {{"endpoint", "PJSIP/1"}, {"calerid", "x"}});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().kind, error_kind::invalid);
  EXPECT_FALSE(r.error().retryable);
  EXPECT_EQ(r.error().message,
            "channels.originate: unknown parameter 'calerid' (did you mean 'callerId'?)");
  EXPECT_EQ(
      made("channels.originate", {{"endpoint", "x"}, {"caler_id", "x"}}),
      "invalid: channels.originate: unknown parameter 'caler_id' (did you mean 'caller_id'?)");
  EXPECT_EQ(made("channels.answer", {{"channelId", "1"}, {"volume", 1}}),
            "invalid: channels.answer: unknown parameter 'volume'");
  EXPECT_EQ(made("channels.list", {{std::string(5000, 'x'), 1}}),
            "invalid: channels.list: unknown parameter '" + std::string(64, 'x') + "'");
}

TEST(ari_request, refuses_the_same_parameter_in_two_spellings) {
  EXPECT_EQ(made("channels.answer", {{"channelId", "1"}, {"channel_id", "2"}}),
            "invalid: channels.answer: 'channelId' is given twice, also as 'channel_id'");
}

TEST(ari_request, refuses_when_a_required_parameter_is_missing) {
  EXPECT_EQ(made("channels.answer", json::object()),
            "invalid: channels.answer: missing parameter 'channelId'");
  EXPECT_EQ(made("channels.play", {{"channelId", "1"}}),
            "invalid: channels.play: missing parameter 'media'");
  EXPECT_EQ(made("channels.play", {{"channelId", "1"}, {"media", json::array()}}),
            "invalid: channels.play: missing parameter 'media'");
  EXPECT_EQ(made("channels.play", {{"channelId", "1"}, {"media", nullptr}}),
            "invalid: channels.play: missing parameter 'media'");
}

TEST(ari_request, refuses_arguments_without_names) {
  EXPECT_EQ(made("channels.answer", json::array({"1.2"})),
            "invalid: channels.answer: the arguments must be a table with names");
  EXPECT_EQ(made("channels.answer", "1.2"),
            "invalid: channels.answer: the arguments must be a table with names");
}

TEST(ari_request, refuses_path_parameters_which_change_the_path) {
  EXPECT_EQ(made("channels.hangup", {{"channelId", ""}}),
            "invalid: channels.hangup: 'channelId' must not be ''");
  EXPECT_EQ(made("recordings.getStored", {{"recordingName", ".."}}),
            "invalid: recordings.getStored: 'recordingName' must not be '..'");
  EXPECT_EQ(made("recordings.getStored", {{"recordingName", "../x"}}),
            "GET recordings/stored/..%2Fx");
}

TEST(ari_request, refuses_cr_lf_and_nul_wherever_they_stand) {
  std::string const plain = "abc";
  for (std::size_t at = 0; at <= plain.size(); ++at) {
    for (char const bad : {'\r', '\n', '\0'}) {
      std::string text = plain;
      text.insert(at, 1, bad);
      EXPECT_EQ(made("channels.answer", {{"channelId", text}}),
                "invalid: channels.answer: 'channelId' must not hold CR, LF or NUL");
      EXPECT_EQ(made("channels.play", {{"channelId", "1"}, {"media", {"sound:x", text}}}),
                "invalid: channels.play: 'media' must not hold CR, LF or NUL");
    }
  }
}

TEST(ari_request, refuses_broken_utf8) {
  for (std::string const bad :
       {"\x80", "\xC3", "\xC0\xAF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF"}) {
    EXPECT_EQ(made("channels.answer", {{"channelId", "x" + bad}}),
              "invalid: channels.answer: 'channelId' must be valid UTF-8");
    EXPECT_EQ(made("channels.originate", {{"endpoint", "x"}, {"variables", {{"A", bad}}}}),
              "invalid: channels.originate: 'variables' must be valid UTF-8");
  }
  for (std::string const good :
       {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(make("channels.answer", {{"channelId", good}}));
  }
}

TEST(ari_request, converts_numbers) {
  auto const with_timeout = [](json const& timeout) {
    return made("channels.dial", {{"channelId", "1"}, {"timeout", timeout}});
  };
  EXPECT_EQ(with_timeout(30), "POST channels/1/dial?timeout=30");
  EXPECT_EQ(with_timeout(30U), "POST channels/1/dial?timeout=30");
  EXPECT_EQ(with_timeout(30.0), "POST channels/1/dial?timeout=30");
  EXPECT_EQ(with_timeout("30"), "POST channels/1/dial?timeout=30");
  EXPECT_EQ(with_timeout(-1), "POST channels/1/dial?timeout=-1");
  std::string const head = "invalid: channels.dial: 'timeout' ";
  EXPECT_EQ(with_timeout(1.5), head + "must be a whole number, not 1.5");
  EXPECT_EQ(with_timeout("soon"), head + "must be a whole number, not \"soon\"");
  EXPECT_EQ(with_timeout("30s"), head + "must be a whole number, not \"30s\"");
  EXPECT_EQ(with_timeout(""), head + "must be a whole number, not \"\"");
  EXPECT_EQ(with_timeout(true), head + "must be a whole number, not true");
  EXPECT_EQ(with_timeout(json::object()), head + "must be a whole number, not a table");
  EXPECT_EQ(with_timeout(2147483648), head + "must fit into 32 bits, not 2147483648");
  EXPECT_EQ(with_timeout(1e300), head + "must be a whole number, not 1e+300");
  EXPECT_EQ(with_timeout(std::numeric_limits<std::uint64_t>::max()),
            head + "must be a whole number, not 18446744073709551615");
  EXPECT_EQ(with_timeout(std::numeric_limits<double>::quiet_NaN()),
            head + "must be a whole number, not null");
  EXPECT_EQ(made("channels.originate", {{"endpoint", "x"}, {"priority", 2147483648}}),
            "POST channels?endpoint=x&priority=2147483648");
}

TEST(ari_request, takes_numbers_for_text_but_no_booleans) {
  EXPECT_EQ(made("channels.hangup", {{"channelId", "1"}, {"reason_code", 17}}),
            "DELETE channels/1?reason_code=17");
  EXPECT_EQ(made("channels.continueInDialplan", {{"channelId", "1"}, {"extension", 101.0}}),
            "POST channels/1/continue?extension=101");
  EXPECT_EQ(made("channels.setChannelVar", {{"channelId", "1"}, {"variable", "X"}, {"value", 0.5}}),
            "POST channels/1/variable?variable=X&value=0.5");
  EXPECT_EQ(
      made("channels.setChannelVar", {{"channelId", "1"}, {"variable", "X"}, {"value", true}}),
      "invalid: channels.setChannelVar: 'value' must be text, not true");
  EXPECT_EQ(made("channels.get", {{"channelId", {{"id", "1"}}}}),
            "invalid: channels.get: 'channelId' must be text, not a table");
  EXPECT_EQ(made("channels.get", {{"channelId", {"1"}}}),
            "invalid: channels.get: 'channelId' must be text, not a list");
}

TEST(ari_request, converts_booleans) {
  auto const with_mute = [](json const& mute) {
    return made("bridges.addChannel", {{"bridgeId", "b"}, {"channel", "c"}, {"mute", mute}});
  };
  EXPECT_EQ(with_mute(true), "POST bridges/b/addChannel?channel=c&mute=true");
  EXPECT_EQ(with_mute("false"), "POST bridges/b/addChannel?channel=c&mute=false");
  EXPECT_EQ(with_mute(1), "invalid: bridges.addChannel: 'mute' must be true or false, not 1");
}

TEST(ari_request, joins_lists_with_commas) {
  auto const media = [](json const& list) {
    auto const r = make("channels.play", {{"channelId", "1"}, {"media", list}});
    return r ? r->query.at(0).value : to_string(r.error());
  };
  EXPECT_EQ(media({"sound:a", "sound:b"}), "sound:a,sound:b");
  EXPECT_EQ(media(json::array({"sound:a"})), "sound:a");
  EXPECT_EQ(media("sound:a,sound:b"), "sound:a,sound:b");
  EXPECT_EQ(media(json::array({"", ""})), ",");
  EXPECT_EQ(media(json::array({"number:1", true})),
            "invalid: channels.play: 'media' must be text, not true");
}

TEST(ari_request, escapes_what_would_split_a_list_item) {
  auto const r = make("channels.getChannelVars",
                      {{"channelId", "1"}, {"variables", {"CALLERID(num)", "a,b", "c\\d\"[e]"}}});
  ASSERT_TRUE(r);
  EXPECT_EQ(r->query.at(0).value, R"(CALLERID\(num\),a\,b,c\\d\"\[e\])");
}

TEST(ari_request, sends_variables_as_text_in_the_body) {
  EXPECT_EQ(made("channels.originate",
                 {{"endpoint", "x"}, {"variables", {{"A", "1\r\n2"}, {"B", 7}, {"C", 8.0}}}}),
            R"(POST channels?endpoint=x {"variables":{"A":"1\r\n2","B":"7","C":"8"}})");
  EXPECT_EQ(
      made("channels.setChannelVars",
           {{"channelId", "1"}, {"variables", {{"A", {{"value", "x"}, {"report_events", true}}}}}}),
      R"(POST channels/1/variables {"variables":{"A":{"report_events":true,"value":"x"}}})");
  EXPECT_EQ(made("channels.originate", {{"endpoint", "x"}, {"variables", {{"A", true}}}}),
            "invalid: channels.originate: 'variables.A' must be text, not true");
  EXPECT_EQ(made("channels.originate", {{"endpoint", "x"}, {"variables", {{"", "1"}}}}),
            "invalid: channels.originate: 'variables' has an empty name");
  EXPECT_EQ(made("channels.originate", {{"endpoint", "x"}, {"variables", "A=1"}}),
            "invalid: channels.originate: 'variables' must be a table with names, not \"A=1\"");
}

TEST(ari_request, sends_other_objects_as_they_are) {
  EXPECT_EQ(made("events.userEvent", {{"eventName", "e"},
                                      {"application", "a"},
                                      {"variables", {{"deep", {{"n", 1}}}, {"flag", true}}}}),
            R"(POST events/user/e?application=a {"variables":{"deep":{"n":1},"flag":true}})");
  EXPECT_EQ(made("asterisk.updateObject", {{"configClass", "res_pjsip"},
                                           {"objectType", "aor"},
                                           {"id", "101"},
                                           {"fields", {{{"attribute", "x"}, {"value", "y"}}}}}),
            R"(PUT asterisk/config/dynamic/res_pjsip/aor/101 )"
            R"({"fields":[{"attribute":"x","value":"y"}]})");
}

TEST(ari_request, sends_a_filter_as_the_whole_body) {
  EXPECT_EQ(made("applications.filter",
                 {{"applicationName", "a"},
                  {"filter", {{"allowed", json::array({{{"type", "StasisStart"}}})}}}}),
            R"(PUT applications/a/eventFilter {"allowed":[{"type":"StasisStart"}]})");
}

TEST(ari_request, reads_an_empty_table_as_what_is_wanted) {
  EXPECT_EQ(made("events.userEvent", {{"eventName", "e"},
                                      {"application", "a"},
                                      {"source", json::object()},
                                      {"variables", json::array()}}),
            R"(POST events/user/e?application=a {"variables":{}})");
  EXPECT_EQ(
      made("asterisk.updateObject",
           {{"configClass", "c"}, {"objectType", "t"}, {"id", "i"}, {"fields", json::object()}}),
      R"(PUT asterisk/config/dynamic/c/t/i {"fields":[]})");
}

TEST(ari_request, is_none_for_the_event_websocket) {
  EXPECT_EQ(made("events.eventWebsocket", {{"app", "a"}}),
            "invalid: events.eventWebsocket: opens a WebSocket and is no request");
}

TEST(ari_request, is_made_for_every_operation_from_its_required_parameters) {
  for (operation const& each : operations()) {
    if (each.upgrade) continue;
    json arguments = json::object();
    for (parameter const& p : each.parameters) {
      if (!p.required) continue;
      bool const number = p.type == value_type::int32 || p.type == value_type::int64;
      json value = number ? json(1) : json("x");
      if (p.type == value_type::boolean) value = true;
      if (p.place == place::body) value = json{{"a", "b"}};
      arguments[std::string(p.option)] = value;
    }
    EXPECT_TRUE(make_request(each, arguments)) << each.name;
    for (auto const& [name, value] : arguments.items()) {
      json less = arguments;
      less.erase(name);
      EXPECT_FALSE(make_request(each, less)) << each.name << " without " << name;
    }
  }
}

}  // namespace
}  // namespace calluna::ari
