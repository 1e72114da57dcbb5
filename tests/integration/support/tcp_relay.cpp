#include "tcp_relay.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <future>

namespace calluna::integration {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// One client and its connection to the server.
struct tcp_relay::pipe : std::enable_shared_from_this<pipe> {
  pipe(tcp::socket from, tcp::socket to) : client(std::move(from)), server(std::move(to)) {
    // A relay must not be slower than what it stands for.
    error_code ignored;
    client.set_option(tcp::no_delay(true), ignored);
    server.set_option(tcp::no_delay(true), ignored);
  }

  void hand_on(tcp::socket& from, tcp::socket& to, std::array<char, 16384>& room) {
    from.async_read_some(asio::buffer(room), [self = shared_from_this(), this, &from, &to, &room](
                                                 error_code const& code, std::size_t count) {
      if (code) return close();
      asio::async_write(to, asio::buffer(room.data(), count),
                        [self, this, &from, &to, &room](error_code const& problem, std::size_t) {
                          if (problem) return close();
                          hand_on(from, to, room);
                        });
    });
  }
  void close() {
    error_code ignored;
    for (auto* socket : {&client, &server}) {
      // A program that was started meanwhile may have inherited it: closing alone ends nothing
      // then.
      socket->shutdown(tcp::socket::shutdown_both, ignored);
      socket->close(ignored);
    }
  }

  tcp::socket client, server;
  std::array<char, 16384> to_server{}, to_client{};
};

tcp_relay::tcp_relay(std::uint16_t server_port)
    : server_port_(server_port),
      acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}),
      port_(acceptor_.local_endpoint().port()) {
  accept();
  thread_ = std::thread([this] { loop_.run(); });
}

tcp_relay::~tcp_relay() {
  loop_.stop();
  thread_.join();
}

void tcp_relay::accept() {
  acceptor_.async_accept([this](error_code const& code, tcp::socket client) {
    if (code) return;
    tcp::socket server(loop_);
    error_code refused;
    if (!is_cut_) server.connect({asio::ip::address_v4::loopback(), server_port_}, refused);
    if (!is_cut_ && !refused) {
      auto const both = std::make_shared<pipe>(std::move(client), std::move(server));
      both->hand_on(both->client, both->server, both->to_server);
      both->hand_on(both->server, both->client, both->to_client);
      pipes_.push_back(both);
    }
    accept();
  });
}

void tcp_relay::cut() {
  std::promise<void> done;
  asio::post(loop_, [&] {
    is_cut_ = true;
    for (auto const& held : pipes_)
      if (auto const one = held.lock()) one->close();
    pipes_.clear();
    done.set_value();
  });
  done.get_future().wait();
}

void tcp_relay::restore() {
  asio::post(loop_, [this] { is_cut_ = false; });
}

}  // namespace calluna::integration
