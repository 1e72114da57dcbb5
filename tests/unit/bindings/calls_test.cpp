#include "calls_fixture.hpp"

#include <gmock/gmock.h>
#include <lua.hpp>

namespace calluna::bindings {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char head[] =
    "local calls, log = require 'calluna.calls', require 'calluna.log'\n"
    "local function say(...) log.info(...) end\n";

class calls_module : public calls_test {
 protected:
  void app(std::string const& text) { run_app(head + text); }
  /// What loading says is wrong.
  std::string mistake(std::string const& text) {
    auto const loaded = load(head + text);
    return loaded ? "" : loaded.error().message;
  }
};

TEST_F(calls_module, a_calls_life_is_told_in_order) {
  app("calls.on({ 'started', 'ringing', 'answered', 'ended' }, function(call, leg, event)\n"
      "  say('%s %s %s %s', event.name, call.id, call.status, tostring(leg and leg.channel))\n"
      "end)");
  EXPECT_EQ(wanted, 1);
  an_answered_call();
  both_hang_up(9);
  EXPECT_THAT(log_lines(),
              ElementsAre("info started 0-a ringing nil", "info ringing 0-a ringing PJSIP/101-02",
                          "info answered 0-a up PJSIP/101-02", "info ended 0-a answered nil"));
}

TEST_F(calls_module, a_call_says_who_talked_to_whom_and_for_how_long) {
  app("calls.on('ended', function(call)\n"
      "  say('%s %s %s %s', call.direction, call.caller_number, call.answered_by, call.pbx)\n"
      "  say('%g %g %g', call.ring_seconds, call.talk_seconds, call.ended_at - call.started_at)\n"
      "  local leg = call.legs[2]\n"
      "  say('%s %s %s %s %s', leg.id, leg.channel, leg.endpoint, leg.role, leg.outcome)\n"
      "  say('%d %s %s', #call.legs, tostring(call.queue), tostring(leg.stasis))\n"
      "end)");
  an_answered_call();
  both_hang_up(9);
  EXPECT_THAT(log_lines(),
              ElementsAre("info in +14155550101 PJSIP/101 main", "info 3 6 9",
                          "info b PJSIP/101-02 PJSIP/101 callee cleared", "info 2 nil nil"));
}

TEST_F(calls_module, one_call_is_one_object_through_all_its_handlers) {
  app("local seen\n"
      "calls.on({ 'started', 'ringing', 'ended' }, function(call)\n"
      "  if seen then say('%s', tostring(seen == call)) end\n"
      "  seen = call\n"
      "end)\n"
      "calls.on('ended', function(call) say('second %s', tostring(seen == call)) end)");
  an_answered_call();
  both_hang_up(9);
  EXPECT_THAT(log_lines(), ElementsAre("info true", "info true", "info second true"));
}

TEST_F(calls_module, each_leg_that_ends_is_told_before_the_end_of_the_call) {
  app("calls.on({ 'left', 'ended' }, function(call, leg, event)\n"
      "  say('%s %s %s', event.name, leg and leg.endpoint, leg and leg.outcome)\n"
      "end)");
  an_answered_call();
  hang_up(8, "b");
  hang_up(9, "a");
  EXPECT_THAT(log_lines(), ElementsAre("info left PJSIP/101 cleared",
                                       "info left PJSIP/trunk cleared", "info ended nil nil"));
}

TEST_F(calls_module, filters_choose_by_what_the_call_is_and_by_whose_leg_it_is) {
  options.services = services_with("[]");
  app("local function note(filter, name)\n"
      "  calls.on('answered', filter, function() say('%s', name) end)\n"
      "end\n"
      "note({ direction = 'in' }, 'in')\n"
      "note({ direction = { 'out', 'internal' } }, 'out')\n"
      "note({ user = 'anna' }, 'anna')\n"
      "note({ user = require 'calluna.users'.get('anna') }, 'her')\n"
      "note({ user = 'boris' }, 'boris')\n"
      "note({ endpoint = 'PJSIP/1*' }, 'endpoint')\n"
      "note({ endpoint = 'PJSIP/trunk' }, 'trunk')\n"
      "note({ number = '+14155550101' }, 'number')\n"
      "note({ pbx = 'main' }, 'main')\n"
      "note({ pbx = 'other' }, 'other')\n"
      "note({ queue = 'support' }, 'queue')\n");
  an_answered_call();
  EXPECT_THAT(log_lines(), ElementsAre("info in", "info anna", "info her", "info endpoint",
                                       "info number", "info main"));
}

TEST_F(calls_module, a_handler_that_is_off_hears_nothing) {
  app("local h = calls.on('answered', function() say('no') end)\n"
      "calls.on('ringing', function() h:off() h:off() end)");
  an_answered_call();
  EXPECT_TRUE(log_lines().empty());
}

TEST_F(calls_module, live_calls_are_found_by_id_channel_and_filter) {
  app("calls.on('ringing', function(call, leg)\n"
      "  say('%s', tostring(calls.get(call.id) == call))\n"
      "  say('%s', tostring(calls.by_channel(leg.id) == call))\n"
      "  say('%s', tostring(calls.by_channel('PJSIP/trunk-01') == call))\n"
      "  say('%s', tostring(calls.by_channel('PJSIP/trunk-01', call.pbx) == call))\n"
      "  say('%s', tostring(calls.by_channel('PJSIP/trunk-01', 'another')))\n"
      "  say('%d %d', #calls.active(), #calls.active { direction = 'out' })\n"
      "end)\n"
      "calls.on('ended', function(call)\n"
      "  say('%s %s', tostring(calls.get(call.id)), tostring(calls.by_channel('b')))\n"
      "  say('%d', #calls.active())\n"
      "end)\n");
  an_answered_call();
  both_hang_up(9);
  EXPECT_THAT(log_lines(), ElementsAre("info true", "info true", "info true", "info true",
                                       "info nil", "info 1 0", "info nil nil", "info 0"));
}

TEST_F(calls_module, a_task_waits_for_what_its_call_does_next) {
  app("calls.on('ringing', function(call)\n"
      "  local event, err = call:wait('answered', 60)\n"
      "  say('%s %s %s', event.name, event.leg.channel, tostring(event.synthetic))\n"
      "  say('%s', (call:wait('answered', 60)).name)\n"  // it is answered: at once
      "  event, err = call:wait({ 'held', 'transferred' }, 5)\n"
      "  say('%s', err.kind)\n"
      "end)");
  an_answered_call();
  advance(6);
  EXPECT_THAT(log_lines(),
              ElementsAre("info answered PJSIP/101-02 false", "info answered", "info timeout"));
}

TEST_F(calls_module, what_still_waits_when_its_call_ends_is_gone) {
  app("local task = require 'calluna.task'\n"
      "calls.on('ringing', function(call)\n"
      "  task.spawn(function() say('spawned %s', (select(2, task.sleep(600))).kind) end)\n"
      "  say('held %s', (select(2, call:wait('held', false))).kind)\n"
      "  say('sleep %s', (select(2, task.sleep(1))).kind)\n"
      "end)\n"
      "calls.on('answered', function(call) say('end %s', (call:wait('ended')).name) end)\n"
      "calls.on('ended', function(call)\n"
      "  task.sleep(1)\n"
      "  say('after %s', call.status)\n"
      "  say('late %s %s', (call:wait('ended')).name, (select(2, call:wait('held'))).kind)\n"
      "end)");
  an_answered_call();
  both_hang_up(9);
  EXPECT_THAT(log_lines(), testing::UnorderedElementsAre("info spawned gone", "info held gone",
                                                         "info sleep gone", "info end ended"));
  advance(2);
  EXPECT_THAT(log_lines(), Contains("info after answered"));
  EXPECT_EQ(last_log(), "info late ended gone");
}

TEST_F(calls_module, a_call_that_is_merged_goes_on_as_the_other) {
  app("local first, second\n"
      "calls.on('started', function(call)\n"
      "  if not first then first = call else second = call end\n"
      "  local event = call:wait('ended', false)\n"
      "  say('end of %s: %s', call.id, event.name)\n"
      "end)\n"
      "calls.on('merged', function(call, _, event)\n"
      "  say('%s has %s, %s', call.id, event.other, second.id)\n"
      "  say('%s', tostring(calls.get(event.other)))\n"
      "end)\n");
  an_answered_call();
  begin(4, "c", "PJSIP/101-03", "101", "c", 4, "102");
  begin(4, "d", "PJSIP/102-04", "102", "c", 0);
  dial(4, "c", "d");
  ring(4, "d");
  say(5, "Event: Newstate|ChannelState: 6|Uniqueid: d|Linkedid: a");
  hang_up(9, "a"), hang_up(9, "b"), hang_up(9, "c"), hang_up(9, "d");
  EXPECT_THAT(log_lines(), ElementsAre("info 0-a has 0-c, 0-a", "info nil",
                                       "info end of 0-a: ended", "info end of 0-a: ended"));
}

TEST_F(calls_module, a_new_generation_knows_the_live_calls_before_it_starts_and_is_told_nothing) {
  auto const loaded = load(
      std::string(head) +
      "calls.on({ 'started', 'ringing', 'answered' }, function(_, _, e) say('%s', e.name) end)\n"
      "calls.on('ended', function(call) say('ended %s', call.id) end)\n"
      "return { start = function() say('%d %s', #calls.active(), calls.active()[1].id) end }");
  ASSERT_TRUE(loaded) << loaded.error().message;
  told = false;  // another generation's handlers are
  an_answered_call();
  tell_live();
  app_->start([](result<void> const&) {});
  settle();
  told = true;
  both_hang_up(9);
  EXPECT_THAT(log_lines(), ElementsAre("info 1 0-a", "info ended 0-a"));
}

TEST_F(calls_module, a_retired_generation_keeps_its_waits_and_no_handlers) {
  app("calls.on('ringing', function(call) say('%s', (call:wait('answered')).name) end)\n"
      "calls.on('answered', function() say('no') end)");
  begin(0, "a", "PJSIP/trunk-01", "+14155550101", "a");
  begin(1, "b", "PJSIP/101-02", "101", "a", 0);
  dial(1, "a", "b");
  ring(1.5, "b");
  app_->retire();
  settle();
  EXPECT_EQ(app_->count().call_tasks, 1u);
  told = false;
  pick_up(3, "b"), pick_up(3, "a"), bridge(3, "a", "br"), bridge(3, "b", "br");
  EXPECT_THAT(log_lines(), ElementsAre("info answered"));
  EXPECT_EQ(app_->count().call_tasks, 0u);
}

TEST_F(calls_module, a_gap_is_told_with_its_times) {
  app("calls.on('gap', function(call, leg, event)\n"
      "  say('%s %s %s %g', tostring(call), tostring(leg), event.pbx, event.at - event.from)\n"
      "end)\n"
      "calls.on('gap', { pbx = 'other' }, function() say('no') end)");
  model_.reconcile({}, moment_of(9), moment_of(4));
  settle();
  EXPECT_THAT(log_lines(), ElementsAre("info nil nil main 5"));
}

TEST_F(calls_module, a_call_knows_its_partner_and_whose_call_it_is) {
  options.services = services_with(
      R"([{"id": 7, "name": "Ann", "company": "Archer", "numbers": ["+14155550101"]}])");
  app("calls.on('answered', function(call, leg)\n"
      "  say('%s %s %s', call.partner.display_name, call.user.id, leg.user.name)\n"
      "  say('%s', tostring(call.legs[1].user))\n"
      "end)");
  an_answered_call();
  EXPECT_THAT(log_lines(), ElementsAre("info Ann (Archer) anna Anna", "info nil"));
}

TEST_F(calls_module, a_salesperson_is_available_while_no_phone_of_theirs_is_in_a_call) {
  options.services =
      services_with(R"([{"id": 7, "name": "Ann", "numbers": ["+493012345"], "salesperson": "7"}])");
  app("local partners = require 'calluna.partners'\n"
      "local function ask() say('%s', partners.lookup('+493012345').salesperson.available) end\n"
      "calls.on({ 'started', 'ringing', 'ended' }, ask)");
  tell_live();
  an_answered_call();
  both_hang_up(9);
  EXPECT_THAT(log_lines(), ElementsAre("info true", "info false", "info true"));
}

TEST_F(calls_module, a_summary_is_a_plain_table_that_becomes_json) {
  options.services = services_with(R"([{"id": 7, "name": "Ann", "numbers": ["+14155550101"]}])");
  app("local json = require 'calluna.json'\n"
      "calls.on('ended', function(call)\n"
      "  log.info('%s', json.encode(call:summary()))\n"
      "  log.info('%s', tostring(json.encode(call) == json.encode(call:summary())))\n"
      "end)");
  an_answered_call();
  both_hang_up(9);
  ASSERT_EQ(log_lines().size(), 2u);
  auto const summary = nlohmann::json::parse(log_lines()[0].substr(5));
  EXPECT_EQ(summary["id"], "0-a");
  EXPECT_EQ(summary["status"], "answered");
  EXPECT_EQ(summary["talk_seconds"], 6);
  EXPECT_EQ(summary["user"], "anna");
  EXPECT_EQ(summary["partner"]["name"], "Ann");
  EXPECT_EQ(summary["legs"][1]["channel"], "PJSIP/101-02");
  EXPECT_EQ(summary["legs"][1]["user"], "anna");
  EXPECT_EQ(summary["started_at"], 1000);
  EXPECT_EQ(log_lines()[1], "info true");
}

TEST_F(calls_module, calls_are_read_only_and_know_their_fields) {
  app("local function try(fn) say('%s', (select(2, pcall(fn)))) end\n"
      "calls.on('ringing', function(call, leg)\n"
      "  try(function() call.status = 'up' end)\n"
      "  try(function() return call.direktion end)\n"
      "  try(function() return leg.chanel end)\n"
      "  try(function() return call[1] end)\n"
      "  try(function() return call:wiat() end)\n"
      "  try(function() return call:wait('anwsered') end)\n"
      "end)");
  an_answered_call();
  ASSERT_EQ(log_lines().size(), 6u);
  EXPECT_THAT(log_lines()[0], HasSubstr("calls are read-only"));
  EXPECT_THAT(log_lines()[1], HasSubstr("init.lua:6: a call has no field 'direktion' (did you mean "
                                        "'direction'?)"));
  EXPECT_THAT(log_lines()[2], HasSubstr("a leg has no field 'chanel' (did you mean 'channel'?)"));
  EXPECT_THAT(log_lines()[3], HasSubstr("a call has no field '1'"));
  EXPECT_THAT(log_lines()[4], HasSubstr("a call has no field 'wiat' (did you mean 'wait'?)"));
  EXPECT_THAT(log_lines()[5],
              HasSubstr("call:wait: there is no event 'anwsered' (did you mean 'answered'?)"));
}

TEST_F(calls_module, misuse_is_told_at_the_callers_line) {
  EXPECT_THAT(mistake("calls.on('anwsered', print)"),
              HasSubstr("init.lua:3: calls.on: there is no event 'anwsered' (did you mean "
                        "'answered'?)"));
  EXPECT_THAT(mistake("calls.on('answered')"), HasSubstr("init.lua:3: calls.on: argument 3"));
  EXPECT_THAT(mistake("calls.on('answered', { quue = 'x' }, print)"),
              HasSubstr("init.lua:3: calls.on: unknown option 'quue' (did you mean 'queue'?)"));
  EXPECT_THAT(mistake("calls.on('answered', { direction = 'inn' }, print)"),
              HasSubstr("init.lua:3: calls.on: direction is \"in\", \"out\" or \"internal\""));
  EXPECT_THAT(mistake("calls.active { user = { 7 } }"),
              HasSubstr("init.lua:3: calls.active: user is a text or a list of texts"));
  EXPECT_THAT(mistake("calls.get(7)"), HasSubstr("init.lua:3: calls.get: argument 1"));
}

TEST(call_mailbox, news_beyond_the_bound_are_dropped_but_ends_and_the_list_is_asked_for_again) {
  mailbox box(1);
  auto news = std::make_shared<calls::call_news>();
  news->kind = calls::call_event_kind::ringing;
  news->call = std::make_shared<calls::call const>();
  auto ended = std::make_shared<calls::call_news>(*news);
  ended->kind = calls::call_event_kind::ended;
  box.put(0, news, true);
  box.put(0, news, true);
  box.put(0, ended, true);
  EXPECT_EQ(box.dropped(), 2u);
  EXPECT_TRUE(box.overflowed());
  mailbox::content content;
  ASSERT_TRUE(box.take(content));
  EXPECT_TRUE(content.calls_missed);
  ASSERT_EQ(content.calls.size(), 1u);
  content.clear();
  box.put(0, news, true);  // still: the list has not come
  EXPECT_EQ(box.dropped(), 3u);
  EXPECT_FALSE(box.take(content));
  box.put(std::make_shared<live_calls>());
  ASSERT_TRUE(box.take(content));
  EXPECT_FALSE(content.calls_missed);
}

TEST_F(calls_module, a_call_that_is_not_in_the_list_any_more_is_gone) {
  app("calls.on('ringing', function(call) say('%s', (select(2, call:wait('held'))).kind) end)\n"
      "calls.on('ended', function() say('no') end)");
  an_answered_call();
  app_->deliver(std::make_shared<live_calls>());
  settle();
  EXPECT_THAT(log_lines(), ElementsAre("info gone"));
}

TEST_F(calls_module, call_events_come_after_the_ami_events_of_their_read) {
  app("require 'calluna.ami'.on('Newstate', function(ev) say('%s', ev.Event) end)\n"
      "calls.on('ringing', function() say('ringing') end)");
  begin(0, "a", "PJSIP/trunk-01", "+14155550101", "a");
  begin(1, "b", "PJSIP/101-02", "101", "a", 0);
  dial(1, "a", "b");
  auto const owner = std::make_shared<std::string>("Event: Newstate\r\n");
  app_->deliver(0, owner, std::vector{ami::message_view(*owner)});
  ring(2, "b");
  EXPECT_THAT(log_lines(), ElementsAre("info Newstate", "info ringing"));
}

TEST_F(calls_module, the_channels_of_a_click_are_announced_as_one_call) {
  app("calls.on('started', function(call) say('%s %s', call.click_id, call.dialed_number) end)");
  auto* const lua = app_->lua();
  lua_getfield(lua, LUA_REGISTRYINDEX, "calluna.native");
  lua_getfield(lua, -1, "calls");
  lua_getfield(lua, -1, "begin_click");
  ASSERT_EQ(luaL_loadstring(lua, "return 'main', 'click-7', '+4930555', { 'x', 'y' }"), 0);
  lua_call(lua, 0, 4);
  lua_call(lua, 4, 0);
  lua_pop(lua, 2);
  EXPECT_THAT(clicks, ElementsAre("0 click-7 +4930555 2"));
  begin(1, "x", "PJSIP/101-01", "101", "x", 0, "s");
  ring(2, "x");
  EXPECT_THAT(log_lines(), ElementsAre("info click-7 +4930555"));
}

}  // namespace
}  // namespace calluna::bindings
