#pragma once
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::bindings {

using http_headers = std::vector<std::pair<std::string, std::string>>;

/// Which requests one handler of an app takes, and from whom. Closed unless it says otherwise: a
/// request needs a bearer token.
struct http_route {
  enum class kind {
    request,    ///< answered once
    events,     ///< answered with a stream of events (text/event-stream) of topics of the push hub
    websocket,  ///< becomes a WebSocket
    files,      ///< answered from `folder`, without the app
  };
  kind what = kind::request;
  /// The app's own number of its handler; not for files.
  std::uint32_t handler = 0;
  /// "GET", "POST", ...; GET answers HEAD, too.
  std::string method = "GET";
  /// "/v1/calls/{id}": a name in braces takes one segment, "{name...}" at the end all that follow.
  std::string path;
  /// Anybody may.
  bool open = false;
  /// Who comes from one of these networks ("10.0.0.0/8", "::1") needs no token.
  std::vector<std::string> networks;
  /// At most so many requests in so long, for each user, or each address without one; 0: no limit.
  unsigned rate_count = 0;
  std::chrono::seconds rate_period{1};
  /// Of a request's body, bytes.
  std::size_t max_body = std::size_t{1} << 20;
  /// An app that has not answered by then has its request answered with 504.
  std::chrono::milliseconds timeout{30'000};
  /// Absolute; for files.
  std::string folder;
};

/// A request as an app sees it.
struct http_request {
  std::string method;
  /// Decoded, without the query.
  std::string path;
  /// What the braces of the route's path took, decoded.
  http_headers parameters;
  /// Decoded, in their order.
  http_headers query;
  /// Names in lower case.
  http_headers headers;
  std::string body;
  /// The client's address, without port; behind a trusted proxy the one it tells.
  std::string remote;
  /// Whose token it came with, and what that token is called; empty without one.
  std::string user;
  std::string token;
};

struct http_response {
  int status = 204;
  /// Content-Length, Connection and the like are the server's.
  http_headers headers;
  std::string body;
};

/// The app's end of a WebSocket.
class http_socket {
 public:
  virtual ~http_socket() = default;
  /// Any thread. False: it is closed, or so much waits to be sent that it is closed for that.
  virtual bool send(std::string text) = 0;
  /// Any thread; `code` as in RFC 6455, 7.4.
  virtual void close(std::uint16_t code, std::string reason) = 0;
  /// What comes, from now on: `heard` is called on the server's thread for each message, and once
  /// with nothing when it has been closed. Once.
  virtual void listen(unique_function<void(std::optional<std::string>)> heard) = 0;
};

/// A request on its way through an app. One that is destroyed unanswered is answered with 500.
/// All members from any thread.
class http_exchange {
 public:
  virtual ~http_exchange() = default;
  virtual http_request const& request() const noexcept = 0;
  /// The client has left, or has been answered because the time was over.
  virtual bool gone() const noexcept = 0;
  /// Called once when `gone` becomes true (at once if it is); on the server's thread.
  virtual void on_gone(unique_function<void()> tell) = 0;

  // One of these, once; more are ignored.
  virtual void respond(http_response response) = 0;
  /// For http_route::kind::events: the client hears these topics until it leaves.
  virtual void stream(std::vector<std::string> topics) = 0;
  /// For http_route::kind::websocket; null if it is gone.
  virtual std::shared_ptr<http_socket> accept() = 0;
};

/// What is pushed to clients: topics with values under keys, which are kept, so that who comes
/// (again) gets what holds now and misses nothing. It outlives generations of apps.
/// Values are JSON texts. All members from any thread.
class push_hub {
 public:
  virtual ~push_hub() = default;
  struct outcome {
    /// How many clients listen to the topic.
    std::size_t listeners = 0;
    /// The hub is full, nothing was done.
    bool refused = false;
  };
  /// `key` of `topic` has this value from now on, for so long (nothing: until it is cleared).
  virtual outcome set(std::string_view topic, std::string_view key, std::string json,
                      std::optional<std::chrono::milliseconds> keep) = 0;
  virtual outcome clear(std::string_view topic, std::string_view key) = 0;
  /// Clears `key` in all topics that begin with `prefix`, but not in `except`. How many had it.
  virtual std::size_t clear_all(std::string_view prefix, std::string_view key,
                                std::string_view except) = 0;
  /// Told to those who listen now, not kept.
  virtual outcome send(std::string_view topic, std::string json) = 0;
  virtual std::size_t listeners(std::string_view topic) const = 0;
};

}  // namespace calluna::bindings
