#pragma once
#include "connection.hpp"

#include <calluna/io/executor.hpp>
#include <calluna/unique_function.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace calluna::erp {

/// A bounded number of kept-alive connections, used last in, first out, so that few stay warm.
/// Lives on `on` (a strand); the exchanges run on `blocking`.
class connection_pool : public std::enable_shared_from_this<connection_pool> {
 public:
  using job_id = std::uint64_t;
  /// Makes something of the answer, on the blocking thread; what it returns is then run on `on`.
  using work = unique_function<unique_function<void()>(exchange_outcome)>;
  using deadline = std::chrono::steady_clock::time_point;

  connection_pool(io::executor on, io::executor blocking, server_address address, tls_options tls,
                  std::size_t max_answer, int max_connections);

  bool has_free() const noexcept { return busy() < max_; }
  /// While `has_free`.
  job_id start(http_request request, deadline until, work w);
  /// Ends the exchange soon: it is then lost. Nothing if it has ended.
  void abort(job_id job);
  /// Any thread: ends all of them, and each that is started from now on. Final.
  void close();

  int open() const noexcept { return busy() + static_cast<int>(idle_.size()); }
  int busy() const noexcept { return busy_; }

 private:
  std::shared_ptr<connection> take();
  void began(job_id job, std::shared_ptr<connection> const& wire);
  void ended(job_id job, std::shared_ptr<connection> wire);

  io::executor on_, blocking_;
  server_address address_;
  tls_options tls_;
  std::size_t max_answer_;
  int max_;
  int busy_ = 0;
  job_id last_ = 0;
  std::vector<std::shared_ptr<connection>> idle_;
  std::mutex mutex_;  // for what `close` touches
  std::map<job_id, std::shared_ptr<connection>> running_;
  bool closed_ = false;
};

}  // namespace calluna::erp
