#pragma once
#include <calluna/ami/action.hpp>
#include <calluna/ami/message.hpp>
#include <calluna/io/backoff.hpp>
#include <calluna/io/stream.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace calluna::ami {

enum class auth_method { md5, plain };

struct client_options {
  /// The PBX's name in logs and errors.
  std::string name = "pbx";
  io::endpoint server;
  std::string user;
  std::string secret;
  auth_method auth = auth_method::md5;
  /// `EventMask` to ask for at login; "" leaves the account's own.
  std::string event_mask;
  /// Server-side filters added with `Action: Filter` after each login, e.g. "Event: Newchannel". A
  /// PBX that refuses them is told in the log and used without.
  std::vector<std::string> filters;
  std::chrono::milliseconds login_timeout = std::chrono::seconds(10);
  /// Silence after which a Ping is sent; as long again without an answer means the connection is
  /// dead.
  std::chrono::milliseconds ping_interval = std::chrono::seconds(15);
  io::backoff_policy backoff;
  /// More than this many answers outstanding: further actions are refused with `rejected`.
  std::size_t max_pending = 10'000;
};

enum class client_state {
  down,        ///< no connection; the next attempt is scheduled
  connecting,  ///< connecting or logging in
  up,          ///< logged in and fully booted: actions are taken
  stopped,     ///< `stop` was called
};

/// The answer to an action. `Response: Error` is a failure (kind `refused` for missing rights, else
/// `rejected`), not a response.
struct response {
  message head;
  /// For list actions: the events in between, without the completing one.
  std::vector<message> items;
};

/// All complete events of one read, in order. The views live as long as somebody holds `owner`.
struct event_batch {
  std::shared_ptr<void const> owner;
  std::span<message_view const> events;
};

/// What a client tells. Called on the client's executor, never from inside a call of the client's.
class client_listener {
 public:
  virtual ~client_listener() = default;
  virtual void on_ami_events(event_batch const& batch) = 0;
  /// `why` is set when `state` is `down`.
  virtual void on_ami_state(client_state state, error const* why) = 0;
};

/// A connection to one Asterisk Manager Interface that stays: connects, logs in, watches,
/// reconnects with backoff. Handlers outlive sockets. It never sends an action twice: an action
/// whose answer is lost fails with `offline`, `retryable` only if the action is safe to repeat or
/// never left.
///
/// Lives on `on`: construct anywhere, then call everything there, except `next_id`, `id_prefix` and
/// `submit_at_once` (any thread).
class client {
 public:
  client(io::executor on, client_options options, logger log, client_listener& listener);
  ~client();
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  void start();
  /// Says Logoff, closes; pending actions fail with `cancelled`. Final. No call-back follows.
  void stop();
  client_state state() const noexcept;
  /// What Asterisk called itself in its banner ("11.0.0"); empty before the first connection.
  std::string const& protocol_version() const noexcept;

  /// A fresh id; any thread.
  action_id next_id() noexcept;
  /// What precedes the number in `ActionID`: random per client, so that two programs do not mix up
  /// `OriginateResponse` events. Any thread.
  std::string const& id_prefix() const noexcept;

  /// Sends and waits for the answer. `done` is called exactly once, on the executor, never from
  /// inside. Errors: `offline` (not logged in: nothing was sent, retryable; or the connection was
  /// lost before the answer), `timeout`, `refused`, `rejected` (Asterisk said Error; its message),
  /// `cancelled` (stop).
  void submit(encoded_action a, std::chrono::milliseconds timeout,
              unique_function<void(result<response>)> done);

  /// The same from any thread, with the write done here and now instead of a hop to the executor,
  /// where `done` is still called. False: nothing was done, `a` and `done` are as they were; there
  /// is no connection for it (down, TLS), or others write at the moment. Then `submit` is the way.
  bool submit_at_once(encoded_action& a, std::chrono::milliseconds timeout,
                      unique_function<void(result<response>)>& done);

  /// Reads nothing for so long, from the next read on: for a listener that cannot keep up for a
  /// moment. Keep it well under Asterisk's `writetimeout` (100 ms by default).
  void pause(std::chrono::milliseconds span);

  struct counters {
    std::uint64_t events = 0, actions = 0, logins = 0, connections_lost = 0, bytes_in = 0,
                  bytes_out = 0;
  };
  counters const& count() const noexcept;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::ami
