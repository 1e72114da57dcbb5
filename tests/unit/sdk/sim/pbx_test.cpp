// Our own clients talk to the offline PBX, over real sockets.
#include "fakes/run_until.hpp"
#include "told.hpp"

#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/ari/request.hpp>
#include <calluna/sim/pbx.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace calluna::sim {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;

class sim_pbx : public testing::Test {
 protected:
  sim_pbx() : pbx(loop.get_executor(), {}) {
    auto& m = pbx.machine();
    m.add_endpoint({"PJSIP/trunk", "from-trunk", {}});
    m.add_endpoint({"PJSIP/101", "from-phones", {"101", "O'Neil"}});
    EXPECT_TRUE(
        m.plan().read("[from-trunk]\n"
                      "exten => 101,1,Dial(PJSIP/101,20)\n"
                      "exten => app,1,Stasis(lab)\n"
                      " same => n,UserEvent(Back)\n"
                      "exten => wait,1,Answer()\n same => n,Wait(100)\n"));
    EXPECT_TRUE(pbx.listen());
  }
  template <class Done>
  bool until(Done done) {
    return fakes::run_until(loop, done, 10s);
  }

  boost::asio::io_context loop;
  sim::pbx pbx;
};

// -- ARI

class sim_ari : public sim_pbx, public ari::client_listener {
 protected:
  sim_ari() {
    ari::client_options o;
    o.server = {.host = "127.0.0.1", .port = pbx.ari_port()};
    o.user = "calluna";
    o.password = "offline";
    client = std::make_unique<ari::client>(loop.get_executor(), o, logger{}, *this);
  }
  ~sim_ari() override { client->stop(); }
  struct said {
    int status = 0;
    json body;
    std::string message;
  };
  /// Asks and waits for the answer.
  said ask(char const* operation, json const& arguments) {
    auto request = ari::make_request(*ari::find_operation(operation), arguments);
    EXPECT_TRUE(request) << request.error().message;
    std::optional<said> got;
    client->submit(std::move(*request), 5s, [&](result<ari::response> r) {
      got.emplace();
      if (r) {
        got->status = r->status;
        if (!r->body.empty()) got->body = json::parse(r->body);
      } else {
        got->status = r.error().code.value();
        got->message = r.error().message;
      }
    });
    EXPECT_TRUE(until([&] { return got.has_value(); })) << operation;
    return got.value_or(said{});
  }
  void serve() {
    client->subscribe("lab");
    ASSERT_TRUE(until([&] { return up; }));
  }
  bool heard(std::string const& type) {
    return until([&] { return std::find(types.begin(), types.end(), type) != types.end(); });
  }
  channel& call(std::string const& exten) {
    auto* const c = pbx.machine().arrive({"PJSIP/trunk", {"+493012345", {}}, exten});
    EXPECT_NE(c, nullptr);
    pbx.settle();
    return *c;
  }

  void on_ari_events(std::string_view, ari::event_batch const& batch) override {
    for (auto const& e : batch.events) {
      types.emplace_back(e.type);
      events.push_back(json::parse(e.json));
    }
  }
  void on_ari_state(std::string_view, ari::application_state state, error const*) override {
    up = state == ari::application_state::up;
  }

  std::unique_ptr<ari::client> client;
  std::vector<std::string> types;
  std::vector<json> events;
  bool up = false;
};

TEST_F(sim_ari, an_inbound_call_is_answered_played_to_and_hung_up) {
  serve();
  auto const id = call("app").id;
  ASSERT_TRUE(heard("StasisStart"));
  EXPECT_EQ(events.back()["channel"]["caller"]["number"], "+493012345");
  EXPECT_EQ(events.back()["channel"]["state"], "Ring");
  EXPECT_EQ(ask("channels.answer", {{"channelId", id}}).status, 204);
  auto const playing =
      ask("channels.playWithId", {{"channelId", id}, {"playbackId", "p"}, {"media", "sound:hi"}});
  EXPECT_EQ(playing.status, 201);
  EXPECT_EQ(playing.body["state"], "queued");
  ASSERT_TRUE(heard("PlaybackStarted"));
  pbx.advance(3s);
  ASSERT_TRUE(heard("PlaybackFinished"));
  EXPECT_EQ(events.back()["playback"]["state"], "done");
  EXPECT_EQ(ask("channels.hangup", {{"channelId", id}}).status, 204);
  ASSERT_TRUE(heard("StasisEnd"));
  EXPECT_THAT(types, ElementsAre("ApplicationRegistered", "StasisStart", "ChannelStateChange",
                                 "PlaybackStarted", "PlaybackFinished", "ChannelHangupRequest",
                                 "StasisEnd"));
  EXPECT_EQ(ask("channels.get", {{"channelId", id}}).status, 404);
}

