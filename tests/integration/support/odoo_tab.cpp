#include "odoo_tab.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket.hpp>

#include <deque>
#include <httplib.h>
#include <stdexcept>

namespace calluna::integration {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using nlohmann::json;

namespace {

constexpr auto login_limit = std::chrono::seconds(30);

// The Cookie header of a new session.
std::string session_of(odoo const& server, std::string const& login) {
  httplib::Client http("127.0.0.1", server.port());
  http.set_read_timeout(login_limit);
  json const who{{"db", server.database()}, {"login", login}, {"password", login}};
  json const call{{"jsonrpc", "2.0"}, {"method", "call"}, {"id", 1}, {"params", who}};
  auto const answer = http.Post("/web/session/authenticate", call.dump(), "application/json");
  if (!answer ||
      json::parse(answer->body, nullptr, false).value("/result/uid"_json_pointer, 0) == 0)
    throw std::runtime_error(login + " cannot log in: " + (answer ? answer->body : "no answer"));
  auto const cookie = answer->get_header_value("Set-Cookie");
  return cookie.substr(0, cookie.find(';'));
}

}  // namespace

struct odoo_tab::inside {
  explicit inside(std::uint16_t port) : stream(loop) {
    stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
  }
  void read() {
    stream.async_read(buffer, [this](auto problem, auto) {
      if (problem) return;
      auto const frame = json::parse(boost::beast::buffers_to_string(buffer.data()));
      buffer.consume(buffer.size());
      for (auto const& one : frame)
        if (auto const& message = one.at("message"); message.at("type") == "simple_notification")
          toasts.push_back(message.at("payload"));
      read();
    });
  }

  asio::io_context loop;
  websocket::stream<tcp::socket> stream;
  boost::beast::flat_buffer buffer;
  std::deque<json> toasts;
};

odoo_tab::odoo_tab(odoo const& server, std::string const& login)
    : inside_(std::make_unique<inside>(server.port())) {
  auto const cookie = session_of(server, login);
  // What was told before this is known to this tab, as it were.
  auto const last = std::stoll(server.sql("select coalesce(max(id), 0) from bus_bus"));
  auto& stream = inside_->stream;
  stream.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    request.set("Cookie", cookie);
    request.set("Origin", server.url());
  }));
  stream.handshake("127.0.0.1:" + std::to_string(server.port()), "/websocket?version=19.0-2");
  json const data{{"channels", json::array()}, {"last", last}};
  stream.write(asio::buffer(json{{"event_name", "subscribe"}, {"data", data}}.dump()));
  inside_->read();
}

odoo_tab::~odoo_tab() = default;

std::optional<json> odoo_tab::next_toast(std::chrono::milliseconds bound) {
  auto const end = std::chrono::steady_clock::now() + bound;
  while (inside_->toasts.empty())
    if (inside_->loop.run_one_until(end) == 0) return std::nullopt;
  auto toast = std::move(inside_->toasts.front());
  inside_->toasts.pop_front();
  return toast;
}

}  // namespace calluna::integration
