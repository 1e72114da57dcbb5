#pragma once
#include <calluna/ami/framer.hpp>
#include <calluna/ami/pending_table.hpp>
#include <calluna/log.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::ami {

/// A fresh id, unique within the process. Any thread.
action_id fresh_action_id() noexcept;

/// An answer (or the lack of one) that waits for its call-back.
struct settled_action {
  /// How many events of the same read come before it.
  std::size_t events_before = 0;
  unique_function<void(result<response>)> done;
  result<response> answer;
};

/// The talk on one connection, without socket, clock or thread: banner, login, FullyBooted, answers
/// and lists by ActionID, deadlines, pings. Bytes and the time go in; events, settled actions and
/// bytes to write come out. It calls nobody back.
class session {
 public:
  using time_point = std::chrono::steady_clock::time_point;
  enum class phase { banner, challenge, login, booting, up, closed };
  /// How long after the login FullyBooted may come before a Ping asks instead: an account without
  /// the read class `system` never hears of it.
  static constexpr std::chrono::milliseconds boot_grace{2000};
  /// The items of one list together; more fails the list with `rejected`.
  static constexpr std::size_t list_limit = 64 * 1024 * 1024;
  /// How long the late answer of an action that timed out is kept apart from the events.
  static constexpr std::chrono::milliseconds late_answer_kept{60'000};

  /// `options` and `prefix` must outlive it. The login's deadline counts from `now`, the connection
  /// is there.
  session(client_options const& options, std::string const& prefix, logger log, time_point now);

  /// Takes the unconsumed bytes of the connection; tells how many of them it used. Events are
  /// appended to `events` as views into `unread`. An error means: hand out what came before it,
  /// then close.
  result<std::size_t> received(std::string_view unread, std::vector<message_view>& events,
                               time_point now);
  /// Writes an action; only in phase `up`.
  void submit(encoded_action a, std::chrono::milliseconds timeout,
              unique_function<void(result<response>)> done, time_point now);
  /// Waits for the answer to an action that left for the wire at `at`, past this session's output.
  void sent(encoded_action a, std::chrono::milliseconds timeout,
            unique_function<void(result<response>)> done, time_point at);
  /// Looks at deadlines and silence. An error means: close.
  result<void> tick(time_point now);
  /// The connection is gone, or will be: settles all that is pending with `kind`.
  void close(error_kind kind, std::string const& why);
  /// What the end of the connection means in this phase: words for `why` of state `down`.
  error explain_end(error why, std::string_view unread) const;

  /// The bytes to write next; from now on they count as sent.
  std::string take_output();
  bool has_output() const noexcept { return !output_.empty(); }
  std::vector<settled_action> take_settled() { return std::exchange(settled_, {}); }
  bool has_settled() const noexcept { return !settled_.empty(); }
  /// Set once when the login is complete: the number of events of that read that come before it.
  std::optional<std::size_t> take_went_up() { return std::exchange(went_up_, std::nullopt); }

  phase now_in() const noexcept { return phase_; }
  std::string const& protocol_version() const noexcept { return version_; }
  std::size_t pending() const noexcept { return pending_.size(); }
  bool waits_for(action_id id) noexcept { return pending_.find(id) != nullptr; }

 private:
  pending_action& expect(encoded_action& a, std::chrono::milliseconds timeout,
                         unique_function<void(result<response>)> done, time_point from);
  void on_banner(std::string_view line, time_point now);
  void on_block(std::string_view text, time_point now);
  void on_response(message_view view, time_point now);
  void on_own_response(pending_action& entry, message_view view, time_point now);
  bool took_as_item(message_view event, time_point now);
  void log_in(std::string_view challenge, time_point now);
  void logged_in(time_point now);
  void go_up(time_point now);
  void refuse_login(message_view view);
  void send(action const& a, own_purpose purpose, time_point deadline, std::string name = {});
  void settle(pending_action& entry, result<response> answer);
  void forget(pending_action& entry);
  void abandon(pending_action& entry, error why, time_point now);
  result<void> check_login(time_point now);
  result<void> check_silence(time_point now);
  void check_deadlines(time_point now);
  std::optional<action_id> our_id(message_view view) const noexcept;
  std::string where() const;

  client_options const& options_;
  std::string const& prefix_;
  logger log_;
  framer framer_;
  pending_table pending_;
  std::vector<settled_action> settled_;
  std::vector<message_view>* events_ = nullptr;  ///< only inside `received`
  std::vector<action_id> expired_;
  std::string output_;
  std::uint64_t taken_ = 0;
  std::size_t lists_started_ = 0;
  phase phase_ = phase::banner;
  std::string version_;
  std::optional<error> fault_;
  std::optional<std::size_t> went_up_;
  time_point login_deadline_;
  time_point probe_at_;
  time_point heard_at_;
  std::optional<time_point> pinged_at_;
};

}  // namespace calluna::ami