TEST_F(sim_ari, an_originated_phone_is_bridged_with_a_caller) {
  serve();
  auto const id = call("app").id;
  ASSERT_TRUE(heard("StasisStart"));
  auto const leg = ask("channels.originateWithId", {{"channelId", "leg"},
                                                    {"endpoint", "PJSIP/101"},
                                                    {"app", "lab"},
                                                    {"callerId", "\"Ann\" <+493012345>"},
                                                    {"originator", id}});
  EXPECT_EQ(leg.status, 200);
  EXPECT_EQ(leg.body["state"], "Down");
  EXPECT_EQ(pbx.machine().find("leg")->linkedid, id);
  types.clear();
  pbx.advance(5s);
  ASSERT_TRUE(heard("StasisStart"));
  EXPECT_THAT(types, ElementsAre("ChannelConnectedLine", "Dial", "ChannelStateChange", "Dial",
                                 "ChannelStateChange", "Dial", "StasisStart"));
  EXPECT_EQ(ask("bridges.createWithId", {{"bridgeId", "b"}, {"type", "mixing"}}).status, 200);
  EXPECT_EQ(ask("bridges.addChannel", {{"bridgeId", "b"}, {"channel", {id, "leg"}}}).status, 204);
  EXPECT_EQ(pbx.machine().find_bridge("b")->channels.size(), 2U);
  EXPECT_EQ(ask("bridges.list", json::object()).body.size(), 1U);
  EXPECT_EQ(ask("bridges.destroy", {{"bridgeId", "b"}}).status, 204);
  EXPECT_EQ(ask("bridges.get", {{"bridgeId", "b"}}).status, 404);
}

TEST_F(sim_ari, mistakes_are_answered_as_asterisk_does) {
  serve();
  auto const id = call("app").id;
  EXPECT_EQ(ask("channels.answer", {{"channelId", "no"}}).status, 404);
  EXPECT_EQ(ask("channels.originate", {{"endpoint", ""}, {"app", "lab"}}).status, 400);
  EXPECT_EQ(ask("channels.originate", {{"endpoint", "PJSIP/999"}, {"app", "lab"}}).status, 500);
  EXPECT_EQ(ask("channels.getChannelVar", {{"channelId", id}, {"variable", "NONE"}}).status, 404);
  EXPECT_EQ(
      ask("recordings.copyStored", {{"recordingName", "a"}, {"destinationRecordingName", "b"}})
          .status,
      501);
  EXPECT_EQ(pbx.ari().unsupported().at("recordings.copyStored"), 1U);
  EXPECT_EQ(pbx.ari().handle("GET", {"nothing"}, {}, "").status, 404);
  EXPECT_EQ(pbx.ari().handle("PUT", {"channels"}, {}, "").status, 405);
  EXPECT_EQ(pbx.ari().handle("POST", {"bridges"}, {}, "", true).status, 403);
}

TEST_F(sim_ari, survives_requests_of_any_shape) {
  auto const status = [&](std::string const& text) {
    return json::parse(pbx.ari().handle_message(text, "lab"))["status_code"].get<int>();
  };
  EXPECT_EQ(status("no json"), 400);
  EXPECT_EQ(status("[]"), 400);
  EXPECT_EQ(status(R"({"type":"Other"})"), 400);
  EXPECT_EQ(status(R"({"type":"RESTRequest","uri":"channels"})"), 400);
  EXPECT_EQ(status(R"({"type":"RESTRequest","method":"GET","uri":"/ari/channels"})"), 405);
  EXPECT_EQ(status(R"({"type":"RESTRequest","method":"GET","uri":"channels",
                       "query_strings":[1,{"name":2},{"name":"a","value":[]}]})"),
            200);
  for (auto const* body :
       {"[1]", "{\"variables\":[1]}", "{\"variables\":7}", "7", "{\"allowed\":{}}"})
    for (auto const& o : ari::operations()) {
      if (o.upgrade) continue;
      auto const path = split_arguments(o.path, '/');
      EXPECT_GE(pbx.ari().handle(to_string(o.method), path, {}, body).status, 200) << o.name;
    }
}

