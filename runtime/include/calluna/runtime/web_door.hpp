#pragma once
#include <calluna/io/executor.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/runtime/config.hpp>
#include <calluna/runtime/http_door.hpp>
#include <calluna/runtime/web/live_push_hub.hpp>
#include <calluna/runtime/web/token_store.hpp>
#include <calluna/runtime/web/web_server.hpp>

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace calluna::runtime {

/// The HTTP server of the runtime, with what it knows: tokens, pushed values, and which handler of
/// which generation a request is for. On the IO thread.
class web_door final : public http_door {
 public:
  /// Where tokens are kept in the state folder.
  static constexpr char const* token_file = "tokens.json";

  /// `settings` has [http], and outlives it.
  web_door(io::executor io, config const& settings, logger log);
  ~web_door() override;

  /// For the apps; also before `open`, and after `stop`.
  std::shared_ptr<bindings::push_hub> hub() const { return hub_; }
  /// Begins to listen. `ready`: for /ready; `metrics`: the runtime's own, for /metrics. Errors: as
  /// web_server::listen.
  result<void> open(std::function<bool()> ready, std::function<void(web::metrics_writer&)> metrics);
  std::uint16_t port() const noexcept { return server_ ? server_->port() : 0; }

  std::vector<std::string> objections(
      std::string const& app, std::vector<bindings::http_route> const& routes) const override;
  void serve(std::string const& app, std::vector<bindings::http_route> const& routes,
             std::weak_ptr<http_receiver> to) override;

  web::token_store& tokens() noexcept { return *tokens_; }
  /// Who came with a token that is no longer good is sent away, streams too.
  void tokens_changed();

  /// From now on nobody comes in; who is in has his answer. WebSockets and streams end.
  void close_entrance();
  /// Everything ends.
  void stop();
  nlohmann::json status() const;

 private:
  struct handler {
    std::weak_ptr<http_receiver> receiver;
    std::uint32_t number = 0;
  };
  bool deliver(std::uint32_t number, std::shared_ptr<bindings::http_exchange> exchange);

  io::executor io_;
  config const& settings_;
  logger log_;
  std::shared_ptr<clock const> time_ = std::make_shared<real_clock>();
  std::shared_ptr<web::live_push_hub> hub_;
  std::shared_ptr<web::token_store> tokens_;
  std::unique_ptr<web::web_server> server_;
  /// By numbers of our own: the body of a request may come when its app has been replaced, and a
  /// newer generation has other handlers at its numbers.
  std::unordered_map<std::uint32_t, handler> handlers_;
  std::uint32_t last_number_ = 0;
  bool closed_ = false;
};

}  // namespace calluna::runtime
