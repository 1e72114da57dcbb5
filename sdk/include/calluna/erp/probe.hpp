#pragma once
#include <calluna/erp/call.hpp>
#include <calluna/erp/client_status.hpp>
#include <calluna/erp/http_exchange.hpp>
#include <calluna/result.hpp>

#include <string>

namespace calluna::erp {

/// What a probe found: how to talk to the server, and as whom.
struct session {
  erp::transport transport = erp::transport::json_rpc;
  server_version version;
  record_id uid = 0;
};

struct probe_options {
  std::string database;
  std::string user;
  std::string key;
  transport_choice transport = transport_choice::automatic;
};

/// Finds out which transport a server has and logs in, one request after the other; no socket.
///
/// JSON-2 is preferred where the server is new enough and takes the key; a password (JSON-RPC only)
/// is found out by trying.
///
///     probe p(options);
///     while (!p.finished()) p.feed(exchange(p.next()));
class probe {
 public:
  explicit probe(probe_options options);

  bool finished() const noexcept { return finished_; }
  /// The request to send; while not finished.
  http_request next() const;
  /// Its answer.
  void feed(http_answer const& answer);
  /// When finished. Errors: `refused`, `protocol`, `invalid`; see erp_errc.
  result<session> const& outcome() const noexcept { return outcome_; }

 private:
  enum class step { json2_version, json2_login, rpc_version, rpc_login };

  void on_json2_version(http_answer const& answer);
  void on_json2_login(http_answer const& answer);
  void on_rpc_version(http_answer const& answer);
  void on_rpc_login(http_answer const& answer);
  bool may_use_rpc() const noexcept;
  void finish(result<session> outcome);

  probe_options options_;
  step step_;
  bool finished_ = false;
  server_version version_;
  result<session> outcome_;
};

}  // namespace calluna::erp
