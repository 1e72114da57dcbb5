#pragma once
#include "../support/asterisk.hpp"
#include "../support/tcp_relay.hpp"
#include "live_people.hpp"
#include "live_settings.hpp"
#include "live_story.hpp"
#include "testing/staged_pbx.hpp"

#include <calluna/agi/server.hpp>
#include <calluna/runtime/pbx.hpp>

#include <functional>
#include <memory>
#include <string>

namespace calluna::integration {

/// A real Asterisk on a stage. The app reaches it by the runtime's own PBX, over connections that
/// can be cut; the test hears of it by connections of its own.
class live_pbx final : public runtime::testing::staged_pbx,
                       private ami::client_listener,
                       private ari::client_listener {
 public:
  /// Ends what an earlier case has left on `server`. Throws if that does not end.
  live_pbx(runtime::testing::stage_parts with, asterisk& server);
  ~live_pbx() override;

  std::shared_ptr<bindings::pbx_link> link() override;
  void connect() override;
  void drop(std::string const& why) override;
  void subscribe(std::string const& application) override { pbx_->subscribe(application); }
  void submit(ari::request const& r, std::chrono::milliseconds timeout,
              unique_function<void(result<ari::response>)> done) override;
  void destroy_bridges(std::string const& prefix) override;
  bool own_time() const override { return true; }
  result<bool> ready() override;
  void settle() override {}
  std::optional<clock::time_point> next_due() override { return {}; }
  result<nlohmann::json> office(std::string_view verb, nlohmann::json const& argument) override;
  void refresh(channel_record&) override {}

  // -- for the verbs of office()
  live_people& people() noexcept { return people_; }
  live_story& story() noexcept { return story_; }
  live_settings& settings() noexcept { return settings_; }
  std::uint16_t agi_port() const { return agi_->port(); }
  /// Something of `settings` has changed.
  void settings_changed() { dirty_ = true; }
  /// Lets time pass until it is so; false: not within `most`.
  bool wait(std::function<bool()> const& until, std::chrono::milliseconds most = default_wait);

 private:
  static constexpr std::chrono::milliseconds default_wait{5000};

  void on_ami_events(ami::event_batch const& batch) override;
  void on_ami_state(ami::client_state, error const*) override {}
  void on_ari_events(std::string_view application, ari::event_batch const& batch) override;
  void on_ari_state(std::string_view, ari::application_state state, error const* why) override {
    watching_playbacks_ = state == ari::application_state::up;
    ari_problem_ = why != nullptr ? why->message : "";
  }
  /// What is not as it has to be, in words; or nothing.
  std::string missing() const;
  void ask_call_id(std::string const& uniqueid, std::string const& channel, int tries);
  void apply();
  bool write(std::string const& name, std::string const& text);
  void reload(std::vector<std::string> commands);
  void await_phones(int tries);
  void command(std::string const& text, std::function<void()> then);
  void after(std::chrono::milliseconds span, std::function<void()> act);

  runtime::testing::stage_parts const with_;
  asterisk& server_;
  tcp_relay ami_relay_, http_relay_;
  live_settings settings_;
  live_story story_;
  live_people people_;
  std::unique_ptr<agi::server> agi_;
  std::unique_ptr<runtime::pbx> pbx_;
  std::unique_ptr<ami::client> watch_;
  std::unique_ptr<ari::client> watch_playbacks_;
  bool watching_playbacks_ = false, dirty_ = true, applying_ = false;
  std::string failure_, ari_problem_;
  std::chrono::steady_clock::time_point ready_at_ = std::chrono::steady_clock::now();
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::integration
