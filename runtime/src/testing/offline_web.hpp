#pragma once
#include "../web/static_files.hpp"
#include "offline_websocket.hpp"

#include <calluna/bindings/http_door.hpp>
#include <calluna/clock.hpp>
#include <calluna/io/alarm.hpp>
#include <calluna/runtime/web/push_topics.hpp>
#include <calluna/runtime/web/route_table.hpp>
#include <calluna/runtime/web/url.hpp>

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// What is pushed in one case: what holds now, and all there ever was. One thread.
class offline_hub final : public bindings::push_hub {
 public:
  offline_hub(io::executor on, std::shared_ptr<manual_clock> time);

  outcome set(std::string_view topic, std::string_view key, std::string json,
              std::optional<std::chrono::milliseconds> keep) override;
  outcome clear(std::string_view topic, std::string_view key) override;
  std::size_t clear_all(std::string_view prefix, std::string_view key,
                        std::string_view except) override;
  outcome send(std::string_view topic, std::string json) override;
  std::size_t listeners(std::string_view) const override { return 0; }

  /// Key to value.
  nlohmann::json values(std::string_view topic) const;
  /// Told of each change, for the record.
  std::function<void(std::string const& what)> on_change;

 private:
  void arm();
  void told(std::string const& what);

  std::shared_ptr<manual_clock> time_;
  io::alarm alarm_;
  web::push_topics topics_;
};

/// The requests of one case: as they would come through the server, whose table of routes decides.
class offline_web {
 public:
  explicit offline_web(io::executor on) : on_(std::move(on)) {}

  /// An app's answer, or none yet.
  struct answer {
    bool answered = false;
    int status = 0;
    bindings::http_headers headers;
    std::string body;
    std::vector<std::string> topics;  ///< of a stream of events
    std::shared_ptr<offline_websocket> websocket;
  };
  using deliver =
      std::function<void(std::uint32_t handler, std::shared_ptr<bindings::http_exchange>)>;

  /// Errors (`invalid`): a line for each route that cannot be served.
  result<void> serve(std::vector<bindings::http_route> const& routes);
  /// `user`: whose token it comes with; empty: without one. Errors (`invalid`): the target is none.
  result<std::shared_ptr<answer>> request(std::string const& method, std::string const& target,
                                          bindings::http_headers headers, std::string body,
                                          std::string const& user, std::string const& from,
                                          deliver const& to);

 private:
  std::shared_ptr<answer> file(web::route_match const& match, web::target_parts const& target,
                               std::string const& method, bindings::http_headers const& headers);

  io::executor on_;
  web::static_files files_{std::size_t{8} << 20};
  std::unique_ptr<web::route_table> routes_ = std::make_unique<web::route_table>();
};

}  // namespace calluna::runtime::testing
