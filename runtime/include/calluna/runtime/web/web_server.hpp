#pragma once
#include <calluna/bindings/http_door.hpp>
#include <calluna/clock.hpp>
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/runtime/web/live_push_hub.hpp>
#include <calluna/runtime/web/metrics.hpp>
#include <calluna/runtime/web/options.hpp>
#include <calluna/runtime/web/route_table.hpp>
#include <calluna/runtime/web/token_store.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace calluna::runtime::web {

/// What the server asks the runtime. All called on the server's executor; empty ones may be left
/// out.
struct web_callbacks {
  /// Hands a request to the app `owner`. False: it is not there; the client is then answered with
  /// 503.
  std::function<bool(std::string const& owner, std::uint32_t handler,
                     std::shared_ptr<bindings::http_exchange> exchange)>
      on_request;
  /// For /ready.
  std::function<bool()> ready;
  /// For /metrics: the runtime's numbers, before the server's own.
  std::function<void(metrics_writer&)> metrics;
};

/// The HTTP server of the runtime: HTTP/1.0 and 1.1, plain or TLS, with streams of events and
/// WebSockets. Lives on its executor and never blocks it, but for reading files that are small or
/// in the system's cache (see static_files).
///
/// It answers itself: /health, /ready, /metrics, /session (docs/http.md), and files.
class web_server {
 public:
  /// What it is built from; hub and tokens on the same executor.
  struct parts {
    std::shared_ptr<live_push_hub> hub;
    std::shared_ptr<token_store> tokens;
    std::shared_ptr<clock const> time;  ///< null: the machine's
    web_callbacks callbacks;
    logger log;
  };

  /// Begins to listen. Errors (`invalid`): a bad address, or certificate or key cannot be used;
  /// `refused`: the port is taken or not ours to have.
  static result<std::unique_ptr<web_server>> listen(io::executor on, web_options options,
                                                    parts from);
  /// As `stop`.
  ~web_server();
  web_server(web_server const&) = delete;
  web_server& operator=(web_server const&) = delete;

  /// Where it listens.
  std::uint16_t port() const noexcept;
  /// Takes no more clients. Whoever is in the middle of a request has his answer; streams of events
  /// and WebSockets end ("going away").
  void drain();
  /// Tokens have changed: ends the streams of events and WebSockets of those that are no longer
  /// good. Those of others meet the same at their next heartbeat.
  void recheck_tokens();
  /// Closes the door and all connections; exchanges that apps still have are `gone`.
  void stop();

  /// Who serves what; the supervisor changes it.
  route_table& routes() noexcept;
  /// For `calluna status`.
  nlohmann::json status() const;

 private:
  class impl;
  explicit web_server(std::shared_ptr<impl> made);
  std::shared_ptr<impl> impl_;
};

}  // namespace calluna::runtime::web
