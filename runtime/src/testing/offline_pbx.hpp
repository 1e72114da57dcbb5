#pragma once
#include "../read_back.hpp"
#include "offline_agi.hpp"

#include <calluna/ami/session.hpp>
#include <calluna/bindings/pbx_link.hpp>
#include <calluna/clock.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/runtime/router.hpp>
#include <calluna/runtime/switchboard.hpp>
#include <calluna/sim/actors.hpp>
#include <calluna/sim/ami_front.hpp>
#include <calluna/sim/ari_front.hpp>
#include <calluna/sim/machine.hpp>

#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// An offline PBX as the runtime has its PBXs, all on one loop: what AMI and ARI say goes to router
/// and switchboard, what apps ask goes to them. Their texts are those which would travel; only the
/// sockets are left out. Its machine's time is the clock's.
class offline_pbx {
 public:
  static constexpr std::uint32_t number = 0;

  /// `time` shows on the wall when the machine began.
  offline_pbx(io::executor on, std::shared_ptr<manual_clock> time, sim::machine_options options,
              router& to, switchboard& calls, logger log);
  ~offline_pbx();

  sim::machine& machine() noexcept { return machine_; }
  sim::actors& actors() noexcept { return actors_; }
  sim::ari_front& ari() noexcept { return ari_; }
  sim::ami_front& ami() noexcept { return ami_; }
  offline_agi& agi() noexcept { return agi_; }
  std::shared_ptr<bindings::pbx_link> link();

  /// Logs in, and serves applications that were subscribed to.
  void connect();
  /// The connections break; what is asked for from then on fails. The PBX itself goes on.
  void drop(std::string const& why);
  bool connected() const noexcept { return talk_ != nullptr; }
  void subscribe(std::string const& application);

  /// What is due at the PBX by now happens, and what it has said is heard.
  void settle();

  void submit(ami::encoded_action a, std::chrono::milliseconds timeout,
              unique_function<void(result<ami::response>)> done);
  void submit(ari::request const& r, std::chrono::milliseconds timeout,
              unique_function<void(result<ari::response>)> done);

  /// Answers come so much later.
  std::chrono::milliseconds slowness{0};
  /// Told of each request of an app, for the record: "POST channels/1.2/answer", "Hangup".
  std::function<void(std::string const& what)> on_request;

 private:
  class link_of_app;
  struct ami_connection;

  bool hear_ami();
  bool hear_ari();
  void tell_link(bool up);
  void open_websocket(std::string const& application);
  void read_back_applications();
  result<ari::response> ask(ari::request const& r);
  template <class Answer>
  void answer(std::chrono::milliseconds timeout, result<Answer> with,
              unique_function<void(result<Answer>)> done);

  io::executor on_;
  std::shared_ptr<manual_clock> time_;
  sim::machine machine_;
  sim::actors actors_;
  sim::ami_front ami_;
  sim::ari_front ari_;
  offline_agi agi_;
  router& router_;
  switchboard& calls_;
  logger log_;
  ami::client_options login_;
  std::string const prefix_ = "offline-";
  std::unique_ptr<ami_connection> talk_;
  std::vector<std::string> ari_heard_;
  std::map<std::string, std::uint64_t> applications_;  ///< their WebSockets; 0: none now
  std::mt19937_64 chance_;
  bool settling_ = false;
  std::vector<std::unique_ptr<io::alarm>> late_;  ///< answers on their way
  std::shared_ptr<int> alive_ = std::make_shared<int>();
};

}  // namespace calluna::runtime::testing
