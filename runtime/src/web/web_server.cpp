#include "connection.hpp"
#include "descriptor_limit.hpp"
#include "tls_files.hpp"

#include <calluna/runtime/web/web_server.hpp>

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <utility>

namespace calluna::runtime::web {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using nlohmann::json;
using tcp = asio::ip::tcp;

/// How long to wait after accept has failed, which happens when descriptors run out.
constexpr auto accept_pause = std::chrono::milliseconds(100);

std::optional<address> address_of(tcp::socket const& socket) {
  error_code code;
  auto const peer = socket.remote_endpoint(code);
  if (code) return std::nullopt;
  auto text = peer.address().to_string();
  return address::read(text.substr(0, text.find('%')));
}

}  // namespace

class web_server::impl : public std::enable_shared_from_this<impl> {
 public:
  impl(io::executor on, web_options options, parts from, std::unique_ptr<tls_files> tls)
      : core_(std::make_shared<server_core>(on, std::move(options), std::move(from))),
        tls_(std::move(tls)),
        acceptor_(on),
        pause_(on) {}

  result<void> open() {
    auto& options = core_->options;
    error_code code;
    auto const ip = asio::ip::make_address(options.address, code);
    if (code)
      return fail(error_kind::invalid,
                  fmt::format("'{}' is no address to listen at", options.address));
    tcp::endpoint const at{ip, options.port};
    acceptor_.open(at.protocol(), code);
    if (!code) acceptor_.set_option(tcp::acceptor::reuse_address(true), code);
    if (!code) acceptor_.bind(at, code);
    if (!code) acceptor_.listen(asio::socket_base::max_listen_connections, code);
    if (code)
      return fail(error_kind::refused,
                  fmt::format("cannot listen at {} port {}: {}", options.address, options.port,
                              code.message()),
                  false, code);
    port_ = acceptor_.local_endpoint(code).port();
    auto const room = make_room_for_clients(options.max_connections);
    if (room < options.max_connections)
      core_->log.warning(fmt::format(
          "{} connections at most instead of {}: the process may not have more files open", room,
          options.max_connections));
    options.max_connections = room;
    return {};
  }

  void accept() {
    acceptor_.async_accept([weak = weak_from_this()](error_code const& code, tcp::socket client) {
      auto const self = weak.lock();
      if (!self || self->core_->stopped || self->core_->draining) return;
      if (code == asio::error::connection_aborted) return self->accept();
      if (code) return self->accept_later(code);
      self->accept_failed_ = false;
      self->take(std::move(client));
      self->accept();
    });
  }

  void stop() {
    core_->stopped = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    auto const all = std::exchange(core_->connections, {});
    for (auto const& one : all) one->close();
  }

  void drain() {
    core_->draining = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    auto const all = core_->connections;
    for (auto const& one : all) one->drain();
  }

  void recheck_tokens() {
    (void)core_->tokens->refresh();  // it logs for itself
    auto const all = core_->connections;
    for (auto const& one : all) one->recheck_token();
  }

  server_core& core() noexcept { return *core_; }
  std::uint16_t port() const noexcept { return port_; }

 private:
  void take(tcp::socket client) {
    ++core_->accepted;
    auto const peer = address_of(client);
    if (!peer) return;  // it has left already
    auto const& options = core_->options;
    if (core_->connections.size() >= options.max_connections)
      return core_->refused.add(refusal::connections, peer->text());
    auto const same = core_->per_address.find(peer->group());
    if (same != core_->per_address.end() && same->second >= options.max_connections_per_address &&
        !any_contains(options.trusted_proxies, *peer))
      return core_->refused.add(refusal::address, peer->text());
    auto socket =
        tls_ ? make_tls_transport(std::move(client), tls_->context(core_->time->now(), core_->log))
             : make_plain_transport(std::move(client));
    auto const made = std::make_shared<connection>(core_, std::move(socket), *peer);
    core_->connections.insert(made);
    made->start();
  }

  void accept_later(error_code const& why) {
    if (!std::exchange(accept_failed_, true))
      core_->log.error("no client can be taken: " + why.message());
    pause_.expires_after(accept_pause);
    pause_.async_wait([weak = weak_from_this()](error_code const& code) {
      if (auto const self = weak.lock(); self && !code) self->accept();
    });
  }

  std::shared_ptr<server_core> core_;
  std::unique_ptr<tls_files> tls_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  bool accept_failed_ = false;
};

result<std::unique_ptr<web_server>> web_server::listen(io::executor on, web_options options,
                                                       parts from) {
  auto tls = tls_files::open(options.certificate_file, options.key_file);
  if (!tls) return fail(std::move(tls).error());
  auto made =
      std::make_shared<impl>(std::move(on), std::move(options), std::move(from), std::move(*tls));
  if (auto const opened = made->open(); !opened) return fail(opened.error());
  made->accept();
  return std::unique_ptr<web_server>(new web_server(std::move(made)));
}

web_server::web_server(std::shared_ptr<impl> made) : impl_(std::move(made)) {}
web_server::~web_server() {
  stop();
}

std::uint16_t web_server::port() const noexcept {
  return impl_->port();
}

void web_server::stop() {
  impl_->stop();
}

void web_server::drain() {
  impl_->drain();
}

void web_server::recheck_tokens() {
  impl_->recheck_tokens();
}

route_table& web_server::routes() noexcept {
  return impl_->core().routes;
}

json web_server::status() const {
  auto const& core = impl_->core();
  auto refused = json::object();
  for (std::size_t i = 0; i < static_cast<std::size_t>(refusal::count); ++i) {
    auto const why = static_cast<refusal>(i);
    if (core.refused.of(why) != 0) refused[std::string{to_string(why)}] = core.refused.of(why);
  }
  auto const push = core.hub->status();
  return {{"address", core.options.address},
          {"port", impl_->port()},
          {"tls", !core.options.certificate_file.empty()},
          {"connections", core.connections.size()},
          {"accepted", core.accepted},
          {"requests", core.requests},
          {"routes", core.routes.size()},
          {"event_streams", core.event_streams},
          {"websockets", core.websockets},
          {"refused", std::move(refused)},
          {"push", {{"topics", push.topics}, {"bytes", push.bytes}, {"refused", push.refused}}}};
}

}  // namespace calluna::runtime::web
