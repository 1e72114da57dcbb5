#pragma once
#include <calluna/sim/machine.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace calluna::sim {

/// What a phone (or a number outside) does when it is called.
struct behaviour {
  enum class kind : std::uint8_t {
    answer,     ///< rings, answers after `after`
    noanswer,   ///< rings and rings
    busy,       ///< 486 at once
    reject,     ///< rings, declines after `after` (603)
    congestion  ///< 503 at once
  };
  kind does = kind::answer;
  span after = std::chrono::seconds(1);
  /// Hangs up so long after it has answered; nothing: waits for the other side.
  std::optional<span> hang_up_after = {};
  /// Keys pressed `keys_after` its answer.
  std::string keys = {};
  span keys_after = std::chrono::seconds(1);
};

/// Somebody outside (or a phone) who calls in.
struct caller {
  std::string endpoint = "PJSIP/trunk";
  party number;
  std::string exten;
  span at{};  ///< since the beginning
  /// How long at most until the caller gives up or has said all; nothing: stays until hung up on.
  std::optional<span> stays = {};
  std::string keys = {};  ///< pressed a second after it is answered
  int times = 1;
  span every = std::chrono::seconds(60);
};

/// The people around a PBX: phones that are picked up or not, callers who come. Lives as long as
/// its machine runs.
class actors {
 public:
  explicit actors(machine& on);
  actors(actors const&) = delete;
  actors& operator=(actors const&) = delete;

  /// How the endpoint's phone behaves from its next call on. Without one it answers after a second.
  void set_behaviour(std::string const& endpoint, behaviour b) { phones_[endpoint] = std::move(b); }
  /// How a number behaves that is dialled through a trunk.
  void set_number(std::string const& number, behaviour b) { numbers_[number] = std::move(b); }
  void add(caller c);

  /// Callers who came so far, and those of them whom the PBX refused (no such extension).
  std::uint64_t arrived() const noexcept { return arrived_; }
  std::uint64_t refused() const noexcept { return refused_; }

 private:
  void ring(channel const& c, std::string const& number);
  void come(caller const& c, int times);

  machine& machine_;
  std::map<std::string, behaviour> phones_, numbers_;
  std::map<std::uint64_t, behaviour> called_;  ///< by the channel's serial
  std::map<std::uint64_t, std::string> keys_;  ///< of callers, by the channel's serial
  std::uint64_t arrived_ = 0, refused_ = 0;
};

}  // namespace calluna::sim
