// Apps on the offline PBX: the whole runtime but its signals, against real sockets without an
// Asterisk.
#include "fakes/run_until.hpp"
#include "temporary_folder.hpp"

#include <calluna/runtime/config.hpp>
#include <calluna/runtime/services.hpp>
#include <calluna/runtime/supervisor.hpp>
#include <calluna/sim/pbx.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>

namespace calluna::runtime {
namespace {

using namespace std::chrono_literals;

struct log_lines : log_sink {
  void write(log_level, std::string_view, std::string_view text) override {
    std::lock_guard const lock(mutex);
    lines.emplace_back(text);
  }
  std::vector<std::string> with(std::string const& part) {
    std::lock_guard const lock(mutex);
    std::vector<std::string> found;
    for (auto const& l : lines)
      if (l.find(part) != std::string::npos) found.push_back(l);
    return found;
  }
  std::mutex mutex;
  std::vector<std::string> lines;
};

class on_the_sim : public testing::Test {
 protected:
  on_the_sim() : pbx(loop.get_executor(), options()) {
    pbx.machine().add_endpoint({"PJSIP/trunk", "from-trunk", {}});
    pbx.machine().add_endpoint({"PJSIP/101", "from-phones", {"101", "Phone 101"}});
    EXPECT_TRUE(pbx.listen());
  }
  static sim::pbx_options options() {
    sim::pbx_options o;
    o.real_time = true;
    o.pace = 20;  // the PBX's people are quick
    return o;
  }
  void dialplan(std::string const& text) {
    auto const read = pbx.machine().plan().read(text);
    ASSERT_TRUE(read) << read.error().message;
  }
  void run(std::string const& apps) {
    folder.write("ami.secret", "offline\n");
    folder.write("ari.secret", "offline\n");
    auto const file = folder.write(
        "calluna.toml",
        fmt::format("[pbx.main.ami]\nport = {}\nuser = \"calluna\"\nsecret_file = \"ami.secret\"\n"
                    "[pbx.main.ari]\nurl = \"http://127.0.0.1:{}/ari\"\nuser = \"calluna\"\n"
                    "password_file = \"ari.secret\"\n{}\n[runtime]\nstate_folder = \"state\"\n"
                    "control_socket = \"{}\"\n",
                    pbx.ami_port(), pbx.ari_port(), apps, (folder / "control").string()));
    auto loaded = load_config(file);
    ASSERT_TRUE(loaded) << loaded.error().front();
    settings = std::move(*loaded);
    shared = std::make_unique<services>(loop.get_executor(), settings, logger(log, "runtime"));
    apps_ = std::make_unique<supervisor>(loop.get_executor(), settings, logger(log, "runtime"),
                                         shared->shared(), shared->own_apps());
    apps_->start([] {});
    ASSERT_TRUE(fakes::run_until(loop, [&] { return apps_->ready(); })) << everything();
  }
  void TearDown() override {
    if (!apps_) return;
    bool stopped = false;
    apps_->stop(0ms, [&] { stopped = true; });
    EXPECT_TRUE(fakes::run_until(loop, [&] { return stopped; }));
    shared->stop();
  }
  void call(std::string const& exten, std::string const& from, sim::span stays = 1h) {
    auto const* c = pbx.machine().arrive({"PJSIP/trunk", {from, {}}, exten});
    ASSERT_NE(c, nullptr);
    auto& m = pbx.machine();
    m.time().after(stays, [&m, serial = c->serial] { m.device_hangs_up(serial); });
    pbx.settle();
  }
  bool logged(std::string const& part, std::size_t times = 1) {
    return fakes::run_until(loop, [&] { return log->with(part).size() >= times; });
  }
  bool nothing_left() {
    return fakes::run_until(
        loop, [&] { return pbx.machine().channels().empty() && pbx.machine().bridges().empty(); });
  }
  std::string everything() {
    std::string text;
    for (auto const& l : log->with("")) text += l + "\n";
    return text;
  }