TEST_F(sim_ari, describes_every_operation_once) {
  auto const resources = json::parse(ari_front::describe("resources.json", "a:1"));
  EXPECT_EQ(resources["basePath"], "http://a:1/ari");
  std::size_t operations = 0;
  for (auto const& one : resources["apis"]) {
    auto const path = one["path"].get<std::string>();
    auto const name = path.substr(10, path.find(".{") - 10);
    auto const described = json::parse(ari_front::describe(name + ".json", "a:1"));
    for (auto const& api : described["apis"]) operations += api["operations"].size();
  }
  EXPECT_EQ(operations, ari::operations().size());
  EXPECT_EQ(ari_front::describe("none.json", "a:1"), "");
}

TEST_F(sim_ari, continue_leads_back_into_the_dialplan) {
  serve();
  std::vector<std::string> told;
  pbx.machine().listen([&](event const& e) {
    if (e.kind == event_kind::user_event) told.push_back(e.name);
  });
  auto const id = call("app").id;
  ASSERT_TRUE(heard("StasisStart"));
  EXPECT_EQ(ask("channels.continueInDialplan", {{"channelId", id}}).status, 204);
  ASSERT_TRUE(heard("StasisEnd"));
  EXPECT_THAT(told, ElementsAre("Back"));
}

TEST_F(sim_ari, a_second_websocket_takes_the_application_over) {
  serve();
  std::vector<std::string> second;
  pbx.ari().connect({"lab"}, false,
                    [&](std::string const& text) { second.push_back(json::parse(text)["type"]); });
  EXPECT_TRUE(heard("ApplicationReplaced"));
  EXPECT_THAT(second, ElementsAre("ApplicationRegistered"));
}

// -- AMI

class sim_ami : public sim_pbx, public ami::client_listener {
 protected:
  void log_in() {
    ami::client_options o;
    o.server = {.host = "127.0.0.1", .port = pbx.ami_port()};
    o.user = "calluna";
    o.secret = "offline";
    client = std::make_unique<ami::client>(loop.get_executor(), o, logger{}, *this);
    client->start();
    ASSERT_TRUE(until([&] { return client->state() == ami::client_state::up; }));
  }
  void TearDown() override {
    if (client) client->stop();
  }
  result<ami::response> ask(ami::action const& a) {
    auto encoded = ami::encode(a, client->next_id(), client->id_prefix());
    EXPECT_TRUE(encoded);
    std::optional<result<ami::response>> got;
    client->submit(std::move(*encoded), 5s, [&](result<ami::response> r) { got = std::move(r); });
    EXPECT_TRUE(until([&] { return got.has_value(); })) << a.name();
    return std::move(*got);
  }
  void on_ami_events(ami::event_batch const& batch) override {
    for (auto const& e : batch.events) {
      names.emplace_back(e.event());
      texts.emplace_back(e.text());
    }
  }
  void on_ami_state(ami::client_state, error const*) override {}

  std::unique_ptr<ami::client> client;
  std::vector<std::string> names, texts;
};

TEST_F(sim_ami, a_call_is_told_and_shown) {
  log_in();
  pbx.machine().arrive({"PJSIP/trunk", {"+493012345", {}}, "101"});
  pbx.advance(5s);
  ASSERT_TRUE(until([&] { return std::count(names.begin(), names.end(), "BridgeEnter") == 2; }));
  auto const newchannel = std::find_if(texts.begin(), texts.end(), [](auto const& t) {
    return t.find("Channel: PJSIP/101-00000001") != std::string::npos;
  });
  ASSERT_NE(newchannel, texts.end());
  EXPECT_NE(newchannel->find("CallerIDName: O\\'Neil\r\n"), std::string::npos) << *newchannel;
  auto const shown = ask(ami::action("CoreShowChannels"));
  ASSERT_TRUE(shown) << shown.error().message;
  ASSERT_EQ(shown->items.size(), 2U);
  EXPECT_EQ(shown->items[0]->get("Application"), "Dial");
  EXPECT_NE(shown->items[0]->get("BridgeId"), "");
  for (auto const* list : {"BridgeList", "QueueStatus", "ParkedCalls", "Status"})
    EXPECT_TRUE(ask(ami::action(list).list())) << list;
  ASSERT_TRUE(ask(ami::action("Hangup").set("Channel", "PJSIP/101-00000001")));
  ASSERT_TRUE(until([&] { return std::count(names.begin(), names.end(), "Hangup") == 2; }));
}

