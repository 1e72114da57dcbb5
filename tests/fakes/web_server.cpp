#include "web_server.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <cctype>

namespace calluna::fakes {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::string web_server::request::header(std::string const& name) const {
  auto const at = ("\n" + headers).find("\n" + name + ": ");
  if (at == std::string::npos) return "";
  auto const begin = at + name.size() + 2;
  return headers.substr(begin, headers.find('\n', begin) - begin);
}

class web_server::session : public std::enable_shared_from_this<session> {
 public:
  session(tcp::socket socket, web_server& of) : socket_(std::move(socket)), server_(&of) {}

  void read() {
    asio::async_read_until(socket_, asio::dynamic_buffer(unread_), "\r\n\r\n",
                           [self = shared_from_this()](error_code const& code, std::size_t n) {
                             if (code) return self->end();
                             self->on_head(n);
                           });
  }
  void close() {
    server_ = nullptr;
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  void on_head(std::size_t size) {
    request_ = {};
    auto const head = unread_.substr(0, size - 2);
    unread_.erase(0, size);
    auto const space = head.find(' ');
    request_.method = head.substr(0, space);
    request_.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    bool name = true;
    for (auto at = head.find("\r\n") + 2; at < head.size(); ++at) {
      if (head[at] == '\r') continue;
      if (head[at] == '\n') name = true;
      if (head[at] == ':') name = false;
      request_.headers += name ? static_cast<char>(std::tolower(head[at])) : head[at];
    }
    auto const length = request_.header("content-length");
    auto const wanted = length.empty() ? 0 : std::stoul(length);
    auto const missing = wanted > unread_.size() ? wanted - unread_.size() : 0;
    asio::async_read(socket_, asio::dynamic_buffer(unread_), asio::transfer_exactly(missing),
                     [self = shared_from_this(), wanted](error_code const& code, std::size_t) {
                       if (code) return self->end();
                       self->request_.body = self->unread_.substr(0, wanted);
                       self->unread_.erase(0, wanted);
                       self->answer();
                     });
  }
  void answer() {
    if (server_ == nullptr) return;
    server_->requests.push_back(request_);
    auto r = server_->on_request(request_);
    out_ = std::move(r.bytes);
    asio::async_write(socket_, asio::buffer(out_),
                      [self = shared_from_this(), last = r.last](error_code const& code, auto) {
                        if (code || last) return self->end();
                        self->read();
                      });
  }
  void end() {
    error_code ignored;
    socket_.close(ignored);
    if (auto* const server = std::exchange(server_, nullptr))
      server->sessions_.erase(shared_from_this());
  }

  tcp::socket socket_;
  web_server* server_;
  std::string unread_, out_;
  request request_;
};

web_server::web_server(asio::io_context& io)
    : io_(io), acceptor_(io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), 0)) {
  port_ = acceptor_.local_endpoint().port();
  accept();
}

web_server::~web_server() {
  error_code ignored;
  acceptor_.close(ignored);
  drop();
}

void web_server::drop() {
  for (auto const& one : std::exchange(sessions_, {})) one->close();
}

void web_server::accept() {
  acceptor_.async_accept([this](error_code const& code, tcp::socket client) {
    if (code) return;
    ++connections;
    auto const made = std::make_shared<session>(std::move(client), *this);
    sessions_.insert(made);
    made->read();
    accept();
  });
}

std::string web_server::url(std::string const& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

web_server::reply web_server::answer(int status, std::string const& headers,
                                     std::string const& body) {
  return {"HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          false};
}

}  // namespace calluna::fakes
