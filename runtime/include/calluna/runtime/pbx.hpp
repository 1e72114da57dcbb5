#pragma once
#include <calluna/bindings/pbx_link.hpp>
#include <calluna/runtime/config.hpp>
#include <calluna/runtime/router.hpp>
#include <calluna/runtime/switchboard.hpp>

#include <nlohmann/json_fwd.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace calluna::runtime {

namespace recording {
class recorder;
}

/// One PBX of the configuration: its AMI and ARI clients, feeding router and switchboard. On the IO
/// thread.
class pbx : public ami::client_listener, public ari::client_listener {
 public:
  /// `observer`: a Stasis application of our own, to hear of all calls by where there is no AMI.
  /// `tape`: writes down what is said and asked, while somebody wants it.
  pbx(io::executor io, std::uint32_t number, pbx_config settings, router& to, switchboard& calls,
      std::string observer, std::shared_ptr<recording::recorder> tape, logger log);

  void start();
  void stop();
  /// Keeps a WebSocket for the Stasis application, if this PBX has ARI.
  void subscribe(std::string const& application);
  void unsubscribe(std::string const& application);
  std::vector<std::string> subscribed() const;

  /// The PBX as an app on `app_loop` reaches it.
  std::shared_ptr<bindings::pbx_link> link_for(io::executor app_loop);

  std::string const& name() const noexcept { return settings_.name; }
  std::uint32_t number() const noexcept { return number_; }
  ami::client* ami() noexcept { return ami_.get(); }
  ari::client* ari() noexcept { return ari_.get(); }
  std::weak_ptr<ari::client> weak_ari() const noexcept { return ari_; }
  /// Logged in wherever it is configured to be.
  bool ready() const noexcept;
  nlohmann::json status() const;
  pbx_config const& settings() const noexcept { return settings_; }
  /// Asks for its channels, bridges, queues and parked calls, so that they are in a recording.
  void show_state();
  /// Called when `ready` has become another.
  std::function<void()> on_ready_changed;

 private:
  void on_ami_events(ami::event_batch const& batch) override;
  void on_ami_state(ami::client_state state, error const* why) override;
  void on_ari_events(std::string_view application, ari::event_batch const& batch) override;
  void on_ari_state(std::string_view application, ari::application_state state,
                    error const* why) override;

  /// To apps that want it: AMI is there (again), or lost.
  void tell_link(bool up);
  void tell_calls(bool up, error const* why);
  /// After a gap: ends the channels that are not there any more.
  void resync(std::string const& application);
  void end_lost(std::string const& application, std::vector<std::string> const& known,
                result<ari::response> const& answer);
  /// Gives apps that fall behind a moment, if `behind`, by reading no more until then.
  template <class Client>
  void hold_back(Client& client, bool behind);
  void read_back_by_ami(read_back_done done);

  io::executor io_;
  std::uint32_t number_;
  pbx_config settings_;
  router& router_;
  switchboard& calls_;
  std::string observer_;
  std::shared_ptr<recording::recorder> tape_;
  bool was_up_ = false;  // the connection by which calls are heard
  logger log_;
  static constexpr std::chrono::milliseconds shortest_pause{1}, longest_pause{32};
  std::chrono::milliseconds pause_ = shortest_pause;
  std::string last_error_;
  bool told_up_ = false;
  std::map<std::string, ari::application_state, std::less<>> applications_;
  std::set<std::string, std::less<>> seen_up_;  // applications that have been up before
  // Behind a shared pointer: links of apps that end later than we do must not reach a dead client.
  std::shared_ptr<ami::client> ami_;
  std::shared_ptr<ari::client> ari_;
};

}  // namespace calluna::runtime
