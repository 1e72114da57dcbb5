#include "expiry.hpp"
#include "http_connection.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <vector>

namespace calluna::io {
namespace {

bool default_port(endpoint const& e) {
  return e.port == (e.tls ? 443 : 80);
}

std::string host_header(endpoint const& e) {
  auto const ipv6 = e.host.find(':') != std::string::npos;
  auto host = ipv6 ? "[" + e.host + "]" : e.host;
  return default_port(e) ? host : host + ":" + std::to_string(e.port);
}

bool sendable(std::string_view target) {
  return !target.empty() && target.front() == '/' &&
         std::none_of(target.begin(), target.end(),
                      [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
}

}  // namespace

class http_client::impl final : public http_connection::pool,
                                public std::enable_shared_from_this<http_client::impl> {
 public:
  impl(executor on, http_client_options options)
      : on_(std::move(on)),
        options_(std::move(options)),
        host_(host_header(options_.server)),
        expiry_(on_, [this](time_point now) { return sweep(now); }) {}

  void submit(http_request r, std::chrono::milliseconds timeout, completion done) {
    if (stopped_) return refuse(std::move(done), {error_kind::cancelled, "the client is closed"});
    if (!sendable(r.target))
      return refuse(std::move(done), {error_kind::invalid, "not a request target: " + r.target});
    if (pending_ >= options_.max_pending)
      return refuse(std::move(done),
                    {error_kind::rejected,
                     host_ + ": too many requests wait (" + std::to_string(pending_) + ")", true});
    ++pending_;
    auto const deadline = expiry::clock::now() + timeout;
    waiting_.push_back({std::move(r), deadline, std::move(done)});
    expiry_.want(deadline);
    pump();
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    expiry_.stop();
    std::deque<http_call> left = std::move(waiting_);
    waiting_.clear();
    for (auto& c : connections_)
      if (auto call = c->close()) left.push_back(std::move(*call));
    connections_.clear();
    for (auto& call : left)
      refuse(std::move(call.done), {error_kind::cancelled, "the client was closed"});
  }

 private:
  using time_point = expiry::time_point;

  void on_idle(http_connection&) override { pump(); }

  void on_lost(http_connection& c, bool ever, error why) override {
    drop(c);
    if (ever) return pump();
    if (!connections_.empty()) return;
    // Nobody is left who could carry them.
    std::deque<http_call> left = std::move(waiting_);
    waiting_.clear();
    why.retryable = why.kind != error_kind::refused && why.kind != error_kind::invalid;
    if (why.kind == error_kind::timeout) why.kind = error_kind::offline;
    for (auto& call : left) finish(std::move(call), fail(why));
  }

  void on_answer(http_call call, result<http_response> answer) override {
    finish(std::move(call), std::move(answer));
  }

  std::shared_ptr<http_connection::pool> hold() override { return shared_from_this(); }

  void pump() {
    while (!waiting_.empty() && !stopped_) {
      auto const idle = std::find_if(connections_.rbegin(), connections_.rend(),
                                     [](auto const& c) { return c->ready(); });
      if (idle == connections_.rend()) break;
      auto call = std::move(waiting_.front());
      waiting_.pop_front();
      (*idle)->start(std::move(call));
    }
    auto const opening = static_cast<std::size_t>(
        std::count_if(connections_.begin(), connections_.end(),
                      [](auto const& c) { return !c->call() && !c->ready(); }));
    for (auto n = opening; n < waiting_.size() && !stopped_ && !full(); ++n) {
      auto c = std::make_shared<http_connection>(*this, options_, host_);
      connections_.push_back(c);
      c->connect(on_);
    }
  }

  bool full() const {
    return connections_.size() >= static_cast<std::size_t>(std::max(options_.max_connections, 1));
  }

  void drop(http_connection& c) {
    auto const at = std::find_if(connections_.begin(), connections_.end(),
                                 [&](auto const& held) { return held.get() == &c; });
    if (at == connections_.end()) return;
    auto const held = *at;
    connections_.erase(at);
    held->close();
  }

  void finish(http_call call, result<http_response> answer) {
    if (stopped_)
      return refuse(std::move(call.done), {error_kind::cancelled, "the client was closed"});
    --pending_;
    call.done(std::move(answer));
  }

  /// Tells `done` from a turn of its own.
  void refuse(completion done, error why) {
    boost::asio::post(on_, [done = std::move(done), why = std::move(why)]() mutable {
      done(fail(std::move(why)));
    });
  }

  time_point sweep(time_point now) {
    auto const keep = shared_from_this();
    std::vector<std::pair<http_call, bool>> due;  // call, was it sent
    auto const overdue = [&](http_call const& call) { return call.deadline <= now; };
    for (auto& call : waiting_)
      if (overdue(call)) due.emplace_back(std::move(call), false);
    waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(),
                                  [](auto const& call) { return !call.done; }),
                   waiting_.end());
    auto const all = connections_;
    for (auto const& c : all) {
      if (!c->call() || !overdue(*c->call())) continue;
      due.emplace_back(std::move(*c->close()), true);
      drop(*c);
    }
    for (auto& [call, sent] : due) {
      bool const again = !sent || call.repeatable();
      finish(std::move(call), fail(error_kind::timeout, host_ + ": no answer in time", again));
    }
    pump();
    auto next = time_point::max();
    for (auto const& call : waiting_) next = std::min(next, call.deadline);
    for (auto const& c : connections_)
      if (c->call()) next = std::min(next, c->call()->deadline);
    return next;
  }

  executor on_;
  http_client_options const options_;
  std::string const host_;
  std::deque<http_call> waiting_;
  std::vector<std::shared_ptr<http_connection>> connections_;
  std::size_t pending_ = 0;
  bool stopped_ = false;
  expiry expiry_;
};

http_client::http_client(executor on, http_client_options options)
    : impl_(std::make_shared<impl>(std::move(on), std::move(options))) {}
http_client::~http_client() {
  impl_->stop();
}

void http_client::submit(http_request r, std::chrono::milliseconds timeout, completion done) {
  impl_->submit(std::move(r), timeout, std::move(done));
}

void http_client::stop() {
  impl_->stop();
}

}  // namespace calluna::io
