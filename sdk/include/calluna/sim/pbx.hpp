#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/sim/actors.hpp>
#include <calluna/sim/agi_front.hpp>
#include <calluna/sim/ami_front.hpp>
#include <calluna/sim/ari_front.hpp>
#include <calluna/sim/machine.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calluna::sim {

struct pbx_options {
  machine_options machine;
  std::vector<ami_account> ami{{"calluna", "offline"}};
  std::vector<ari_account> ari{{"calluna", "offline"}};
  std::uint16_t ami_port = 0, ari_port = 0;  ///< on loopback; 0: a free one
  /// Time goes by itself, `pace` seconds of it in each real one; else only by `advance`.
  bool real_time = false;
  double pace = 1;
  logger log = {};
};

/// A whole offline PBX: a machine, the people around it, and AMI and ARI on loopback sockets; where
/// its dialplan has AGI(), it connects to that server. It lives on the executor it is made with and
/// takes no thread of its own.
class pbx {
 public:
  pbx(io::executor on, pbx_options options);
  ~pbx();
  pbx(pbx const&) = delete;
  pbx& operator=(pbx const&) = delete;

  sim::machine& machine();
  sim::actors& actors();
  ami_front& ami();
  ari_front& ari();
  agi_front& agi();

  /// Opens the ports and, with real time, lets it go. The error says which port is taken.
  result<void> listen();
  std::uint16_t ami_port() const;
  std::uint16_t ari_port() const;
  /// Lets time pass at once, with all that happens in it; for a PBX without real time.
  void advance(span by);
  /// Lets what is due now happen; after acts on the machine from outside.
  void settle();
  /// Closes connections, as a network that breaks; the ports stay open.
  void drop_connections();
  void close();

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::sim
