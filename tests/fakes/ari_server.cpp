#include "ari_server.hpp"

#include <calluna/io/websocket_codec.hpp>

#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>
#include <openssl/sha.h>

#include <algorithm>
#include <cctype>

namespace calluna::fakes {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

class ari_server::session : public std::enable_shared_from_this<session> {
 public:
  session(ari_server& server, tcp::socket socket) : server_(&server), socket_(std::move(socket)) {}

  void start() { read(); }
  std::string const& application() const { return application_; }

  void send(std::string bytes) {
    out_ += bytes;
    if (!writing_) write();
  }

  void close() {
    auto* const server = std::exchange(server_, nullptr);
    if (server == nullptr) return;
    error_code ignored;
    socket_.close(ignored);
    auto const self = shared_from_this();
    server->sessions_.erase(self);
    if (!application_.empty()) server->on_websocket_end(application_);
  }

 private:
  void read() {
    socket_.async_read_some(asio::buffer(room_),
                            [self = shared_from_this()](error_code const& e, std::size_t n) {
                              if (self->server_ == nullptr) return;
                              if (e) return self->close();
                              ++self->server_->count.writes_read;
                              self->in_.append(self->room_, n);
                              while (self->server_ != nullptr &&
                                     (self->application_.empty() ? self->http() : self->frames()))
                                ;
                              if (self->server_ != nullptr) self->read();
                            });
  }

  void write() {
    writing_ = true;
    sending_ = std::exchange(out_, {});
    asio::async_write(socket_, asio::buffer(sending_),
                      [self = shared_from_this()](error_code const& e, std::size_t) {
                        self->writing_ = false;
                        if (self->server_ == nullptr) return;
                        if (e) return self->close();
                        if (!self->out_.empty()) return self->write();
                        if (self->last_) self->close();
                      });
  }

  static std::string header(std::string_view head, std::string_view name) {
    auto const at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string_view::npos) return {};
    auto const begin = at + name.size() + 4;
    return std::string(head.substr(begin, head.find("\r\n", begin) - begin));
  }

  /// One request; true if there may be more.
  bool http() {
    auto const end = in_.find("\r\n\r\n");
    if (end == std::string::npos || last_) return false;
    std::string const head = in_.substr(0, end + 2);
    auto const length_text = header(head, "Content-Length");
    auto const length = length_text.empty() ? 0U : std::stoul(length_text);
    if (in_.size() < end + 4 + length) return false;
    request r;
    r.method = head.substr(0, head.find(' '));
    auto const target_at = r.method.size() + 1;
    r.target = head.substr(target_at, head.find(' ', target_at) - target_at);
    r.body = in_.substr(end + 4, length);
    in_.erase(0, end + 4 + length);
    bool const allowed =
        server_->authorization.empty() || header(head, "Authorization") == server_->authorization;
    auto const key = header(head, "Sec-WebSocket-Key");
    if (!key.empty()) return upgrade(r.target, key, allowed);
    ++server_->count.http_requests;
    if (!allowed) return answer({401, R"({"message":"Authentication required"})"});
    if (r.target.rfind("/ari/", 0) != 0) return answer({404, {}});
    r.target.erase(0, 5);
    return answer(server_->on_request(r));
  }

  bool answer(reply const& r) {
    if (r.silent) return true;
    if (r.cut) return close(), false;
    auto text = "HTTP/1.1 " + std::to_string(r.status) + " Said\r\nServer: Fake\r\n";
    if (r.last) text += "Connection: close\r\n";
    last_ = r.last;
    if (r.status != 204) text += "Content-Length: " + std::to_string(r.body.size()) + "\r\n";
    send(text + "\r\n" + r.body);
    return !last_;
  }

