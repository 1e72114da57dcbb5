#include "connection_pool.hpp"

#include <boost/asio/post.hpp>

namespace calluna::erp {

connection_pool::connection_pool(io::executor on, io::executor blocking, server_address address,
                                 tls_options tls, std::size_t max_answer, int max_connections)
    : on_(std::move(on)),
      blocking_(std::move(blocking)),
      address_(std::move(address)),
      tls_(std::move(tls)),
      max_answer_(max_answer),
      max_(max_connections) {}

connection_pool::job_id connection_pool::start(http_request request, deadline until, work w) {
  auto const job = ++last_;
  auto wire = take();
  began(job, wire);
  boost::asio::post(blocking_, [self = shared_from_this(), job, until, wire = std::move(wire),
                                request = std::move(request), w = std::move(w)]() mutable {
    auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    auto then = w(wire->exchange(request, left));
    auto const on = self->on_;
    boost::asio::post(on, [self = std::move(self), job, wire = std::move(wire),
                           then = std::move(then)]() mutable {
      self->ended(job, std::move(wire));
      then();
    });
  });
  return job;
}

void connection_pool::began(job_id job, std::shared_ptr<connection> const& wire) {
  ++busy_;
  std::lock_guard const lock(mutex_);
  if (closed_) wire->abort();
  running_.emplace(job, wire);
}

void connection_pool::ended(job_id job, std::shared_ptr<connection> wire) {
  --busy_;
  idle_.push_back(std::move(wire));
  std::lock_guard const lock(mutex_);
  running_.erase(job);
}

void connection_pool::abort(job_id job) {
  std::lock_guard const lock(mutex_);
  if (auto const found = running_.find(job); found != running_.end()) found->second->abort();
}

void connection_pool::close() {
  std::lock_guard const lock(mutex_);
  closed_ = true;
  for (auto const& [job, wire] : running_) wire->abort();
}

std::shared_ptr<connection> connection_pool::take() {
  if (idle_.empty()) return std::make_shared<connection>(address_, tls_, max_answer_);
  auto wire = std::move(idle_.back());
  idle_.pop_back();
  wire->rearm();
  return wire;
}

}  // namespace calluna::erp
