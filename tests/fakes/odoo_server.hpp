#pragma once
#include "odoo_database.hpp"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace calluna::fakes {

/// What goes wrong with a request.
enum class odoo_fault {
  drop_before,      ///< the connection ends, nothing was done
  drop_after,       ///< it was done, the connection ends without an answer
  stop_after,       ///< likewise, and the server listens no longer
  half_answer,      ///< it was done, the connection ends within the answer
  status_500,       ///< a page instead of an answer, nothing was done
  status_502,       ///< likewise, by a proxy
  garbage,          ///< 200, and no JSON
  silence,          ///< nothing was done, no answer, the connection stays
  session_expired,  ///< nothing was done
};

/// A small Odoo on a loopback port, with a thread of its own: JSON-RPC and (from 19 on) JSON-2 over
/// an `odoo_database`, keep-alive, and faults on demand. Every member may be called from any
/// thread.
class odoo_server {
 public:
  explicit odoo_server(int major = 19);
  ~odoo_server();
  odoo_server(odoo_server const&) = delete;
  odoo_server& operator=(odoo_server const&) = delete;

  std::string url() const;
  static constexpr char database[] = "lab";
  static constexpr char user[] = "telephony";
  /// The key that is accepted now.
  std::string key() const;
  void set_key(std::string key);

  /// The next `times` requests for `method` ("create", "res.partner.create", "" for any) get
  /// `what`.
  void fail_next(std::string method, odoo_fault what, int times = 1);
  /// From now on every request gets `what`, until `recover`.
  void fail_all(odoo_fault what);
  void recover();
  /// Answers are kept back from now on; `release` sends them.
  void hold();
  void release();
  /// Neither takes connections nor keeps those it has; `start` listens on the same port again.
  void stop_listening();
  void start_listening();

  /// Each request so far, "res.partner.read" (or "common.version", "web.version").
  std::vector<std::string> requests() const;
  int count(std::string const& request) const;
  /// Waits for so many of them in all; false if they do not come within 20 s.
  bool wait_for(std::string const& request, int times = 1) const;
  /// Connections taken so far, and the most requests that were held back at the same time.
  int connections() const;
  int most_at_once() const;
  /// Body and Authorization header of each request.
  std::vector<std::string> bodies() const;

  /// Runs `f` with the database, alone.
  template <class F>
  auto with(F f) {
    std::lock_guard const lock(mutex_);
    return f(database_);
  }

 private:
  class connection;
  struct http_request {
    std::string method, path, body, authorization;
  };
  struct reply {
    int status = 200;
    std::string body;
  };
  struct planned {
    std::string method;
    odoo_fault what;
    int times;
  };

  void listen();
  void accept();
  void handle(std::shared_ptr<connection> const& from, http_request const& request);
  std::string name_of(http_request const& request) const;
  std::optional<odoo_fault> fault_for(std::string const& name);
  reply answer(http_request const& request);
  reply answer_rpc(http_request const& request);
  reply answer_json2(http_request const& request);
  nlohmann::json service(nlohmann::json const& params);

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int major_;
  std::string key_ = "f00dbabe-the-secret-key";
  odoo_database database_;
  std::vector<std::string> requests_, bodies_;
  std::deque<planned> planned_;
  std::optional<odoo_fault> always_;
  bool holding_ = false;
  std::vector<std::function<void()>> held_;
  int connections_ = 0, most_at_once_ = 0;

  struct inside;
  std::unique_ptr<inside> inside_;
};

}  // namespace calluna::fakes