  bool upgrade(std::string const& target, std::string const& key, bool allowed) {
    auto const status = allowed ? server_->upgrade_status : 401;
    if (status != 101) return answer({status, {}, status == 0});
    auto const text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest);
    auto const begin = target.find("app=") + 4;
    application_ = target.substr(begin, target.find('&') - begin);
    ++server_->count.websockets;
    send(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        io::base64({reinterpret_cast<char const*>(digest), sizeof digest}) + "\r\n\r\n" +
        server_->after_upgrade);
    server_->on_websocket(application_);
    return true;
  }

  /// One frame; true if there may be more.
  bool frames() {
    if (in_.size() < 6) return false;
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(in_[i]); };
    std::size_t head = 2;
    std::size_t length = byte(1) & 0x7f;
    if (length >= 126) {
      auto const more = length == 126 ? 2U : 8U;
      if (in_.size() < 2 + more) return false;
      length = 0;
      for (unsigned i = 0; i < more; ++i) length = length << 8 | byte(2 + i);
      head += more;
    }
    if ((byte(1) & 0x80) == 0) return close(), false;
    if (in_.size() < head + 4 + length) return false;
    auto const mask = in_.substr(head, 4);
    auto payload = in_.substr(head + 4, length);
    for (std::size_t i = 0; i < length; ++i)
      payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
    auto const opcode = byte(0) & 0x0f;
    in_.erase(0, head + 4 + length);
    if (opcode == 8) {
      last_ = true;
      send(frame(8, payload));
      return false;
    }
    if (opcode == 9) {
      ++server_->count.pings;
      if (server_->answers_pings) send(frame(10, payload));
    }
    if (opcode == 1) rest(payload);
    return true;
  }

  void rest(std::string const& text) {
    if (!server_->rest_over_websocket) return;
    auto const j = nlohmann::json::parse(text);
    request r{j["method"], j["uri"], j.value("message_body", ""), true};
    char glue = '?';
    for (auto const& q : j.value("query_strings", nlohmann::json::array())) {
      r.target += std::exchange(glue, '&') + q["name"].get<std::string>() + "=" +
                  q["value"].get<std::string>();
    }
    bool const probe = r.target == "asterisk/ping";
    ++(probe ? server_->count.probes : server_->count.websocket_requests);
    auto const said = probe ? reply{200, "{}"} : server_->on_request(r);
    if (said.silent || server_ == nullptr) return;
    if (said.cut) return close();
    nlohmann::ordered_json out{{"type", "RESTResponse"},        {"transaction_id", ""},
                               {"request_id", j["request_id"]}, {"status_code", said.status},
                               {"reason_phrase", "Said"},       {"uri", j["uri"]}};
    if (!said.body.empty()) out["message_body"] = said.body;
    send(frame(1, out.dump()));
  }

  ari_server* server_;
  tcp::socket socket_;
  char room_[64 * 1024];
  std::string in_, out_, sending_, application_;
  bool writing_ = false;
  bool last_ = false;
};

ari_server::ari_server(asio::io_context& io) : io_(io), acceptor_(io) {
  listen();
}
ari_server::~ari_server() {
  on_websocket_end = [](std::string const&) {};
  shut_down();
}

void ari_server::listen() {
  acceptor_.open(tcp::v4());
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind({asio::ip::address_v4::loopback(), port_});
  acceptor_.listen();
  port_ = acceptor_.local_endpoint().port();
  accept();
}

void ari_server::accept() {
  acceptor_.async_accept([this](error_code const& e, tcp::socket socket) {
    if (e) return;
    ++count.connections;
    socket.set_option(tcp::no_delay(true));
    auto const s = std::make_shared<session>(*this, std::move(socket));
    sessions_.insert(s);
    s->start();
    accept();
  });
}

void ari_server::send(std::string_view application, std::string_view text) {
  send_raw(application, frame(1, text));
}

void ari_server::send_raw(std::string_view application, std::string bytes) {
  for (auto const& s : sessions_)
    if (s->application() == application) return s->send(std::move(bytes));
}

void ari_server::drop() {
  auto const all = sessions_;
  for (auto const& s : all) s->close();
}

void ari_server::shut_down() {
  error_code ignored;
  acceptor_.close(ignored);
  drop();
}

std::string ari_server::frame(int opcode, std::string_view payload, bool last) {
  std::string f;
  f += static_cast<char>((last ? 0x80 : 0) | opcode);
  auto const bytes = payload.size() < 126 ? 0 : payload.size() < 65536 ? 2 : 8;
  f += static_cast<char>(bytes == 0 ? payload.size() : bytes == 2 ? 126U : 127U);
  for (int i = bytes - 1; i >= 0; --i) f += static_cast<char>(payload.size() >> (8 * i) & 0xff);
  f += payload;
  return f;
}

}  // namespace calluna::fakes
