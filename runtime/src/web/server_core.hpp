#pragma once
#include "static_files.hpp"

#include <calluna/io/executor.hpp>
#include <calluna/runtime/web/guess_guard.hpp>
#include <calluna/runtime/web/rate_limit.hpp>
#include <calluna/runtime/web/refusals.hpp>
#include <calluna/runtime/web/web_server.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace calluna::runtime::web {

class connection;

/// What the connections of a server share. Of its executor alone, but for `body_bytes`.
struct server_core {
  server_core(io::executor executor, web_options how, web_server::parts from)
      : on(std::move(executor)),
        options(std::move(how)),
        hub(std::move(from.hub)),
        tokens(std::move(from.tokens)),
        time(from.time ? std::move(from.time) : std::make_shared<real_clock>()),
        callbacks(std::move(from.callbacks)),
        log(std::move(from.log)),
        refused(log, *time),
        files(options.max_file) {}

  io::executor on;
  web_options options;
  std::shared_ptr<live_push_hub> hub;
  std::shared_ptr<token_store> tokens;
  std::shared_ptr<clock const> time;
  web_callbacks callbacks;
  logger log;

  refusals refused;
  route_table routes;
  rate_limit rates;
  guess_guard guesses;
  static_files files;
  bool stopped = false;
  bool draining = false;

  std::unordered_set<std::shared_ptr<connection>> connections;
  /// By address group.
  std::unordered_map<std::string, std::size_t> per_address;
  /// Reserved for bodies; requests give theirs back on any thread.
  std::shared_ptr<std::atomic<std::size_t>> body_bytes =
      std::make_shared<std::atomic<std::size_t>>(0);

  std::uint64_t accepted = 0;
  std::uint64_t requests = 0;
  /// Index 2 is 200 to 299.
  std::array<std::uint64_t, 6> by_class{};
  histogram latency;
  std::size_t event_streams = 0;
  std::size_t websockets = 0;

  /// Looks after the token file once a second at most.
  void refresh_tokens();
  std::string metrics() const;

 private:
  clock::time_point tokens_looked_at_{};
};

}  // namespace calluna::runtime::web
