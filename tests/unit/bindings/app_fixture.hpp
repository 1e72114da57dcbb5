#pragma once
#include <calluna/bindings/app.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace calluna::bindings {

/// A PBX without sockets: records what an app sends and answers as the test says. On the app's one
/// loop.
class scripted_pbx : public pbx_link {
 public:
  using ami_reply = std::function<result<ami::response>(ami::encoded_action const&)>;
  using ari_reply = std::function<result<ari::response>(ari::request const&)>;

  explicit scripted_pbx(boost::asio::io_context& loop, std::string name = "main")
      : loop_(loop), name_(std::move(name)) {}

  std::string const& name() const noexcept override { return name_; }
  bool has_ami() const noexcept override { return true; }
  bool has_ari() const noexcept override { return true; }
  ami::action_id next_action_id() noexcept override { return ++last_id_; }
  std::string const& action_id_prefix() const noexcept override { return prefix_; }

  void send(ami::encoded_action a, std::chrono::milliseconds,
            unique_function<void(result<ami::response>)> done) override {
    actions.push_back(a);
    boost::asio::post(loop_, [reply = on_action(a), done = std::move(done)]() mutable {
      done(std::move(reply));
    });
  }
  void send(ari::request r, std::chrono::milliseconds,
            unique_function<void(result<ari::response>)> done) override {
    requests.push_back(r);
    boost::asio::post(loop_, [reply = on_request(r), done = std::move(done)]() mutable {
      done(std::move(reply));
    });
  }

  ami_reply on_action = [](ami::encoded_action const&) -> result<ami::response> {
    return ami::response{ami::message::copy_of("Response: Success\r\n"), {}};
  };
  ari_reply on_request = [](ari::request const&) -> result<ari::response> {
    return ari::response{204, ""};
  };
  std::vector<ami::encoded_action> actions;
  std::vector<ari::request> requests;

 private:
  boost::asio::io_context& loop_;
  std::string name_;
  std::string prefix_ = "test-";
  ami::action_id last_id_ = 0;
};

/// Collects log lines as "level text".
class recording_log : public log_sink {
 public:
  void write(log_level level, std::string_view, std::string_view text) override {
    static char const* const names[] = {"debug", "info", "warning", "error"};
    lines.push_back(std::string(names[static_cast<int>(level)]) + " " + std::string(text));
  }
  std::vector<std::string> lines;
};

/// One app on one loop with a scripted PBX and a manual clock.
class app_test : public ::testing::Test, public app_host {
 protected:
  /// Writes `source` as the app's init.lua and loads it. `beside`: a folder whose other files it
  /// has.
  result<void> load(std::string const& source, std::filesystem::path const& beside = {}) {
    folder_ = std::filesystem::temp_directory_path() /
              ("calluna_app_" + std::to_string(::getpid()) + "_" + std::to_string(++folders_));
    std::filesystem::create_directories(folder_);
    if (!beside.empty())
      std::filesystem::copy(beside, folder_, std::filesystem::copy_options::recursive);
    std::ofstream(folder_ / "init.lua") << source;
    options.path = folder_.string();
    options.log = logger(log_, "app");
    options.pbxs = {pbx};
    options.time = time;
    app_ = app::create(loop.get_executor(), options, *this);
    return app_->load();
  }
  /// Loads, and fails the test if that fails; then starts and lets it come to rest.
  void run_app(std::string const& source) {
    auto const loaded = load(source);
    ASSERT_TRUE(loaded) << loaded.error().message;
    app_->start([this](result<void> outcome) { started = std::move(outcome); });
    settle();
  }
  /// The same with one of the example apps, as it is; `loaded_first`: before it is started.
  void run_example(std::string const& name, std::function<void()> const& loaded_first = {}) {
    auto const folder = std::filesystem::path(CALLUNA_SOURCE_DIR) / "examples/apps" / name;
    std::ifstream file(folder / "init.lua");
    std::string const source{std::istreambuf_iterator<char>(file), {}};
    auto const loaded = load(source, folder);
    ASSERT_TRUE(loaded) << loaded.error().message;
    if (loaded_first) loaded_first();
    app_->start([this](result<void> outcome) { started = std::move(outcome); });
    settle();
    ASSERT_TRUE(started && *started) << (started ? started->error().message : "it waits");
  }
  /// Runs everything that can run now.
  void settle() {
    loop.restart();
    while (loop.poll() != 0) {
    }
  }
  /// Moves the clock and lets what is due happen.
  void advance(double seconds) {
    time->advance(std::chrono::nanoseconds(static_cast<long long>(seconds * 1e9)));
    app_->wake();
    settle();
  }
  void ami_event(std::string text) {
    auto owner = std::make_shared<std::string>(std::move(text));
    app_->deliver(0, owner, std::vector{ami::message_view(*owner)});
    settle();
  }
  void ari_event(nlohmann::json const& event) {
    auto owner = std::make_shared<std::string>(event.dump());
    ari::event_view view;
    ASSERT_TRUE(ari::scan_event(*owner, view));
    app_->deliver(0, owner, std::vector{view});
    settle();
  }
  std::vector<std::string> const& log_lines() const { return log_->lines; }
  std::string last_log() const { return log_->lines.empty() ? "" : log_->lines.back(); }

  void on_ami_wanted(app&, std::vector<std::string> const& patterns) override {
    ami_wanted = patterns;
  }
  void on_ari_served(app&, std::string const& name, std::string const& fallback) override {
    ari_served.emplace_back(name, fallback);
  }
  void on_app_broken(app&, error const& why) override { broken.push_back(why); }
  void on_call_broken(app&, std::uint32_t, std::string const& channel) override {
    broken_calls.push_back(channel);
  }

  void TearDown() override {
    if (app_) app_->kill();
    app_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  boost::asio::io_context loop;
  std::shared_ptr<scripted_pbx> pbx = std::make_shared<scripted_pbx>(loop);
  std::shared_ptr<manual_clock> time = std::make_shared<manual_clock>();
  app_options options;
  std::shared_ptr<app> app_;
  std::optional<result<void>> started;
  std::vector<std::string> ami_wanted;
  std::vector<std::pair<std::string, std::string>> ari_served;
  std::vector<error> broken;
  std::vector<std::string> broken_calls;
  std::filesystem::path folder_;

 private:
  std::shared_ptr<recording_log> log_ = std::make_shared<recording_log>();
  static inline int folders_ = 0;
};

}  // namespace calluna::bindings
