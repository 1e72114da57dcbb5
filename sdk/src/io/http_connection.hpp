#pragma once
#include "http_answer.hpp"

#include <calluna/io/http_client.hpp>
#include <calluna/io/receive_buffer.hpp>

#include <memory>
#include <optional>

namespace calluna::io {

/// A request on its way.
struct http_call {
  using time_point = std::chrono::steady_clock::time_point;
  http_request request;
  time_point deadline;
  http_client::completion done;
  /// Doing it again is safe even if the server saw it.
  bool repeatable() const noexcept {
    return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
  }
};

/// One connection of an http_client: connects, then carries one call at a time.
class http_connection : public std::enable_shared_from_this<http_connection> {
 public:
  /// What a connection tells its pool. The connection forgets the pool in `close`.
  class pool {
   public:
    virtual ~pool() = default;
    /// Connected, or an answer is complete: there is room for a call.
    virtual void on_idle(http_connection& c) = 0;
    /// Could not connect (`ever` false), or is lost. Its call, if any, is handed back, failed.
    virtual void on_lost(http_connection& c, bool ever, error why) = 0;
    virtual void on_answer(http_call call, result<http_response> answer) = 0;
    /// Keeps the pool alive while a handler runs.
    virtual std::shared_ptr<pool> hold() = 0;
  };

  http_connection(pool& owner, http_client_options const& options, std::string host);

  void connect(executor const& on);
  bool ready() const noexcept { return stream_ && !call_ && !writing_; }
  void start(http_call call);
  std::optional<http_call> const& call() const noexcept { return call_; }
  /// Closes at once and tells nobody; gives back its call.
  std::optional<http_call> close();

 private:
  void begin_answer();
  void read();
  void received();
  void answered();
  void lost(error const& why);
  std::string encode(http_request const& r) const;

  pool* owner_;
  http_client_options const& options_;
  std::string host_;
  std::shared_ptr<void> connecting_;
  std::unique_ptr<stream> stream_;
  receive_buffer buffer_;
  http_answer_parser parser_;
  std::optional<http_call> call_;
  bool writing_ = false;
};

}  // namespace calluna::io