  boost::asio::io_context loop;
  test::temporary_folder folder;
  std::shared_ptr<log_lines> log = std::make_shared<log_lines>();
  sim::pbx pbx;
  config settings;
  std::unique_ptr<services> shared;
  std::unique_ptr<supervisor> apps_;
};

std::string vip_queue(std::string const& more) {
  return "[app.vip_queue]\npath = \"" CALLUNA_SOURCE_DIR
         "/examples/apps/vip_queue\"\n[app.vip_queue.config]\nmembers = [\"PJSIP/101\"]\nwrap_up = "
         "0\n" +
         more +
         "[directory]\nfile = \"" CALLUNA_SOURCE_DIR "/examples/apps/vip_queue/partners.csv\"\n";
}

TEST_F(on_the_sim, a_vip_passes_the_ordinary_callers) {
  dialplan("[from-trunk]\nexten => 100,1,Stasis(vip-queue)\n same => n,Hangup()\n");
  pbx.actors().set_behaviour("PJSIP/101", {sim::behaviour::kind::answer, 2s, 10s});
  ASSERT_NO_FATAL_FAILURE(run(vip_queue("")));
  call("100", "+4930000");
  ASSERT_TRUE(logged("+4930000 talks to PJSIP/101")) << everything();
  call("100", "+4930111");
  ASSERT_TRUE(logged("+4930111: ")) << everything();
  call("100", "+4930222");
  ASSERT_TRUE(logged("+4930222: ")) << everything();
  call("100", "+14155550101");
  ASSERT_TRUE(logged("+14155550101: Ann Archer (Archer Ltd), VIP")) << everything();
  ASSERT_TRUE(logged(" talks to PJSIP/101", 4)) << everything();
  auto const lines = log->with(" talks to ");
  std::vector<std::string> const order{"+4930000", "+14155550101", "+4930111", "+4930222"};
  ASSERT_EQ(lines.size(), order.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    EXPECT_NE(lines[i].find(order[i]), std::string::npos) << "place " << i << ": " << lines[i];
  EXPECT_TRUE(nothing_left()) << everything();
  EXPECT_TRUE(pbx.ari().unsupported().empty()) << pbx.ari().unsupported().begin()->first;
  EXPECT_TRUE(pbx.ami().unsupported().empty()) << pbx.ami().unsupported().begin()->first;
}

TEST_F(on_the_sim, who_has_waited_too_long_goes_on_in_the_dialplan) {
  dialplan(
      "[from-trunk]\nexten => 100,1,Stasis(vip-queue)\n same => n,Hangup()\n"
      "[voicemail]\nexten => support,1,UserEvent(Voicemail)\n same => n,Hangup()\n");
  std::vector<std::string> heard;
  pbx.machine().listen([&](sim::event const& e) {
    if (e.kind == sim::event_kind::user_event) heard.push_back(e.name);
  });
  pbx.actors().set_behaviour("PJSIP/101", {sim::behaviour::kind::noanswer});
  ASSERT_NO_FATAL_FAILURE(run(vip_queue("max_wait = 1\n")));
  call("100", "+4930000");
  EXPECT_TRUE(fakes::run_until(loop, [&] { return !heard.empty(); })) << everything();
  EXPECT_EQ(heard, std::vector<std::string>{"Voicemail"});
  EXPECT_TRUE(nothing_left()) << everything();
}

TEST_F(on_the_sim, an_app_hears_what_calls_the_pbx_has) {
  dialplan("[from-trunk]\nexten => 101,1,Dial(PJSIP/101,20)\n same => n,Hangup()\n");
  pbx.actors().set_behaviour("PJSIP/101", {sim::behaviour::kind::answer, 2s, 10s});
  folder.write("watch/init.lua", R"(
    local calls, log = require "calluna.calls", require "calluna.log"
    calls.on({ "started", "ringing", "answered", "ended" }, function(call)
      log.info("%s %s from %s", call.event or "?", call.direction, call.remote_number or "?")
    end)
    calls.on("ended", function(call) log.info("over: %s after %d s", call.status, call.talk_seconds) end)
  )");
  ASSERT_NO_FATAL_FAILURE(run("[app.watch]\npath = \"" + (folder / "watch").string() + "\"\n"));
  call("101", "+4930000");
  EXPECT_TRUE(logged("over: answered after ")) << everything();
}

}  // namespace
}  // namespace calluna::runtime
