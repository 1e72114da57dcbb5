#include "http_relay.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include <utility>

namespace calluna::integration {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// A whole request: head, and as much body as it announces.
std::string read_request(tcp::socket& from) {
  std::string text;
  auto const head = asio::read_until(from, asio::dynamic_buffer(text), "\r\n\r\n");
  auto const at = text.find("Content-Length: ");
  std::size_t const length =
      at == std::string::npos || at > head ? 0 : std::stoul(text.substr(at + 16));
  if (text.size() < head + length)
    asio::read(from, asio::dynamic_buffer(text),
               asio::transfer_exactly(head + length - text.size()));
  return text;
}

}  // namespace

http_relay::http_relay(std::uint16_t server_port)
    : server_port_(server_port),
      acceptor_(loop_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      accepting_([this] {
        for (;;) {
          boost::system::error_code ended;
          tcp::socket client(loop_);
          acceptor_.accept(client, ended);
          if (ended || !acceptor_.is_open()) return;
          threads_.emplace_back([this, c = std::move(client)]() mutable { serve(std::move(c)); });
        }
      }) {}

http_relay::~http_relay() {
  // accept() on another thread wakes up when the socket behind it is shut.
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  accepting_.join();
  for (auto& one : threads_) one.join();
}

std::string http_relay::url() const {
  return fmt::format("http://127.0.0.1:{}", acceptor_.local_endpoint().port());
}

void http_relay::on_request(std::function<bool(std::string const&)> allowed) {
  std::lock_guard const lock(mutex_);
  request_ = std::move(allowed);
}

void http_relay::on_answer(std::function<bool(std::string const&)> allowed) {
  std::lock_guard const lock(mutex_);
  answer_ = std::move(allowed);
}

bool http_relay::ask(std::function<bool(std::string const&)> const& hook,
                     std::string const& request) {
  std::function<bool(std::string const&)> copy;
  {
    std::lock_guard const lock(mutex_);
    copy = hook;
  }
  return !copy || copy(request);
}

void http_relay::serve(socket client) try {
  auto const request = read_request(client);
  if (!ask(request_, request)) return;
  tcp::socket server(loop_);
  server.connect(tcp::endpoint(asio::ip::address_v4::loopback(), server_port_));
  asio::write(server, asio::buffer(request));
  std::string answer;  // Odoo closes after each
  boost::system::error_code end;
  asio::read(server, asio::dynamic_buffer(answer), end);
  if (!answer.empty() && ask(answer_, request)) asio::write(client, asio::buffer(answer));
} catch (boost::system::system_error const&) {  // either side is gone: so is the other one now
}

}  // namespace calluna::integration
