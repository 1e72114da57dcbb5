#pragma once
#include "fakes/run_until.hpp"
#include "temporary_folder.hpp"

#include <calluna/runtime/config.hpp>
#include <calluna/runtime/services.hpp>
#include <calluna/runtime/supervisor.hpp>
#include <calluna/sim/pbx.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>

namespace calluna::runtime::test {

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

/// The whole runtime but its signals, on an offline PBX behind real sockets.
class on_the_sim : public ::testing::Test {
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
  temporary_folder folder;
  std::shared_ptr<log_lines> log = std::make_shared<log_lines>();
  sim::pbx pbx;
  config settings;
  std::unique_ptr<services> shared;
  std::unique_ptr<supervisor> apps_;
};

}  // namespace calluna::runtime::test
