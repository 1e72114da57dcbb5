#pragma once
#include "../read_back.hpp"
#include "offline_agi.hpp"
#include "offline_story.hpp"
#include "staged_pbx.hpp"

#include <calluna/ami/session.hpp>
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

/// The offline PBX on a stage, all on one loop. Its texts are those which would travel; only the
/// sockets are left out. Its machine's time is the clock's.
class offline_pbx final : public staged_pbx {
 public:
  explicit offline_pbx(stage_parts const& with);
  ~offline_pbx() override;

  sim::machine& machine() noexcept { return machine_; }
  sim::actors& actors() noexcept { return actors_; }
  std::shared_ptr<bindings::pbx_link> link() override;
  void connect() override;
  void drop(std::string const& why) override;
  void subscribe(std::string const& application) override;
  void submit(ari::request const& r, std::chrono::milliseconds timeout,
              unique_function<void(result<ari::response>)> done) override;
  void destroy_bridges(std::string const& prefix) override;
  void settle() override;
  std::optional<clock::time_point> next_due() override;
  result<nlohmann::json> office(std::string_view verb, nlohmann::json const& argument) override;
  void refresh(channel_record& r) override;

 private:
  class link_of_app;
  struct ami_connection;

  void submit(ami::encoded_action a, std::chrono::milliseconds timeout,
              unique_function<void(result<ami::response>)> done);
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
  offline_story story_;
  router& router_;
  switchboard& calls_;
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
