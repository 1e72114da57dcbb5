#pragma once
#include <calluna/erp/call.hpp>
#include <calluna/erp/client.hpp>
#include <calluna/erp/probe.hpp>
#include <calluna/erp/streamed_body.hpp>

#include <boost/asio/steady_timer.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace calluna::erp {

/// One call on its way: from `accept` to exactly one `done`. On the client's strand.
struct pending {
  pending(io::executor const& on, call of, client::completion to)
      : c(std::move(of)), done(std::move(to)), timer(on) {}

  call c;
  client::completion done;
  boost::asio::steady_timer timer;
  std::chrono::steady_clock::time_point deadline;
  /// Bytes that take the place of `stream_mark` in the request.
  std::shared_ptr<byte_source> data;
  /// Once the server is known: changes `c`, or gives the answer without asking.
  unique_function<std::optional<nlohmann::json>(call&, session const&)> on_ready;

  bool settled = false;
  /// Its login was renewed once already.
  bool repeated = false;
  /// Not to be adapted to the server's fields: what is left out would change its meaning.
  bool as_it_is = false;
  /// Not the user's: its failures are told by whoever made it.
  bool quiet = false;
  /// Not to be merged with others (again).
  bool alone = false;
  /// It has left, so that a deadline no longer says that nothing was done.
  bool sent = false;
};

using pending_ptr = std::shared_ptr<pending>;

}  // namespace calluna::erp
