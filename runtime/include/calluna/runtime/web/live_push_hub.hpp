#pragma once
#include <calluna/bindings/http_door.hpp>
#include <calluna/clock.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/runtime/web/push_topics.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calluna::runtime::web {

/// Who hears topics. Called on the hub's executor.
class push_listener {
 public:
  virtual ~push_listener() = default;
  /// One event as a stream of events has it, for all of its listeners the same bytes.
  virtual void heard(std::shared_ptr<std::string const> event) = 0;
};

/// The push hub. `set`, `clear` and the like from any thread; listeners live on the executor, where
/// they are told in the order in which things happened. What waits to be told is bounded, too.
class live_push_hub final : public bindings::push_hub,
                            public std::enable_shared_from_this<live_push_hub> {
 public:
  /// Listens to so many topics at most.
  static constexpr std::size_t most_topics_heard = 64;
  /// Bytes of events that wait for the executor.
  static constexpr std::size_t most_waiting = std::size_t{16} << 20;

  /// `time` must outlive it.
  static std::shared_ptr<live_push_hub> make(io::executor on, clock const& time,
                                             push_limits limits = {});
  ~live_push_hub() override;

  outcome set(std::string_view topic, std::string_view key, std::string json,
              std::optional<std::chrono::milliseconds> keep) override;
  outcome clear(std::string_view topic, std::string_view key) override;
  std::size_t clear_all(std::string_view prefix, std::string_view key,
                        std::string_view except) override;
  outcome send(std::string_view topic, std::string json) override;
  std::size_t listeners(std::string_view topic) const override;

  /// On the executor: `who` hears `topics` from now on; gives the event that tells what holds now.
  std::shared_ptr<std::string const> attach(std::shared_ptr<push_listener> const& who,
                                            std::vector<std::string> topics);
  /// On the executor.
  void detach(std::shared_ptr<push_listener> const& who);
  /// On the executor: clears what is over at the clock's now. It does so itself when its timer
  /// fires; tests move the clock and call it.
  void expire();

  struct numbers {
    std::size_t topics = 0, bytes = 0, listeners = 0;
    /// Events told to the hub, and those it refused: there was no room, or it was no JSON.
    std::uint64_t events = 0, refused = 0;
  };
  numbers status() const;

 private:
  struct state;
  explicit live_push_hub(std::unique_ptr<state> made);
  void wake();
  void deliver();
  void arm();
  std::unique_ptr<state> state_;
};

}  // namespace calluna::runtime::web