TEST_F(sim_ami, originate_rings_the_phone_and_goes_into_the_dialplan) {
  log_in();
  auto const queued = ask(ami::action("Originate")
                              .set("Channel", "PJSIP/101")
                              .set("Context", "from-trunk")
                              .set("Exten", "wait")
                              .set("Priority", "1")
                              .set("ChannelId", "click-1")
                              .set("CallerID", "<+49305550>")
                              .set("Async", "true"));
  ASSERT_TRUE(queued) << queued.error().message;
  EXPECT_EQ(queued->head->get("Message"), "Originate successfully queued");
  pbx.advance(5s);
  ASSERT_TRUE(until(
      [&] { return std::find(names.begin(), names.end(), "OriginateResponse") != names.end(); }));
  EXPECT_NE(pbx.machine().find("click-1"), nullptr);
  EXPECT_THAT(texts,
              Contains(testing::HasSubstr("Response: Success\r\nChannel: PJSIP/101-00000000")));
}

TEST_F(sim_ami, what_asterisk_refuses_is_refused) {
  log_in();
  auto const refused = [&](ami::action const& a) {
    auto const r = ask(a);
    return r ? std::string() : r.error().message;
  };
  EXPECT_THAT(refused(ami::action("Hangup").set("Channel", "none")),
              testing::HasSubstr("No such channel"));
  EXPECT_THAT(refused(ami::action("NoSuchAction")), testing::HasSubstr("Invalid/unknown command"));
  EXPECT_EQ(pbx.ami().unsupported().at("NoSuchAction"), 1U);
}

TEST_F(sim_ami, talk_is_the_same_at_every_cut) {
  std::string const bytes =
      "Action: Login\r\nActionID: 1\r\nUsername: calluna\r\nSecret: offline\r\n\r\n"
      "Action: Ping\r\nActionID: 2\r\n\r\nAction: Logoff\r\n\r\n";
  auto const answers = [&](std::size_t cut) {
    std::string out;
    ami_talk talk(pbx.ami(), [&](std::string const& text) { out += text; });
    talk.begin();
    talk.take(bytes.substr(0, cut));
    talk.take(bytes.substr(cut));
    EXPECT_TRUE(talk.over());
    return out;
  };
  auto const whole = answers(0);
  EXPECT_THAT(whole, testing::StartsWith("Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n"
                                         "ActionID: 1\r\nMessage: Authentication accepted\r\n\r\n"
                                         "Event: FullyBooted\r\n"));
  EXPECT_THAT(whole, testing::EndsWith("Response: Goodbye\r\nMessage: Thanks for all the "
                                       "fish.\r\n\r\n"));
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) EXPECT_EQ(answers(cut), whole) << cut;
}

TEST(sim_ami_rights, an_account_hears_and_does_what_its_classes_allow) {
  machine m({});
  m.add_endpoint({"PJSIP/101", "x", {}});
  ami_front front(m, {{"little", "s", "user", "originate"}});
  std::string out;
  ami_talk talk(front, [&](std::string const& text) { out += text; });
  talk.take("Action: Login\r\nUsername: little\r\nSecret: s\r\n\r\n");
  EXPECT_EQ(out.find("FullyBooted"), std::string::npos) << "needs the class system";
  out.clear();
  talk.take("Action: CoreShowChannels\r\n\r\nAction: Hangup\r\nChannel: a\r\n\r\n");
  EXPECT_EQ(out,
            "Response: Error\r\nMessage: Permission denied\r\n\r\n"
            "Response: Error\r\nMessage: Permission denied\r\n\r\n");
  out.clear();
  m.set_online("PJSIP/101", false);
  EXPECT_EQ(out, "") << "DeviceStateChange is call";
  m.user_event("Hello", {{"A", "b"}});
  EXPECT_NE(out.find("Event: UserEvent\r\nPrivilege: user,all\r\n"), std::string::npos);
}

}  // namespace
}  // namespace calluna::sim
