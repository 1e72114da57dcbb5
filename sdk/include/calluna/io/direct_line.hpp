#pragma once
#include <calluna/unique_function.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::io {

/// Gives `bytes` to a connected socket without waiting; how many it took. A socket that is broken
/// takes all: its owner learns of it by reading.
std::size_t send_now(int socket, std::string_view bytes) noexcept;

/// So many may be sent before the owner looks.
constexpr std::size_t most_unseen = 256;
/// What an owner that waits for `pending` answers, at most `max_pending`, lets others send: those
/// that it has not seen yet count as if all were there.
constexpr std::size_t credit_for(std::size_t pending, std::size_t max_pending) noexcept {
  return pending + 2 * most_unseen <= max_pending ? most_unseen : 0;
}

/// The sending side of a connection for threads that do not own it. To hand bytes to the owner's
/// loop costs a wake-up, several times the write itself; here they go into the socket at once.
/// That is possible only while the owner has nothing to write, so all bytes leave in the order in
/// which they were handed over.
///
/// `Sent` is what the owner has to know of what was sent, to recognise the answer. It is noted
/// before the bytes leave; an owner that takes it before it looks at what the peer said is never
/// told an answer too early.
template <class Sent>
class direct_line {
 public:
  // -- the owner, on its own thread

  /// From now on others may send, `credit` times until `take_sent` says more. `wake` is called on
  /// a sender's thread: what the socket has not taken waits in `hold`.
  void open(int socket, std::size_t credit, unique_function<void()> wake) {
    std::lock_guard const lock(mutex_);
    socket_ = socket;
    credit_ = credit;
    wake_ = std::move(wake);
  }
  /// Nobody sends any more; to be called before the socket is closed. Returns what `hold` would.
  std::string close() {
    std::lock_guard const lock(mutex_);
    socket_ = -1;
    wake_ = nullptr;
    held_ = false;
    return std::exchange(rest_, {});
  }
  /// Swaps what was sent since the last time into `into`, which has to be empty.
  void take_sent(std::vector<Sent>& into, std::size_t credit) {
    std::lock_guard const lock(mutex_);
    sent_.swap(into);
    credit_ = credit;
  }
  /// The owner is going to write: nobody else does until `release`. Returns bytes that go before
  /// its own.
  std::string hold() {
    std::lock_guard const lock(mutex_);
    held_ = true;
    return std::exchange(rest_, {});
  }
  void release() {
    std::lock_guard const lock(mutex_);
    held_ = false;
  }

  // -- any thread

  /// Calls `make(bytes)`, which appends the bytes to send and returns an optional `Sent`, with the
  /// line for itself; nothing in it may wait. False: nothing was sent, now is no moment for it, or
  /// `make` gave nothing.
  template <class Make>
  bool send(Make make) {
    std::lock_guard const lock(mutex_);
    if (socket_ < 0 || held_ || credit_ == 0) return false;
    bytes_.clear();
    std::optional<Sent> what = make(bytes_);
    if (!what) return false;
    --credit_;
    sent_.push_back(std::move(*what));
    auto const taken = send_now(socket_, bytes_);
    if (taken == bytes_.size()) return true;
    rest_ = bytes_.substr(taken);
    held_ = true;
    wake_();
    return true;
  }

 private:
  std::mutex mutex_;
  int socket_ = -1;
  std::size_t credit_ = 0;
  bool held_ = false;
  std::string bytes_, rest_;
  std::vector<Sent> sent_;
  unique_function<void()> wake_;
};

}  // namespace calluna::io
