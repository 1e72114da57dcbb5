#pragma once
#include "fakes/run_until.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace calluna::runtime::web::test {

/// A client that sends bytes as they are and keeps what comes. On the test's loop.
class raw_client {
 public:
  raw_client(boost::asio::io_context& io, std::uint16_t port) : io_(io), state_(make(io)) {
    state_->socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    state_->socket.set_option(boost::asio::ip::tcp::no_delay(true));
    read(state_);
  }
  ~raw_client() { close(); }
  raw_client(raw_client const&) = delete;
  raw_client& operator=(raw_client const&) = delete;

  void send(std::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(state_->socket, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  void end_output() {
    boost::system::error_code ignored;
    state_->socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  }
  void close() {
    boost::system::error_code ignored;
    state_->socket.close(ignored);
  }

  std::string const& received() const { return state_->received; }
  bool ended() const { return state_->ended; }
  void forget() { state_->received.clear(); }

  /// Runs the loop until `text` has come `times` times.
  bool wait_for(std::string_view text, int times = 1) {
    return fakes::run_until(io_, [&] {
      int n = 0;
      for (auto at = received().find(text); at != std::string::npos;
           at = received().find(text, at + 1))
        ++n;
      return n >= times;
    });
  }
  bool wait_for_end() {
    return fakes::run_until(io_, [&] { return ended(); });
  }
  /// Sends and gives all that comes until the server closes.
  std::string ask_and_close(std::string_view bytes) {
    send(bytes);
    EXPECT_TRUE(wait_for_end());
    return received();
  }

 private:
  struct state {
    explicit state(boost::asio::io_context& io) : socket(io) {}
    boost::asio::ip::tcp::socket socket;
    std::string room = std::string(16384, '\0');
    std::string received;
    bool ended = false;
  };
  static std::shared_ptr<state> make(boost::asio::io_context& io) {
    return std::make_shared<state>(io);
  }
  static void read(std::shared_ptr<state> const& s) {
    s->socket.async_read_some(boost::asio::buffer(s->room),
                              [s](boost::system::error_code const& code, std::size_t n) {
                                s->received.append(s->room, 0, n);
                                if (code)
                                  s->ended = true;
                                else
                                  read(s);
                              });
  }

  boost::asio::io_context& io_;
  std::shared_ptr<state> state_;
};

}  // namespace calluna::runtime::web::test
