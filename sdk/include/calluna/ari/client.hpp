#pragma once
#include <calluna/ari/event.hpp>
#include <calluna/ari/request.hpp>
#include <calluna/io/backoff.hpp>
#include <calluna/io/stream.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace calluna::ari {

struct client_options {
  /// The PBX's name in logs and errors.
  std::string name = "pbx";
  io::endpoint server;
  /// Path of ARI on that server: "/ari" unless http.conf has a prefix.
  std::string base_path = "/ari";
  std::string user;
  std::string password;
  io::backoff_policy backoff;
  /// WebSocket ping after this much silence; as long again without an answer means the connection
  /// is dead.
  std::chrono::milliseconds ping_interval = std::chrono::seconds(15);
  /// Keep-alive HTTP connections at most, where REST does not go over the WebSocket.
  int max_connections = 8;
  std::size_t max_pending = 10'000;
};

/// An answer with a 2xx status. Anything else is an error: 404 `gone`, 401/403 `refused`,
/// 400/405/422 `invalid`, 409/412 `rejected`, 5xx `rejected`; `code` holds the status, the message
/// Asterisk's own words.
struct response {
  int status = 0;
  /// The body as it came: JSON text, or empty for 204; binary for stored recordings.
  std::string body;
};

/// What an answer with that status and reason means, as above. `body` may hold Asterisk's words on
/// what is wrong.
result<response> read_answer(int status, std::string_view reason, std::string body);

/// An error_code holding an HTTP status.
std::error_code http_status(int status) noexcept;

enum class application_state { down, up, replaced };

/// What a client tells, on its executor, never from inside a call of the client's.
class client_listener {
 public:
  virtual ~client_listener() = default;
  virtual void on_ari_events(std::string_view application, event_batch const& batch) = 0;
  /// `replaced`: another WebSocket took the application over (ApplicationReplaced); we do not fight
  /// for it.
  virtual void on_ari_state(std::string_view application, application_state state,
                            error const* why) = 0;
};

/// One Asterisk's REST Interface: a WebSocket per Stasis application that stays (reconnects with
/// backoff), and requests, which travel over such a WebSocket where the server answers there
/// (probed once per connection), else over keep-alive HTTP. No request is sent twice unless it
/// never left.
///
/// Lives on `on`: construct anywhere, call there, except `submit_at_once` (any thread).
class client {
 public:
  client(io::executor on, client_options options, logger log, client_listener& listener);
  ~client();
  client(client const&) = delete;
  client& operator=(client const&) = delete;

  /// What the WebSocket of an application hears of: its own channels, or all that happens.
  enum class scope { own, everything };
  /// Opens (and keeps) the WebSocket of `application`. Calls for it arrive once `up` was told.
  void subscribe(std::string application, scope hears = scope::own);
  /// Closes it: from now on Stasis(application) fails in the dialplan and goes on there.
  void unsubscribe(std::string_view application);
  /// Closes everything; pending requests fail with `cancelled`. Final. No call-back follows.
  void stop();

  /// `done` exactly once, on the executor, never from inside. Errors: see `response`; and `offline`
  /// (no connection; retryable if nothing was sent, or if the method is GET), `timeout`,
  /// `cancelled`.
  void submit(request r, std::chrono::milliseconds timeout,
              unique_function<void(result<response>)> done);

  /// The same from any thread, with the write done here and now instead of a hop to the executor,
  /// where `done` is still called. False: nothing was done, `r` and `done` are as they were; there
  /// is no WebSocket that takes it, or others write at the moment. Then `submit` is the way.
  bool submit_at_once(request& r, std::chrono::milliseconds timeout,
                      unique_function<void(result<response>)>& done);

  /// Reads no events for so long, from the next read of each WebSocket on: for a listener that
  /// cannot keep up for a moment. Keep it well under Asterisk's `websocket_write_timeout` (100 ms
  /// by default).
  void pause(std::chrono::milliseconds span);

  struct counters {
    std::uint64_t events = 0, requests = 0, over_websocket = 0, connections_lost = 0;
    /// Messages that were no event and no answer.
    std::uint64_t malformed = 0;
  };
  counters const& count() const noexcept;

 private:
  class impl;
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::ari
