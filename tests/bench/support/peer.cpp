#include "support/peer.hpp"

#include <openssl/evp.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdexcept>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace calluna::bench {
namespace {

void no_delay(int fd) {
  int const on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::string header(std::string_view text, std::string_view name) {
  auto const at = text.find(name);
  if (at == std::string_view::npos) return {};
  auto const begin = at + name.size();
  return std::string(text.substr(begin, text.find("\r\n", begin) - begin));
}

}  // namespace

connection::~connection() {
  ::close(fd_);
}

bool connection::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string_view connection::read() {
  auto const n = ::recv(fd_, buffer_.data(), buffer_.size(), 0);
  return {buffer_.data(), n > 0 ? static_cast<std::size_t>(n) : 0};
}

std::string connection::read_until(std::string_view end) {
  std::string text;
  while (text.size() < end.size() || text.compare(text.size() - end.size(), end.size(), end) != 0) {
    auto const more = read();
    if (more.empty()) return {};
    text += more;
  }
  return text;
}

bool connection::readable(int milliseconds) {
  pollfd p{fd_, POLLIN, 0};
  return ::poll(&p, 1, milliseconds) > 0;
}

int connect_to(std::uint16_t port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw std::runtime_error("cannot connect");
  no_delay(fd);
  return fd;
}

peer::peer(std::function<void(connection&)> serve) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(listener_, 16) != 0)
    throw std::runtime_error("cannot listen");
  socklen_t size = sizeof at;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
  port_ = ntohs(at.sin_port);
  thread_ = std::thread([this, serve = std::move(serve)] {
    for (;;) {
      int const fd = ::accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      no_delay(fd);
      connection c(fd);
      serve(c);
    }
  });
}

peer::~peer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  ::close(listener_);
}

double peer::cpu_seconds() const {
  clockid_t id;
  timespec t{};
  if (pthread_getcpuclockid(const_cast<std::thread&>(thread_).native_handle(), &id) == 0)
    clock_gettime(id, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

void serve_ami_login(connection& c) {
  c.write("Asterisk Call Manager/11.0.0\r\n");
  for (;;) {
    auto const request = c.read_until("\r\n\r\n");
    if (request.empty()) return;
    auto const id = "ActionID: " + header(request, "ActionID: ") + "\r\n";
    if (request.find("Challenge") != std::string::npos &&
        request.find("Key:") == std::string::npos) {
      c.write("Response: Success\r\n" + id + "Challenge: 123456789\r\n\r\n");
      continue;
    }
    c.write("Response: Success\r\n" + id +
            "Message: Authentication accepted\r\n\r\nEvent: FullyBooted\r\nPrivilege: "
            "system,all\r\nStatus: Fully Booted\r\n\r\n");
    return;
  }
}

void serve_websocket_upgrade(connection& c, std::string const& request) {
  auto const key = header(request, "Sec-WebSocket-Key: ") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[EVP_MAX_MD_SIZE], text[64];
  unsigned size = 0;
  EVP_Digest(key.data(), key.size(), digest, &size, EVP_sha1(), nullptr);
  int const length = EVP_EncodeBlock(text, digest, static_cast<int>(size));
  c.write(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Protocol: ari\r\nSec-WebSocket-Accept: " +
      std::string(reinterpret_cast<char*>(text), static_cast<std::size_t>(length)) + "\r\n\r\n");
}

std::string text_frame(std::string_view payload) {
  std::string frame = "\x81";
  if (payload.size() < 126) {
    frame += static_cast<char>(payload.size());
  } else {
    frame += static_cast<char>(126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  }
  frame += payload;
  return frame;
}

}  // namespace calluna::bench
