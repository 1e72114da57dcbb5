#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace calluna::sim {

/// One accepted connection: bytes in, bytes out, and an end. What is sent within one turn of the
/// loop leaves in one write. A peer that does not read is cut when `most_unsent` waits for it.
class connection : public std::enable_shared_from_this<connection> {
 public:
  static constexpr std::size_t most_unsent = 64 * 1024 * 1024;

  explicit connection(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  }

  /// Called with what came; and once at the end, however it comes.
  std::function<void(std::string_view bytes)> on_bytes;
  std::function<void()> on_end;

  void read() {
    socket_.async_read_some(boost::asio::buffer(room_),
                            [self = shared_from_this()](auto const& code, std::size_t n) {
                              if (code) return self->close();
                              // Its own end may come from inside, and takes it away.
                              auto const take = self->on_bytes;
                              if (take) take({self->room_, n});
                              if (!self->closed_ && !self->last_) self->read();
                            });
  }
  void send(std::string_view bytes) {
    if (closed_ || last_) return;
    out_ += bytes;
    if (out_.size() > most_unsent) return close();
    if (writing_ || posted_) return;
    posted_ = true;
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->posted_ = false;
      self->write();
    });
  }
  /// Once what was sent has left.
  void close_after_sending() {
    last_ = true;
    if (!writing_ && !posted_) close();
  }
  void close() {
    if (closed_) return;
    closed_ = true;
    boost::system::error_code ignored;
    socket_.close(ignored);
    on_bytes = nullptr;
    // What the end does may let go of us.
    auto const self = shared_from_this();
    if (auto const end = std::exchange(on_end, nullptr)) end();
  }

 private:
  void write() {
    if (closed_ || writing_) return;
    if (out_.empty()) {
      if (last_) close();
      return;
    }
    writing_ = true;
    sending_ = std::exchange(out_, {});
    boost::asio::async_write(socket_, boost::asio::buffer(sending_),
                             [self = shared_from_this()](auto const& code, std::size_t) {
                               self->writing_ = false;
                               if (code) return self->close();
                               self->write();
                             });
  }

  boost::asio::ip::tcp::socket socket_;
  char room_[16 * 1024];
  std::string out_, sending_;
  bool writing_ = false, posted_ = false, last_ = false, closed_ = false;
};

}  // namespace calluna::sim
