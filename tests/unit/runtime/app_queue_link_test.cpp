// From a socket to a script: what an app knows of a PBX's queues when the connection breaks.
#include "../../../runtime/src/recording/recorder.hpp"
#include "fakes/ami_server.hpp"
#include "fakes/run_until.hpp"
#include "temporary_folder.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/runtime/pbx.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>

namespace calluna::runtime {
namespace {

using namespace std::chrono_literals;
using fakes::ami_request;
using fakes::ami_server;

struct log_lines : log_sink {
  void write(log_level, std::string_view, std::string_view text) override {
    lines.emplace_back(text);
  }
  std::vector<std::string> lines;
};

/// One app, its router and its PBX on one loop; the server is a small one on a socket.
class app_queue_link : public testing::Test, public bindings::app_host, public event_receiver {
 protected:
  void run() {
    folder.write("init.lua", R"(
      local ami, app_queue, log = require "calluna.ami", require "calluna.app_queue", require "calluna.log"
      ami.on_link(function(state, pbx) log.info("%s %s", pbx, state) end)
      app_queue.on({ "member_added", "member_removed", "member_paused" }, function(info)
        log.info("%s %s%s", info.event, info.member.interface, info.synthetic and " synthetic" or "")
      end)
      return { start = function()
        local q = assert(app_queue.get("support"))
        log.info("%s is there: %s", q.name, tostring(q.members["PJSIP/101"] ~= nil))
      end })");
    ami::client_options options;
    options.name = "main";
    options.server = {.host = "127.0.0.1", .port = server.port()};
    options.user = "calluna";
    options.secret = "a secret";
    options.backoff = {5ms, 20ms, 0.25};
    pbx_config config;
    config.name = "main";
    config.ami = options;
    line = std::make_unique<pbx>(loop.get_executor(), 0, std::move(config), events, calls, "calls",
                                 std::make_shared<recording::recorder>(), logger{});
    events.add(1, *this);

    bindings::app_options chosen;
    chosen.path = folder.path().string();
    chosen.log = logger(log, "app");
    chosen.pbxs = {line->link_for(loop.get_executor())};
    script = bindings::app::create(loop.get_executor(), chosen, *this);
    auto const loaded = script->load();
    ASSERT_TRUE(loaded) << loaded.error().message;
    line->start();
    script->start([](result<void> outcome) { EXPECT_TRUE(outcome) << outcome.error().message; });
  }
  void TearDown() override {
    if (script) script->kill();
    script.reset();
    if (line) line->stop();
  }
  bool said(std::string const& text, long times = 1) {
    return fakes::run_until(
        loop, [&] { return std::count(log->lines.begin(), log->lines.end(), text) == times; }, 5s);
  }
  static std::string items(ami_request const& r, std::vector<std::string> const& members) {
    auto text = "Response: Success\r\n" + r.id_line() + "EventList: start\r\n\r\n" +
                "Event: QueueParams\r\nQueue: support\r\nStrategy: ringall\r\n" + r.id_line() +
                "\r\n";
    for (auto const& m : members)
      text += "Event: QueueMember\r\nQueue: support\r\nName: x\r\nLocation: " + m +
              "\r\nPenalty: 0\r\nStatus: 1\r\nPaused: 0\r\n" + r.id_line() + "\r\n";
    return text;
  }
  static std::string end(ami_request const& r) {
    return "Event: QueueStatusComplete\r\nEventList: Complete\r\nListItems: 2\r\n" + r.id_line() +
           "\r\n";
  }

  void on_ami_wanted(bindings::app&, std::vector<std::string> const& patterns) override {
    events.want_ami(1, patterns);
  }
  void on_ari_served(bindings::app&, std::string const&, std::string const&) override {}
  void on_app_broken(bindings::app&, error const& why) override { ADD_FAILURE() << why.message; }
  void on_call_broken(bindings::app&, std::uint32_t, std::string const&) override {}
  bool on_events(std::uint32_t number, std::shared_ptr<void const> const& owner,
                 std::vector<ami::message_view> const& batch) override {
    return script->deliver(number, owner, batch);
  }
  bool on_events(std::uint32_t, std::shared_ptr<void const> const&,
                 std::vector<ari::event_view> const&) override {
    return false;
  }

  boost::asio::io_context loop;
  test::temporary_folder folder;
  ami_server server;
  router events{"calluna-1"};
  switchboard calls{loop.get_executor(), {}, {}, logger{}};
  std::shared_ptr<log_lines> log = std::make_shared<log_lines>();
  std::unique_ptr<pbx> line;
  std::shared_ptr<bindings::app> script;
};

TEST_F(app_queue_link, a_link_lost_between_a_list_and_its_end_costs_a_second_question) {
  std::atomic<int> questions{0};
  server.on("QueueStatus", [&](ami_server::peer& to, ami_request const& r) {
    bool const first = ++questions == 1;
    to.send(items(r, {"PJSIP/101", first ? "PJSIP/102" : "PJSIP/103"}));
    if (first) return to.close();
    to.send(end(r));
  });
  run();
  EXPECT_TRUE(said("support is there: true"));
  EXPECT_TRUE(said("main up", 2));
  EXPECT_TRUE(said("main down"));
  EXPECT_EQ(questions, 2);
}

TEST_F(app_queue_link, every_link_that_comes_back_brings_what_was_missed) {
  std::atomic<int> questions{0};
  server.on("QueueStatus", [&](ami_server::peer& to, ami_request const& r) {
    int const number = ++questions;
    to.send(items(r, {"PJSIP/101", fmt::format("PJSIP/20{}", number)}));
    // An event of what the list has already, before its end.
    to.send(
        "Event: QueueMemberAdded\r\nQueue: support\r\nInterface: PJSIP/300\r\nPaused: 0\r\n\r\n" +
        end(r));
  });
  run();
  ASSERT_TRUE(said("support is there: true"));
  EXPECT_TRUE(said("member_added PJSIP/300"));
  for (int gap = 1; gap <= 3; ++gap) {
    server.drop_all();
    EXPECT_TRUE(said("main down", gap));
    EXPECT_TRUE(said(fmt::format("member_added PJSIP/20{} synthetic", gap + 1)));
    EXPECT_TRUE(said(fmt::format("member_removed PJSIP/20{} synthetic", gap)));
  }
  EXPECT_TRUE(said("member_added PJSIP/300"));
  EXPECT_EQ(questions, 4);
}

}  // namespace
}  // namespace calluna::runtime
