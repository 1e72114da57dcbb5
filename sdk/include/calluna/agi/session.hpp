#pragma once
#include <calluna/agi/environment.hpp>
#include <calluna/agi/reply.hpp>
#include <calluna/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace calluna::agi {

/// The talk on one FastAGI connection, without socket, clock or thread: first the environment, then
/// one command at a time and its reply. Bytes go in; replies, and bytes to write, come out.
///
/// A reply is told from what follows it by its form alone. A channel variable whose value holds a
/// line that ends with ")" before another line therefore breaks the talk off, with `protocol`;
/// nothing of it is taken for another command's reply as long as it comes in one read.
class session {
 public:
  enum class phase {
    environment,  ///< hearing who calls
    idle,         ///< a command may be submitted
    waiting,      ///< for a command's reply
    closed,
  };
  /// Of the environment: lines, and bytes in all.
  static constexpr std::size_t most_lines = 256;
  static constexpr std::size_t most_bytes = 64 * 1024;
  /// Of one reply, bytes.
  static constexpr std::size_t longest_reply = 1024 * 1024;

  /// What came from Asterisk. An error (`protocol`) means: close.
  result<void> received(std::string_view bytes);
  /// Writes a command made by `encode`; only in phase `idle`.
  void submit(std::string line);
  /// Nothing more comes.
  void close() noexcept { phase_ = phase::closed; }

  phase now_in() const noexcept { return phase_; }
  /// Whole once the phase is not `environment` any more.
  environment const& call() const noexcept { return call_; }
  /// The channel has hung up. Some commands are still carried out.
  bool hung_up() const noexcept { return hung_up_; }

  /// The bytes to write next; from now on they count as sent.
  std::string take_output() { return std::exchange(output_, {}); }
  std::optional<reply> take_reply() { return std::exchange(reply_, std::nullopt); }

 private:
  result<void> on_line(std::string_view line);
  result<void> on_environment(std::string_view line);
  result<void> on_reply(std::string_view line);
  error too_long() const;

  phase phase_ = phase::environment;
  environment call_;
  std::string unread_;
  std::size_t looked_ = 0;  // of unread_: no line's end before it
  std::size_t lines_ = 0, bytes_ = 0;
  std::string partial_;  // a reply's lines so far
  bool has_partial_ = false;
  std::optional<reply> reply_;
  bool hung_up_ = false;
  std::string output_;
};

}  // namespace calluna::agi
