#pragma once
#include <calluna/agi/connection.hpp>
#include <calluna/agi/session.hpp>
#include <calluna/io/executor.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace calluna::agi {

/// One socket of a server and its session. On the server's thread but for what says otherwise;
/// lives in its own handlers, and as long as somebody holds it.
class talk : public std::enable_shared_from_this<talk> {
 public:
  /// Its server's ear.
  class listener {
   public:
    virtual ~listener() = default;
    virtual void on_call(std::shared_ptr<talk> const& from) = 0;
    /// `why`: it ended before the call was known, or against the protocol.
    virtual void on_end(std::shared_ptr<talk> const& from, std::optional<error> why) = 0;
  };

  talk(boost::asio::ip::tcp::socket socket, io::executor on, std::weak_ptr<listener> server);

  void start(std::chrono::milliseconds environment_timeout);
  void submit(std::string line, connection::completion done);
  void on_gone(unique_function<void()> tell);
  void close() { end(std::nullopt); }

  /// Any thread, once the call has been told.
  environment const& call() const noexcept { return session_.call(); }
  /// Any thread.
  bool gone() const noexcept { return gone_; }
  io::executor const& executor() const noexcept { return on_; }
  std::string const& peer() const noexcept { return peer_; }

 private:
  struct command {
    std::string line;
    connection::completion done;
  };
  void read();
  void on_read(std::size_t count);
  void next();
  void write(std::string bytes);
  void tell_gone();
  void end(std::optional<error> why);

  boost::asio::ip::tcp::socket socket_;
  io::executor on_;
  std::weak_ptr<listener> server_;
  std::string peer_;
  boost::asio::steady_timer deadline_;
  session session_;
  std::array<char, 4096> room_;
  std::deque<command> queue_;
  std::optional<connection::completion> under_way_;
  unique_function<void()> tell_;
  std::atomic<bool> gone_{false};
  bool ended_ = false;
};

}  // namespace calluna::agi
